#include "worker/client.h"

#include <utility>

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
    throw failure_from_broken_answer(info(op), error.message(), supervisor_.log_tail());
  }
}

RuntimeInfo Client::probe() {
  return call(Op::probe, Json::object(), [](const Json& body) { return value_from<RuntimeInfo>(body, "runtime"); });
}

std::vector<std::filesystem::path> Client::convert(const runtime::Job& job) {
  return call(Op::convert, {{"job", json_from(job)}}, [](const Json& body) {
    const auto files = member<std::vector<std::string>>(body, "files");
    return std::vector<std::filesystem::path>(files.begin(), files.end());
  });
}

Loaded Client::load(const runtime::Job& job) { return call(Op::load, {{"job", json_from(job)}}, loaded_from); }

void Client::bind(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& names) {
  call(Op::bind, {{"folders", texts_from(folders)}, {"names", names}}, [](const Json&) {});
}

Client::Ran Client::run(int sample, int request, const std::filesystem::path& folder) {
  return call(Op::run, {{"sample", sample}, {"request", request}, {"folder", folder.string()}}, [](const Json& body) {
    return Ran{.names = member<std::vector<std::string>>(body, "names"), .seconds = member<double>(body, "seconds")};
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

void Client::quit() { supervisor_.quit({.id = ++last_id_, .op = Op::quit}); }

pid_t Client::pid() const { return supervisor_.pid(); }

}  // namespace autoaccel::worker
