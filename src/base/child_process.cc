#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

#include "autoaccel/error.h"
#include "base/clock.h"
#include "base/text.h"

namespace autoaccel::base {
namespace {

constexpr int kAnswerFd = 3;
constexpr double kStepSeconds = 0.005;  ///< between looks at a child where there is no pidfd
constexpr double kDescendantsEverySeconds = 1;
constexpr double kReapSeconds = 10;  ///< a killed process may still have to give back its memory

double now() { return MonotonicClock().now(); }

[[noreturn]] void fail(const std::string& what, int error, const std::string& hint = {}) {
  throw Error(Cause::environment, what + ": " + ::strerror(error), hint);
}

/// A copy above the numbers that the child gives a meaning to, so that dup2 never overwrites one of ours.
FileDescriptor raised(const FileDescriptor& low) {
  FileDescriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, 10));
  if (high.get() < 0) fail("cannot open another file for a child process", errno, "raise `ulimit -n`");
  return high;
}

struct Channel {
  FileDescriptor first, second;
};

/// Two connected descriptors, made by `make`.
template <typename Make>
Channel make_channel(const Make& make) {
  std::array<int, 2> pair{-1, -1};
  if (make(pair.data()) != 0) fail("cannot open a channel to a child process", errno, "raise `ulimit -n`");
  const FileDescriptor first(pair[0]), second(pair[1]);
  return {raised(first), raised(second)};
}

int make_socket_pair(int* pair) { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair); }
int make_pipe(int* pair) { return ::pipe2(pair, O_CLOEXEC); }

/// Everything that the child needs between fork and exec, made before the fork: afterwards only async-signal-safe calls
/// are allowed, since another thread may hold the allocator's lock.
struct Launch {
  const char* executable = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int requests = -1;
  int answers = -1;
  int log = -1;
  int failure = -1;  ///< closes on exec; receives errno when exec fails
  pid_t parent = -1;
};

void close_all_from(int first, int last) {
  if (first > last) return;
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0u) == 0) return;
  rlimit limit{};  // a kernel before 5.9
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto open_limit = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 16));
  for (int fd = first; fd <= std::min(last, open_limit); ++fd) ::close(fd);
}

/// When memory runs out, the kernel shall end the child and not its parent, nor a stranger. Anybody may raise the
/// figure.
void volunteer_for_oom_kill() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  [[maybe_unused]] const ssize_t written = ::write(file, "1000", 4);
  ::close(file);
}

[[noreturn]] void run_child(const Launch& launch) {
  ::setsid();  // its own group, and no terminal to read from or to write to
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(0);  // the parent ended before the line above: no signal will come

  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  // 1 and not 0: the kernel gives a core to a piped core_pattern unless the limit is exactly 1.
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = std::min<rlim_t>(1, core.rlim_max);
  ::setrlimit(RLIMIT_CORE, &core);

  volunteer_for_oom_kill();

  ::dup2(launch.requests, STDIN_FILENO);
  ::dup2(launch.log, STDOUT_FILENO);
  ::dup2(launch.log, STDERR_FILENO);
  ::dup2(launch.answers, kAnswerFd);
  close_all_from(kAnswerFd + 1, launch.failure - 1);
  close_all_from(launch.failure + 1, ~0u >> 1);

  ::execve(launch.executable, launch.arguments.data(), launch.environment.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(launch.failure, &error, sizeof error);
  ::_exit(127);
}

std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
  const auto is_replaced = [&](std::string_view entry) {
    const std::string_view name = entry.substr(0, entry.find('='));
    return std::any_of(added.begin(), added.end(),
                       [&](std::string_view other) { return other.substr(0, other.find('=')) == name; });
  };
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_replaced(*entry)) all.emplace_back(*entry);
  }
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Forks with all signals blocked, so that no handler of the parent runs in the child.
pid_t fork_child(const Launch& launch) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) run_child(launch);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) fail("cannot start another process", error, "free memory, or raise `ulimit -u`");
  return pid;
}

/// errno of a failed exec; 0 when the child's program runs, in its own session.
int exec_error(int failure_fd) {
  int error = 0;
  ssize_t n = 0;
  do n = ::read(failure_fd, &error, sizeof error);
  while (n < 0 && errno == EINTR);
  return n == sizeof error ? error : 0;
}

}  // namespace

std::string ChildExit::text() const {
  if (code) return "exit code " + std::to_string(*code);
  if (!signal) return "an unknown exit status";
  const char* name = ::sigdescr_np(*signal);
  return "signal " + std::to_string(*signal) + (name != nullptr ? " (" + std::string(name) + ")" : "");
}

