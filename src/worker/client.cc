#include "worker/client.h"

#include <system_error>
#include <utility>

#include "base/text.h"

namespace autoaccel::worker {
namespace {

Json texts_from(const std::vector<std::filesystem::path>& paths) {
  Json list = Json::array();
  for (const std::filesystem::path& path : paths) list.push_back(path.string());
  return list;
}

template <typename Value>
Value value_from(const Json& json, const char* name) {
  Value value;
  base::from_json(member<Json>(json, name), value, std::string("/") + name);
  return value;
}

/// Moves a file that a worker made into `folder`, which is made when missing; returns its new path.
///
/// errors  defect: it is no regular file. A link or pipe would have the parent read or write elsewhere; the sandbox
/// lets
///         none be made, and nothing is taken on trust where there is no sandbox.
///         environment: the disk is full
std::filesystem::path moved(const std::filesystem::path& file, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error)))
    throw Error(Cause::defect, "it did not write " + base::printable(file.filename().string()));
  const fs::path target = folder / file.filename();
  fs::create_directories(folder, error);
  fs::rename(file, target, error);
  if (error == std::errc::cross_device_link) {
    fs::copy_file(file, target, fs::copy_options::overwrite_existing, error);
    if (!error) fs::remove(file, error);
  }
  if (error)
    throw Error(Cause::environment, "cannot write " + base::printable(target.string()) + ": " + error.message(),
                "check free space and permissions");
  return target;
}

}  // namespace

Client::Client(const std::filesystem::path& executable, const std::filesystem::path& folder, const Limits& limits,
               const base::CancelToken& cancel)
    : supervisor_(executable, folder, limits, cancel) {}

Client::~Client() = default;

template <typename Read>
auto Client::call(Op op, Json body, const Read& read) {
  const Answer answer = supervisor_.exchange({.id = ++last_id_, .op = op, .body = std::move(body)});
  if (answer.error) throw failure_from(info(op), *answer.error, supervisor_.log_tail());
  try {
    return read(answer.body);
  } catch (const Error& error) {
    if (error.cause() == Cause::environment) throw;  // the disk is full: not the worker's doing
    throw failure_from_broken_answer(info(op), error.message(), supervisor_.log_tail());
  }
}

RuntimeInfo Client::probe() {
  return call(Op::probe, Json::object(), [](const Json& body) { return value_from<RuntimeInfo>(body, "runtime"); });
}

std::vector<std::filesystem::path> Client::convert(const runtime::Job& job) {
  runtime::Job own = job;
  own.artifact = own_folder("artifact") / job.artifact.filename();
  return call(Op::convert, {{"job", json_from(own)}}, [&](const Json& body) {
    std::vector<std::filesystem::path> files;
    for (const std::string& file : member<std::vector<std::string>>(body, "files"))
      files.push_back(
          moved(own.artifact.parent_path() / std::filesystem::path(file).filename(), job.artifact.parent_path()));
    if (files.empty() || files.front() != job.artifact)
      throw Error(Cause::defect, "the first file that it wrote is not the one that was wanted");
    return files;
  });
}

Loaded Client::load(const runtime::Job& job) { return call(Op::load, {{"job", json_from(job)}}, loaded_from); }

void Client::bind(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& names) {
  call(Op::bind, {{"folders", texts_from(folders)}, {"names", names}}, [](const Json&) {});
}

Client::Ran Client::run(int sample, int request, const std::filesystem::path& folder) {
  const std::filesystem::path own = own_folder("outputs");
  return call(Op::run, {{"sample", sample}, {"request", request}, {"folder", own.string()}}, [&](const Json& body) {
    Ran ran{.names = member<std::vector<std::string>>(body, "names"), .seconds = member<double>(body, "seconds")};
    for (std::size_t i = 0; i < ran.names.size(); ++i) moved(own / (std::to_string(i) + ".npy"), folder);
    return ran;
  });
}

quantize::Statistics Client::watch(const std::vector<std::filesystem::path>& folders,
                                   const std::vector<std::string>& names, const Axes& axes) {
  return call(
      Op::watch, {{"folders", texts_from(folders)}, {"names", names}, {"axes", json_from(axes)}},
      [](const Json& body) { return quantize::statistics_from(member<Json>(body, "statistics"), "/statistics"); });
}

Measurement Client::measure(const measure::Rules& rules, const measure::Load& load) {
  return call(Op::measure, {{"rules", json_from(rules)}, {"load", json_from(load)}},
              [](const Json& body) { return value_from<Measurement>(body, "measurement"); });
}

Placement Client::placement() {
  return call(Op::placement, Json::object(), [](const Json& body) { return value_from<Placement>(body, "placement"); });
}

std::optional<std::uint64_t> Client::peak_bytes() {
  return call(Op::memory, Json::object(), [](const Json& body) -> std::optional<std::uint64_t> {
    if (member<Json>(body, "peak_bytes").is_null()) return std::nullopt;
    return member<std::uint64_t>(body, "peak_bytes");
  });
}

std::filesystem::path Client::own_folder(const char* name) const {
  const std::filesystem::path folder = supervisor_.scratch() / name;
  std::error_code ignored;  // the worker says what it cannot write
  std::filesystem::create_directories(folder, ignored);
  return folder;
}

void Client::quit() { supervisor_.quit({.id = ++last_id_, .op = Op::quit}); }

pid_t Client::pid() const { return supervisor_.pid(); }

}  // namespace autoaccel::worker
