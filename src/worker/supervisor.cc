#include "worker/supervisor.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/clock.h"
#include "base/host.h"
#include "base/text.h"
#include "worker/sandbox.h"

namespace autoaccel::worker {
namespace {

constexpr double kLookSeconds = 0.05;  ///< between two looks at the limits: half of the 100 ms that a user may wait
constexpr double kEndSeconds = 0.5;    ///< for a worker that closed its pipe to end as well
constexpr double kQuitSeconds = 1;
constexpr std::size_t kTailBytes = 16 << 10;
constexpr std::size_t kTailLines = 20;

double now() { return base::MonotonicClock().now(); }

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

/// The log's path; its folder is made when missing. What goes wrong here shows when the log is opened.
std::filesystem::path log_in(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  return folder / "worker.log";
}

std::vector<std::string> arguments_for(const Limits& limits, const std::filesystem::path& scratch) {
  if (!limits.is_sandboxed) return {};
  return arguments_from({.readable = limits.readable, .writable = {scratch}, .gpu = limits.gpu});
}

/// Temporary files, and what a GPU's driver compiles, go where the worker may write.
std::vector<std::string> environment_for(const Limits& limits, const std::filesystem::path& scratch) {
  std::vector<std::string> environment{"TMPDIR=" + scratch.string()};
  if (limits.is_sandboxed && limits.gpu) environment.push_back("CUDA_CACHE_PATH=" + (scratch / "cuda-cache").string());
  return environment;
}

}  // namespace

Supervisor::Supervisor(const std::filesystem::path& executable, const std::filesystem::path& folder,
                       const Limits& limits, const base::CancelToken& cancel)
    : limits_(limits),
      cancel_(cancel),
      log_(log_in(folder)),
      log_start_(size_of(log_)),
      oom_kills_at_start_(base::oom_kills()),
      started_(now()),
      scratch_("scratch-", folder),
      child_({.executable = executable,
              .arguments = arguments_for(limits, scratch_.path()),
              .environment = environment_for(limits, scratch_.path()),
              .log = log_}) {}

Answer Supervisor::exchange(const Request& request) {
  if (failure_) throw *failure_;
  const OpInfo& op = info(request.op);
  const std::string line = line_from(request);
  enforce_limits(op);
  if (!child_.send_line(line)) fail_without_answer(op, "");
  const std::string reply = answer_line(op);
  try {
    Answer answer = answer_from(reply);
    if (answer.id != request.id)
      throw Error(Cause::defect,
                  "it answers request " + std::to_string(answer.id) + " instead of " + std::to_string(request.id));
    return answer;
  } catch (const Error& error) {
    child_.kill();
    fail(failure_from_broken_answer(op, error.message(), log_tail()));
  }
}

std::string Supervisor::answer_line(const OpInfo& op) {
  std::string line;
  for (;;) {
    switch (child_.read_line(line, kLookSeconds)) {
      case base::ChildProcess::Read::line:
        return line;
      case base::ChildProcess::Read::closed:
        fail_without_answer(op, line);
      case base::ChildProcess::Read::timed_out:
        enforce_limits(op);
    }
  }
}

void Supervisor::enforce_limits(const OpInfo& op) {
  const std::string doing = " while " + std::string(op.doing);
  if (cancel_.cancelled()) {
    child_.kill();
    failure_ = Failure(Outcome::crashed, "interrupted" + doing);
    cancel_.check();
  }
  if (now() - started_ > limits_.seconds) {
    child_.kill();
    fail({Outcome::timed_out, "not finished within " + base::human_seconds(limits_.seconds) + ", stopped" + doing,
          log_details(log_tail())});
  }
  if (limits_.memory_bytes && child_.is_above(*limits_.memory_bytes)) {
    child_.kill();
    fail({Outcome::out_of_memory,
          "resident memory above the limit of " + base::human_bytes(*limits_.memory_bytes) + doing,
          log_details(log_tail())});
  }
  if (child_.threads() > kMaxThreads) {
    child_.kill();
    fail({Outcome::crashed, "more than " + std::to_string(kMaxThreads) + " threads" + doing, log_details(log_tail())});
  }
  if (log_bytes() > kMaxLogBytes) {
    child_.kill();
    Failure failure(Outcome::crashed, "log above 64 MiB" + doing, log_details(log_tail()));
    std::error_code ignored;  // a log that cannot be cut is only large
    std::filesystem::resize_file(log_, log_start_ + kMaxLogBytes, ignored);
    fail(std::move(failure));
  }
}

void Supervisor::fail_without_answer(const OpInfo& op, const std::string& unfinished) {
  const std::optional<base::ChildExit> exit = child_.wait_exit(kEndSeconds);
  if (!exit) {
    child_.kill();
    fail(failure_from_broken_answer(op,
                                    unfinished.size() >= base::ChildProcess::kMaxLine
                                        ? "a line above 64 MiB"
                                        : "it closed the pipe for answers and stayed alive",
                                    log_tail()));
  }
  const std::optional<std::uint64_t> oom_kills = base::oom_kills();
  fail(failure_from(op, {.exit = *exit,
                         .oom_kills_rose = oom_kills && oom_kills_at_start_ && *oom_kills > *oom_kills_at_start_,
                         .unfinished_answer = !unfinished.empty(),
                         .log_tail = log_tail()}));
}

void Supervisor::fail(Failure failure) {
  failure_ = failure;
  throw failure;
}

void Supervisor::quit(const Request& request) {
  if (!failure_ && child_.send_line(line_from(request), kQuitSeconds)) child_.wait_exit(kQuitSeconds);
  child_.kill();
}

std::uint64_t Supervisor::log_bytes() const {
  const std::uint64_t size = size_of(log_);
  return size - std::min(size, log_start_);
}

std::string Supervisor::log_tail() const {
  const std::uint64_t bytes = std::min<std::uint64_t>(log_bytes(), kTailBytes);
  std::ifstream file(log_, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(bytes), std::ios::end);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(base::printable(line));
  const std::size_t kept = std::min(lines.size(), kTailLines);
  return base::join(std::span(lines).last(kept), "\n");
}

}  // namespace autoaccel::worker
