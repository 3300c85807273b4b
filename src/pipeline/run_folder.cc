#include "pipeline/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "base/files.h"
#include "base/json_values.h"
#include "report/report.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

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
  const fs::path path = variant(id) / "record.json";
  if (!fs::exists(path)) return std::nullopt;
  try {
    const base::Json json = base::Json::parse(base::read_file(path));
    if (json.value("key", std::string()) != key) return std::nullopt;
    Record record;
    base::from_json(json.at("record"), record, path.string());
    return record;
  } catch (const Error&) {
    return std::nullopt;  // written by another version: the trial is repeated
  } catch (const base::Json::exception&) {
    return std::nullopt;
  }
}

void RunFolder::store(const Record& record, const std::string& key) const {
  const fs::path folder = variant(record.variant.id());
  fs::create_directories(folder);
  base::write_file_atomically(folder / "record.json",
                              base::Json{{"key", key}, {"record", base::to_json(record)}}.dump(1) + "\n");
}

void RunFolder::store(const Run& run) const { base::write_file_atomically(root_ / "run.json", report::json_from_run(run)); }

}  // namespace autoaccel::pipeline
