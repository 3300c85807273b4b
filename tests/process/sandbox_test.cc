// What a stranger's model could do to this machine through a runtime, tried from inside a worker: with the sandbox each
// attempt is refused; without it, it succeeds, so that a test that passes has really tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "fake_worker.h"
#include "worker/landlock.h"
#include "worker/sandbox.h"

namespace autoaccel::worker {
namespace {

using ::testing::HasSubstr;

class SandboxTest : public FakeWorkerTest {
 protected:
  /// What the log says of one attempt: `done`, or the system's words. number: see the attempt
  std::string result_of(const std::string& attempt, bool is_sandboxed, const std::filesystem::path& path = {},
                        int number = 0) const {
    std::filesystem::remove(folder() / "worker.log");
    ::setenv("AUTOACCEL_FAKE_PATH", path.c_str(), 1);
    Client client = start({.memory_bytes = {}, .seconds = 60, .is_sandboxed = is_sandboxed});
    ::unsetenv("AUTOACCEL_FAKE_PATH");
    client.load(job("load:" + attempt + "=" + std::to_string(number)));
    client.quit();
    const std::string text = log_text();
    const std::string words = "fake: " + attempt + ": ";
    const std::size_t at = text.find(words);
    if (at == std::string::npos) return "not tried: " + text;
    return text.substr(at + words.size(), text.find('\n', at) - at - words.size());
  }

  /// A folder that the worker has nothing to do with, and a file in it.
  std::filesystem::path strange_file() const {
    const std::filesystem::path file = elsewhere_.path() / "secret";
    std::ofstream(file) << "secret";
    return file;
  }

  base::TemporaryFolder elsewhere_{"sandbox_test_elsewhere"};
};

/// refusal  EPERM of the filter of system calls; EACCES of Landlock
struct Attempted {
  const char* what;
  const char* refusal;
  bool needs_landlock = false;
  bool on_folder = false;       ///< the path is the strange folder, not the file in it
  bool works_otherwise = true;  ///< without the sandbox, for everybody who runs the tests
};

void PrintTo(const Attempted& attempt, std::ostream* stream) { *stream << attempt.what; }

class Attempts : public SandboxTest, public ::testing::WithParamInterface<Attempted> {};

TEST_P(Attempts, AreRefusedByTheSandboxAlone) {
  const Attempted& attempt = GetParam();
  if (attempt.needs_landlock && landlock_abi() == 0) GTEST_SKIP() << "the kernel has no Landlock";
  const std::filesystem::path path = attempt.on_folder ? elsewhere_.path() : strange_file();
  EXPECT_EQ(result_of(attempt.what, true, path), attempt.refusal);
  EXPECT_TRUE(std::filesystem::exists(path));
  if (attempt.works_otherwise) {
    EXPECT_EQ(result_of(attempt.what, false, path), "done");
  }
}

constexpr const char* kNotPermitted = "Operation not permitted";
constexpr const char* kDenied = "Permission denied";

INSTANTIATE_TEST_SUITE_P(
    Files, Attempts,
    ::testing::Values(Attempted{"read_file", kDenied, true}, Attempted{"write_file", kDenied, true},
                      Attempted{"truncate_file", kDenied, true}, Attempted{"remove_file", kDenied, true},
                      Attempted{"list_folder", kDenied, true, true}, Attempted{"link_symbolically", kDenied, true},
                      Attempted{"make_pipe", kDenied, true}, Attempted{"change_mode", kNotPermitted}));

INSTANTIATE_TEST_SUITE_P(Network, Attempts,
                         ::testing::Values(Attempted{"open_udp", kNotPermitted},
                                           Attempted{"open_raw_packets", kNotPermitted, false, false, false},
                                           Attempted{"start_io_uring", kNotPermitted, false, false, false}));

INSTANTIATE_TEST_SUITE_P(Processes, Attempts,
                         ::testing::Values(Attempted{"fork_many", kNotPermitted},
                                           Attempted{"spawn_program", kNotPermitted},
                                           Attempted{"trace_parent", kNotPermitted, false, false, false},
                                           Attempted{"read_memory_of_parent", kNotPermitted, false, false, false},
                                           Attempted{"read_environment_of_parent", kDenied, true, false, false},
                                           Attempted{"signal_parent", kNotPermitted},
                                           Attempted{"outlive_parent", kNotPermitted},
                                           Attempted{"join_parents_group", kNotPermitted, false, false, false}));

INSTANTIATE_TEST_SUITE_P(System, Attempts,
                         ::testing::Values(Attempted{"mount_folder", kNotPermitted, false, true, false},
                                           Attempted{"leave_namespace", kNotPermitted, false, false, false},
                                           Attempted{"leave_shared_memory", kNotPermitted},
                                           Attempted{"raise_files", kNotPermitted, false, false, false}));

TEST_F(SandboxTest, WhatInferenceNeedsStaysPossible) {
  EXPECT_EQ(result_of("write_own_file", true), "done");
  EXPECT_EQ(result_of("start_thread", true), "done");
  EXPECT_EQ(result_of("read_file", true, model()), "done");
  EXPECT_EQ(result_of("read_file", true, "/proc/self/maps"), "done");
  EXPECT_EQ(result_of("list_folder", true, "/sys/devices/system/cpu"), "done");
}

TEST_F(SandboxTest, AHardLinkBringsNoStrangeFileIn) {
  if (landlock_abi() == 0) GTEST_SKIP() << "the kernel has no Landlock";
  const std::string refused = result_of("link_hard", true, strange_file());
  EXPECT_THAT(refused, ::testing::AnyOf(kDenied, "Invalid cross-device link"));
  EXPECT_EQ(result_of("link_hard", false, strange_file()), "done");
}

TEST_F(SandboxTest, ReadableIsNotWritable) {
  if (landlock_abi() == 0) GTEST_SKIP() << "the kernel has no Landlock";
  for (const std::string attempt : {"write_file", "truncate_file", "remove_file"})
    EXPECT_EQ(result_of(attempt, true, model()), kDenied) << attempt;
  EXPECT_EQ(base::read_file(model()), kModel);
}

TEST_F(SandboxTest, ServersOfThisMachineAreOutOfReach) {
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(server, 8), 0);
  ASSERT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_EQ(result_of("connect_tcp", true, {}, ntohs(address.sin_port)), kNotPermitted);
  EXPECT_EQ(result_of("connect_tcp", false, {}, ntohs(address.sin_port)), "done");
  ::close(server);

