#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/process_tree.h"

namespace autoaccel::base {

/// What to start.
///
/// executable   a path; PATH is not searched
/// environment  NAME=value, added to the parent's or replacing its value
/// log          stdout and stderr are appended to it; created when missing
struct ChildOptions {
  std::filesystem::path executable;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::filesystem::path log;
};

/// How a child ended. Neither code nor signal: somebody else reaped it, or it could not be reaped in time.
struct ChildExit {
  std::optional<int> code;    ///< when it exited
  std::optional<int> signal;  ///< when a signal ended it
  std::string text() const;   ///< `exit code 3`, `signal 11 (Segmentation fault)`
  friend bool operator==(const ChildExit&, const ChildExit&) = default;
};

/// A child process with a line-based channel in each direction.
///
/// The child gets its own session and process group, no terminal, default signal handling, no core dumps, and exactly
/// four descriptors: 0 requests (a socket, so that writing to a dead child raises no SIGPIPE here), 1 and 2 the log, 3
/// a pipe for answers. When the machine's memory runs out, it is the first that the kernel ends (oom_score_adj 1000).
///
/// The kernel ends it when the *thread* that constructed this object ends (PR_SET_PDEATHSIG): construct it in a thread
/// that outlives it. That holds for the child alone; processes that it started itself are killed by this object, or
/// survive if the parent is killed with SIGKILL.
///
/// Not thread-safe.
class ChildProcess {
 public:
  /// errors  environment: the executable is missing or cannot be started, the log cannot be written
  explicit ChildProcess(const ChildOptions& options);
  /// Kills the process group if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  /// Sends one line (without its newline); false when the child no longer reads, or has not read for `seconds`.
  bool send_line(std::string_view line, double seconds = 10);

  enum class Read { line, closed, timed_out };
  /// Waits at most `seconds` for the next line of answers. `closed`: the child has ended or closed the pipe, or the
  /// line is longer than kMaxLine; `line` then holds what came of an unfinished one, cut to kMaxLine.
  Read read_line(std::string& line, double seconds);

  /// The exit status once the child has ended; nullopt while it runs. Its group and descendants are killed with it.
  std::optional<ChildExit> poll_exit();
  /// Waits at most `seconds` for the end.
  std::optional<ChildExit> wait_exit(double seconds);

  /// SIGKILL to the child, its group and its descendants, then reaps; returns how it ended.
  ChildExit kill();

  /// Resident memory now of the child and its descendants, in bytes; 0 when it has ended. Pages that they share count
  /// once for each. The list of descendants is looked up at most once a second, which keeps a call near 10 µs.
  std::uint64_t resident_bytes();

  /// True when resident_bytes() is above the limit and, where several processes share pages, still is with each page
  /// counted once. The second look takes milliseconds for gigabytes and is taken only when the first says so.
  bool is_above(std::uint64_t limit_bytes);

  /// Threads of the child alone; 0 when it has ended. cost  one small read
  int threads() const;

  static constexpr std::size_t kMaxLine = 64u << 20;

 private:
  bool has_ended() const;
  bool wait_for_activity(int fd, short events, double seconds) const;
  bool take_line(std::string& line);
  Read close_answers(std::string& line);
  void remember_descendants();
  void kill_tree();

  pid_t pid_ = -1;
  FileDescriptor process_;  ///< pidfd; closed where the kernel has none, then waiting goes in small steps
  FileDescriptor to_child_;
  FileDescriptor from_child_;
  std::string pending_;
  std::size_t scanned_ = 0;  ///< bytes at the front of pending_ known to hold no newline
  std::optional<ChildExit> exit_;
  std::vector<ProcessKey> descendants_;
  double descendants_read_at_ = -1;
};

}  // namespace autoaccel::base
