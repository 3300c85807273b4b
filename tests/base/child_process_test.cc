#include "base/child_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "autoaccel/error.h"
#include "base/files.h"

namespace autoaccel::base {
namespace {

using ::testing::HasSubstr;
using Read = ChildProcess::Read;

constexpr double kGenerous = 20;  ///< a bound on what is over in milliseconds; reached only by a failing test

class ChildProcessTest : public ::testing::Test {
 protected:
  /// A shell that runs `script`: reads requests with `read`, answers with `echo … >&3`.
  ChildOptions shell(const std::string& script) const {
    return {.executable = "/bin/sh", .arguments = {"-c", script}, .environment = {}, .log = log()};
  }
  std::filesystem::path log() const { return folder_.path() / "log"; }

  std::string log_text() const {
    std::ostringstream text;
    text << std::ifstream(log()).rdbuf();
    return text.str();
  }

  /// The next line, which must come.
  static std::string answer(ChildProcess& child) {
    std::string line;
    EXPECT_EQ(child.read_line(line, kGenerous), Read::line) << line;
    return line;
  }

  TemporaryFolder folder_{"child_process_test"};
};

bool is_alive(pid_t pid) {
  // A zombie has ended; only a process with a state other than Z runs.
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t close = text.rfind(')');
  return close != std::string::npos && text[close + 2] != 'Z';
}

bool becomes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(ChildProcessTest, AnswersEachLine) {
  ChildProcess child(shell("while read line; do echo \"got $line\" >&3; done"));
  ASSERT_TRUE(child.send_line("one"));
  EXPECT_EQ(answer(child), "got one");
  ASSERT_TRUE(child.send_line("two words"));
  EXPECT_EQ(answer(child), "got two words");
}

TEST_F(ChildProcessTest, KeepsLinesApartThatCameTogether) {
  ChildProcess child(shell("printf 'a\\n\\nb\\nrest' >&3"));
  std::string line;
  EXPECT_EQ(answer(child), "a");
  EXPECT_EQ(answer(child), "");
  EXPECT_EQ(answer(child), "b");
  EXPECT_EQ(child.read_line(line, kGenerous), Read::closed);
  EXPECT_EQ(line, "rest");
}

TEST_F(ChildProcessTest, TimesOutWithoutLosingWhatCame) {
  ChildProcess child(shell("printf half >&3; read line; echo ' whole' >&3"));
  std::string line;
  EXPECT_EQ(child.read_line(line, 0.05), Read::timed_out);
  ASSERT_TRUE(child.send_line("go"));
  EXPECT_EQ(answer(child), "half whole");
}

TEST_F(ChildProcessTest, TellsExitCodeAndSignal) {
  ChildProcess exits(shell("exit 3"));
  EXPECT_EQ(exits.wait_exit(kGenerous), (ChildExit{.code = 3, .signal = {}}));
  EXPECT_EQ(exits.poll_exit()->text(), "exit code 3");
  ChildProcess crashes(shell("kill -SEGV $$"));
  EXPECT_EQ(crashes.wait_exit(kGenerous), (ChildExit{.code = {}, .signal = SIGSEGV}));
  EXPECT_EQ(crashes.poll_exit()->text(), "signal 11 (Segmentation fault)");
  EXPECT_EQ(ChildExit{}.text(), "an unknown exit status");
}

TEST_F(ChildProcessTest, WaitsInVainForAChildThatRuns) {
  ChildProcess child(shell("read line"));
  EXPECT_EQ(child.poll_exit(), std::nullopt);
  EXPECT_EQ(child.wait_exit(0.02), std::nullopt);
  EXPECT_EQ(child.kill(), (ChildExit{.code = {}, .signal = SIGKILL}));
  EXPECT_EQ(child.kill(), (ChildExit{.code = {}, .signal = SIGKILL})) << "killing twice changes nothing";
}

TEST_F(ChildProcessTest, AppendsBothOutputsToTheLog) {
  std::ofstream(log()) << "earlier\n";
  ChildProcess child(shell("echo out; echo err >&2"));
  child.wait_exit(kGenerous);
  EXPECT_EQ(log_text(), "earlier\nout\nerr\n");
}

TEST_F(ChildProcessTest, AddsAndReplacesVariables) {
  ::setenv("CHILD_PROCESS_TEST_OLD", "before", 1);
  ChildOptions options = shell("echo \"$CHILD_PROCESS_TEST_OLD $CHILD_PROCESS_TEST_NEW ${HOME:+home}\" >&3");
  options.environment = {"CHILD_PROCESS_TEST_OLD=after", "CHILD_PROCESS_TEST_NEW=new"};
  ::setenv("HOME", "/", 1);
  ChildProcess child(options);
  EXPECT_EQ(answer(child), "after new home");
}

TEST_F(ChildProcessTest, SaysWhatCannotBeStarted) {
  ChildOptions options = shell("");
  options.executable = folder_.path() / "missing";
  try {
    ChildProcess child(options);
    FAIL() << "started a file that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::environment);
    EXPECT_THAT(error.message(), HasSubstr("missing: No such file or directory"));
    EXPECT_FALSE(error.hint().empty());
  }
  options.executable = "/etc/passwd";
  EXPECT_THROW(ChildProcess{options}, Error);
  options = shell("");
  options.log = folder_.path() / "no" / "folder";
  EXPECT_THROW(ChildProcess{options}, Error);
}

TEST_F(ChildProcessTest, SurvivesAChildThatDoesNotRead) {
  ChildProcess child(shell("exit 0"));
  child.wait_exit(kGenerous);
  EXPECT_FALSE(child.send_line("anybody there?")) << "and no SIGPIPE, which would end this test";
  ChildProcess busy(shell("sleep 600"));
  EXPECT_FALSE(busy.send_line(std::string(8u << 20, 'x'), 0.05));
}

TEST_F(ChildProcessTest, TakesALineAboveTheLimitAsClosed) {
  // 65 MiB of zero bytes and no newline; the limit is 64 MiB.
  ChildProcess child(shell("head -c 68157440 /dev/zero >&3; read line"));
  std::string line;
  EXPECT_EQ(child.read_line(line, kGenerous), Read::closed);
  EXPECT_EQ(line.size(), ChildProcess::kMaxLine);
}

TEST_F(ChildProcessTest, SeesTheEndThroughAGrandchildThatHoldsThePipe) {
  ChildProcess child(shell("sleep 600 & echo started >&3; exit 5"));
  EXPECT_EQ(answer(child), "started");
  std::string line;
  EXPECT_EQ(child.read_line(line, kGenerous), Read::closed);
  EXPECT_EQ(child.wait_exit(kGenerous)->code, 5);
}

TEST_F(ChildProcessTest, GivesTheChildFourDescriptorsOnly) {
  // Without O_CLOEXEC, as a careless library would open them; below and above those that ChildProcess opens itself.
  const int low = ::fcntl(STDERR_FILENO, F_DUPFD, 7);
  const int high = ::fcntl(STDERR_FILENO, F_DUPFD, 200);
  ASSERT_GE(low, 7);
  ASSERT_GE(high, 200);
  // The glob sees the descriptor that reads the folder as well: it is gone when its link is read.
  ChildProcess child(
      shell("for fd in /proc/self/fd/*; do [ -e /proc/$$/fd/${fd##*/} ] && printf '%s ' ${fd##*/} >&3; done;"
            "echo >&3"));
  EXPECT_EQ(answer(child), "0 1 2 3 ");
  ::close(low);
  ::close(high);
}

TEST_F(ChildProcessTest, GivesTheChildNoCoresAndDefaultSignals) {
  rlimit cores{};
  ::getrlimit(RLIMIT_CORE, &cores);
  const rlimit all_cores{.rlim_cur = cores.rlim_max, .rlim_max = cores.rlim_max};
  ::setrlimit(RLIMIT_CORE, &all_cores);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ChildProcess child(
      shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n' | tr '\\t' ' ' >&3; echo >&3;"
            "ulimit -c >&3"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setrlimit(RLIMIT_CORE, &cores);
  unsigned long long blocked_there = ~0ull, ignored_there = ~0ull;
  ASSERT_EQ(std::sscanf(answer(child).c_str(), "SigBlk: %llxSigIgn: %llx", &blocked_there, &ignored_there), 2);
  // 32 and 33 are the C library's own, which no program can set; children of make inherit them ignored.
  constexpr unsigned long long kOfTheLibrary = 3ull << 31;
  EXPECT_EQ(blocked_there & ~kOfTheLibrary, 0u);
  EXPECT_EQ(ignored_there & ~kOfTheLibrary, 0u);
  EXPECT_EQ(answer(child), "0") << "1 byte, in blocks of 512";
}

TEST_F(ChildProcessTest, IsEndedBeforeItsParentWhenMemoryRunsOut) {
  ChildProcess child(shell("cat /proc/self/oom_score_adj >&3"));
  EXPECT_EQ(answer(child), "1000");
}

TEST_F(ChildProcessTest, LeadsItsOwnGroup) {
  ChildProcess child(shell("read line"));
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
}

TEST_F(ChildProcessTest, KillsItsGroupAndWhatLeftIt) {
  std::optional<ChildProcess> child;
  child.emplace(shell("trap '' TERM; sleep 600 & echo $! >&3; setsid sleep 600 & echo $! >&3; read line"));
  const pid_t in_group = std::stoi(answer(*child));
  const pid_t apart = std::stoi(answer(*child));
  ASSERT_TRUE(becomes_true([&] { return ::getpgid(apart) == apart; }));
  ASSERT_TRUE(is_alive(in_group));
  child.reset();  // the destructor kills
  EXPECT_TRUE(becomes_true([&] { return !is_alive(in_group); }));
  EXPECT_TRUE(becomes_true([&] { return !is_alive(apart); }));
}

TEST_F(ChildProcessTest, KillsTheRestOfAGroupWhoseLeaderEnded) {
  ChildProcess child(shell("sleep 600 & echo $! >&3"));
  const pid_t grandchild = std::stoi(answer(child));
  EXPECT_EQ(child.wait_exit(kGenerous)->code, 0);
  EXPECT_TRUE(becomes_true([&] { return !is_alive(grandchild); }));
}

TEST_F(ChildProcessTest, CountsTheMemoryOfDescendants) {
  ChildProcess alone(shell("read line"));
  EXPECT_TRUE(becomes_true([&] { return alone.is_above(100'000); }));
  EXPECT_FALSE(alone.is_above(500'000'000));
  // tail keeps the 50 MB that it reads, since no newline says that they are not needed.
  ChildProcess child(shell("(head -c 50000000 /dev/zero; sleep 600) | tail -n 1 & echo >&3; read line"));
  answer(child);
  EXPECT_TRUE(becomes_true([&] { return child.is_above(50'000'000); }));
  child.kill();
  EXPECT_EQ(child.resident_bytes(), 0u);
}

TEST_F(ChildProcessTest, DiesWithItsParent) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ChildProcess child(shell("exec sleep 600"));  // which does not see that its stdin ends
    const pid_t pid = child.pid();
    [[maybe_unused]] const ssize_t written = ::write(pipe[1], &pid, sizeof pid);
    for (;;) ::pause();
  }
  pid_t child = -1;
  ASSERT_EQ(::read(pipe[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_TRUE(is_alive(child));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(becomes_true([&] { return !is_alive(child); }));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(ChildProcessTest, LeavesNoDescriptorBehind) {
  const auto open_descriptors = [] {
    int count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
  };
  const int before = open_descriptors();
  { ChildProcess child(shell("read line")); }
  ChildOptions missing = shell("");
  missing.executable = "/no/such/program";
  EXPECT_THROW(ChildProcess{missing}, Error);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace autoaccel::base
