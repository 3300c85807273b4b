#include "pipeline/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "base/files.h"
#include "base/json_values.h"
#include "report/report.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

struct StoredRecord {
  std::string key;
  Record record;
};

/// nullopt: there is none, or another version wrote it, and the trial is repeated.
std::optional<StoredRecord> read_record(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    const base::Json json = base::Json::parse(base::read_file(path));
    StoredRecord stored{json.value("key", std::string()), {}};
    base::from_json(json.at("record"), stored.record, path.string());
    return stored;
  } catch (const Error&) {
    return std::nullopt;
  } catch (const base::Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

RunFolder::RunFolder(fs::path root) : root_(fs::absolute(std::move(root)).lexically_normal()) {
  base::require_writable_folder(root_);
  const fs::path lock = root_ / ".lock";
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) throw Error(Cause::environment, fmt::format("cannot write {}", lock.string()), "choose another --out");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw Error(Cause::environment, fmt::format("another run is at work in {}", root_.string()),
                "wait for it, or give this one its own --out");
  }
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : root_(std::move(other.root_)), lock_(std::exchange(other.lock_, -1)) {}

fs::path RunFolder::relative(const fs::path& path) const {
  const fs::path absolute = fs::absolute(path).lexically_normal();
  const fs::path below = absolute.lexically_relative(root_);
  return below.empty() || *below.begin() == ".." ? absolute : below;
}

std::optional<Record> RunFolder::finished(const std::string& id, const std::string& key) const {
  auto stored = read_record(variant(id) / "record.json");
  return stored && stored->key == key ? std::optional<Record>(std::move(stored->record)) : std::nullopt;
}

std::vector<Record> RunFolder::all_finished(const std::function<std::string(const Variant&)>& key_of) const {
  std::map<std::string, Record> records;
  const fs::path variants = root_ / "variants";
  if (!fs::exists(variants)) return {};
  for (const auto& entry : fs::directory_iterator(variants)) {
    auto stored = read_record(entry.path() / "record.json");
    if (stored && stored->key == key_of(stored->record.variant))
      records[entry.path().filename().string()] = std::move(stored->record);
  }
  std::vector<Record> result;
  for (auto& [id, record] : records) result.push_back(std::move(record));
  return result;
}

void RunFolder::store(const Record& record, const std::string& key) const {
  const fs::path folder = variant(record.variant.id());
  fs::create_directories(folder);
  base::write_file_atomically(folder / "record.json",
                              base::Json{{"key", key}, {"record", base::to_json(record)}}.dump(1) + "\n");
}

void RunFolder::store(const Run& run) const {
  base::write_file_atomically(root_ / "run.json", report::json_from_run(run));
}

}  // namespace autoaccel::pipeline