ChildProcess::ChildProcess(const ChildOptions& options) {
  const std::string executable = options.executable.string();
  const FileDescriptor log(::open(options.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (log.get() < 0)
    fail("cannot write " + printable(options.log.string()), errno, "check the folder and its permissions");
  Channel requests = make_channel(make_socket_pair);
  Channel answers = make_channel(make_pipe);
  Channel failure = make_channel(make_pipe);
  const FileDescriptor child_log = raised(log);

  std::vector<std::string> arguments{executable};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = merged_environment(options.environment);
  pid_ = fork_child({.executable = executable.c_str(),
                     .arguments = pointers(arguments),
                     .environment = pointers(environment),
                     .requests = requests.first.get(),
                     .answers = answers.second.get(),
                     .log = child_log.get(),
                     .failure = failure.second.get(),
                     .parent = ::getpid()});
  requests.first.close();
  answers.second.close();
  failure.second.close();
  to_child_ = std::move(requests.second);
  from_child_ = std::move(answers.first);
  process_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (const int error = exec_error(failure.first.get()); error != 0) {
    kill();
    fail("cannot start " + printable(executable), error, "build or install it, and check that it may be executed");
  }
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0 && !exit_) kill();
}

bool ChildProcess::send_line(std::string_view line, double seconds) {
  const double deadline = now() + seconds;
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = ::send(to_child_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    const double left = deadline - now();
    if (left <= 0 || has_ended()) return false;
    wait_for_activity(to_child_.get(), POLLOUT, left);
  }
  return true;
}

/// Waits until the descriptor is ready, the child has ended, or the time is over; true when the descriptor is ready.
bool ChildProcess::wait_for_activity(int fd, short events, double seconds) const {
  const double wait = process_.get() >= 0 ? seconds : std::min(seconds, kStepSeconds);
  // Rounded up: a wait of half a millisecond must not become a busy loop.
  const int milliseconds = static_cast<int>(std::ceil(std::clamp(wait, 0.0, 1e6) * 1e3));
  std::array<pollfd, 2> watched{{{fd, events, 0}, {process_.get(), POLLIN, 0}}};
  const int ready = ::poll(watched.data(), watched.size(), milliseconds);  // a negative fd is skipped
  return ready > 0 && watched[0].revents != 0;
}

bool ChildProcess::take_line(std::string& line) {
  const std::size_t end = pending_.find('\n', scanned_);
  scanned_ = pending_.size();
  if (end == std::string::npos || end > kMaxLine) return false;
  line.assign(pending_, 0, end);
  pending_.erase(0, end + 1);
  scanned_ = 0;
  return true;
}

ChildProcess::Read ChildProcess::close_answers(std::string& line) {
  line.assign(pending_, 0, kMaxLine);
  return Read::closed;
}

ChildProcess::Read ChildProcess::read_line(std::string& line, double seconds) {
  line.clear();
  const double deadline = now() + seconds;
  for (;;) {
    if (take_line(line)) return Read::line;
    if (pending_.size() > kMaxLine || from_child_.get() < 0) return close_answers(line);
    // Looked at before the pipe: what the child wrote before its end is then surely in the pipe. The end of the pipe
    // alone proves nothing, because a grandchild may hold it open.
    const bool ended = exit_.has_value() || has_ended();
    const double left = deadline - now();
    if (wait_for_activity(from_child_.get(), POLLIN, ended ? 0 : std::max(left, 0.0))) {
      std::array<char, 1 << 16> buffer;
      const ssize_t n = ::read(from_child_.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n > 0) pending_.append(buffer.data(), static_cast<std::size_t>(n));
      if (n <= 0) from_child_.close();
    } else if (ended) {
      from_child_.close();
    } else if (left <= 0) {
      return Read::timed_out;
    }
  }
}

bool ChildProcess::has_ended() const {
  // WNOWAIT leaves a zombie: its number, and so its group's, stays ours until kill_tree() has used it.
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  return (result == 0 && info.si_pid == pid_) || (result != 0 && errno == ECHILD);
}

std::optional<ChildExit> ChildProcess::poll_exit() {
  if (exit_ || !has_ended()) return exit_;
  kill_tree();
  ChildExit how;
  int status = 0;
  pid_t reaped = 0;
  do reaped = ::waitpid(pid_, &status, 0);
  while (reaped < 0 && errno == EINTR);
  if (reaped == pid_ && WIFEXITED(status)) how.code = WEXITSTATUS(status);
  if (reaped == pid_ && WIFSIGNALED(status)) how.signal = WTERMSIG(status);
  return exit_ = how;
}

std::optional<ChildExit> ChildProcess::wait_exit(double seconds) {
  const double deadline = now() + seconds;
  for (;;) {
    if (const auto how = poll_exit()) return how;
    const double left = deadline - now();
    if (left <= 0) return std::nullopt;
    wait_for_activity(-1, 0, left);
  }
}

ChildExit ChildProcess::kill() {
  if (exit_) return *exit_;
  if (!has_ended()) {
    // Stopped first: a process that is stopped starts no further ones while the tree is read.
    ::kill(-pid_, SIGSTOP);
    remember_descendants();
  }
  kill_tree();
  if (const auto how = wait_exit(kReapSeconds)) return *how;
  return *(exit_ = ChildExit{});
}

void ChildProcess::remember_descendants() {
  std::vector<ProcessKey> found = descendants_of(pid_);
  for (const ProcessKey& known : descendants_) {  // one whose parent has ended is no longer found below us
    if (std::find(found.begin(), found.end(), known) == found.end() && process_key(known.pid) == known)
      found.push_back(known);
  }
  descendants_ = std::move(found);
}

void ChildProcess::kill_tree() {
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may have moved to another group; not reaped yet, its number is still its own
  for (const ProcessKey& process : descendants_) kill_process(process);
  descendants_.clear();
}

std::uint64_t ChildProcess::resident_bytes() {
  if (exit_) return 0;
  if (const double at = now(); descendants_read_at_ < 0 || at - descendants_read_at_ >= kDescendantsEverySeconds) {
    remember_descendants();
    descendants_read_at_ = at;
  }
  std::uint64_t bytes = resident_bytes_of(pid_);
  for (const ProcessKey& process : descendants_) bytes += resident_bytes_of(process.pid);
  return bytes;
}

int ChildProcess::threads() const { return exit_ ? 0 : threads_of(pid_); }

bool ChildProcess::is_above(std::uint64_t limit_bytes) {
  if (resident_bytes() <= limit_bytes) return false;
  // Alone, the child answers for all it maps: shared pages would only be divided with strangers, us among them.
  if (descendants_.empty()) return true;
  std::uint64_t bytes = proportional_bytes_of(pid_);
  if (bytes == 0) return true;  // not told
  for (const ProcessKey& process : descendants_) bytes += proportional_bytes_of(process.pid);
  return bytes > limit_bytes;
}

}  // namespace autoaccel::base
