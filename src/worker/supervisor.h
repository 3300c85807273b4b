#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/child_process.h"
#include "base/files.h"
#include "worker/failure.h"

namespace autoaccel::worker {

/// What a worker is kept within: time and memory from outside, the rest by the sandbox that it enters (sandbox.h).
struct Limits {
  std::optional<std::uint64_t> memory_bytes;  ///< resident, child and its descendants; nullopt: none
  double seconds = 600;                       ///< from start to end of the trial
  bool is_sandboxed = true;
  bool gpu = false;                                  ///< it may use the device nodes of GPUs
  std::vector<std::filesystem::path> readable = {};  ///< beside the system's libraries, files or whole folders
};

/// A worker with more threads than this is a worker gone wild: the largest machines have some hundred processors.
inline constexpr int kMaxThreads = 4096;

/// A worker's log above this is a worker gone wild; it is ended before the disk is full.
inline constexpr std::uint64_t kMaxLogBytes = 64u << 20;

/// One worker process under its limits: sends a request, and waits for its answer with an eye on time, memory, the size
/// of the log and the user's wish to stop.
///
/// A worker that breaks a limit, ends or answers nonsense is killed with all its processes; the same failure is thrown
/// by every later exchange.
class Supervisor {
 public:
  /// errors  environment: the worker is not there or cannot be started
  Supervisor(const std::filesystem::path& executable, const std::filesystem::path& folder, const Limits& limits,
             const base::CancelToken& cancel);

  /// Errors: Failure; Error(interrupted).
  /// cost  while waiting, 20 short looks a second (about 20 µs each)
  Answer exchange(const Request& request);

  /// Asks the worker to end and kills it when it does not within a second.
  void quit(const Request& request);

  /// The last lines of what the worker has printed, made printable.
  std::string log_tail() const;

  pid_t pid() const { return child_.pid(); }

  /// The worker's own folder for files, the only one that it may write to; removed with this object.
  const std::filesystem::path& scratch() const { return scratch_.path(); }

 private:
  std::string answer_line(const OpInfo& op);
  void enforce_limits(const OpInfo& op);
  [[noreturn]] void fail_without_answer(const OpInfo& op, const std::string& unfinished);
  [[noreturn]] void fail(Failure failure);
  std::uint64_t log_bytes() const;

  Limits limits_;
  const base::CancelToken& cancel_;
  std::filesystem::path log_;
  std::uint64_t log_start_;  ///< bytes in the log from earlier workers
  std::optional<std::uint64_t> oom_kills_at_start_;
  double started_;
  base::TemporaryFolder scratch_;
  base::ChildProcess child_;
  std::optional<Failure> failure_;
};

}  // namespace autoaccel::worker