  const int local = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string path = elsewhere_.path() / "socket";
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(local, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::listen(local, 8), 0);
  EXPECT_EQ(result_of("connect_local", true, path), kNotPermitted);
  EXPECT_EQ(result_of("connect_local", false, path), "done");
  ::close(local);
}

TEST_F(SandboxTest, NothingSurvivesAKilledParent) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    Client client = start();
    const pid_t pid = client.pid();
    [[maybe_unused]] const ssize_t written = ::write(pipe[1], &pid, sizeof pid);
    client.load(job("load:grandchild_apart,load:outlive_parent,load:hang_deaf"));
    ::_exit(0);
  }
  pid_t worker = -1;
  ASSERT_EQ(::read(pipe[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  ASSERT_TRUE(becomes_true([&] { return log_text().find("outlive_parent") != std::string::npos; }));
  EXPECT_EQ(grandchild(), -1) << "no process was started";
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(becomes_true([&] { return !is_alive(worker); }));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(SandboxTest, TheWorkerSaysWhatIsInForce) {
  EXPECT_EQ(start().probe().sandbox,
            landlock_abi() == 0
                ? "no network, other processes or new privileges (seccomp); files as the user may: the kernel has no "
                  "Landlock"
                : "no network, other processes or new privileges (seccomp); no files but its own (Landlock " +
                      std::to_string(landlock_abi()) + ")");
  EXPECT_EQ(start({.memory_bytes = {}, .seconds = 60, .is_sandboxed = false}).probe().sandbox, kNoSandbox);
}

/// The value of a line of /proc/<pid>/status.
std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return "absent";
}

TEST_F(SandboxTest, TheKernelSaysSoToo) {
  Client client = start();
  client.probe();
  EXPECT_EQ(status_of(client.pid(), "NoNewPrivs"), "1");
  EXPECT_EQ(status_of(client.pid(), "Seccomp"), "2") << "a filter";
  // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_LOCK, CAP_SYS_NICE: bits 1, 2, 14 and 23
  EXPECT_EQ(std::stoull(status_of(client.pid(), "CapEff"), nullptr, 16) & ~0x804006ull, 0u);
  EXPECT_EQ(::getsid(client.pid()), client.pid()) << "a session of its own, so no terminal";
}

TEST_F(SandboxTest, ScratchFolderGoesWithTheClient) {
  const auto scratch_folders = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      count += entry.path().filename().string().starts_with("scratch-") ? 1 : 0;
    return count;
  };
  {
    Client client = start();
    prepare(client, job());
    client.run(0, 0, folder() / "out");
    EXPECT_EQ(scratch_folders(), 1);
  }
  EXPECT_EQ(scratch_folders(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder() / "out" / "0.npy"));
}

TEST_F(SandboxTest, ThreadsWithoutEndAreStopped) {
  Client client = start();
  const Failure failure = failure_of([&] { client.load(job("load:threads=5000,load:hang")); });
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_THAT(failure.reason(), HasSubstr("more than 4096 threads while loading"));
}

TEST(GrantsTest, ArgumentsComeBackAsTheyWere) {
  const Grants grants{.readable = {"/a b", "/c=d"}, .writable = {"/e\n"}, .gpu = true};
  const std::vector<std::string> texts = arguments_from(grants);
  std::vector<const char*> arguments;
  for (const std::string& text : texts) arguments.push_back(text.c_str());
  EXPECT_EQ(grants_from(arguments), grants);
  EXPECT_EQ(grants_from({}), std::nullopt);
  arguments.push_back("--wrong");
  EXPECT_THROW(grants_from(arguments), Error);
}

}  // namespace
}  // namespace autoaccel::worker
