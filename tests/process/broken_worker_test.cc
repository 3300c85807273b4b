// Workers that crash, hang, lie, fork and fill memory: each an outcome with its reason, and nothing left behind.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "fake_worker.h"

namespace autoaccel::worker {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class BrokenWorkerTest : public FakeWorkerTest {
 protected:
  /// How a trial ends whose job has these faults.
  Failure failure_with(const std::string& faults, const Limits& limits = {.memory_bytes = {}, .seconds = 60}) const {
    Client client = start(limits);
    return failure_of([&] {
      prepare(client, job(faults));
      client.run(0, 0, folder() / "out");
      client.placement();
    });
  }
};

struct Case {
  const char* faults;
  Outcome outcome;
  const char* reason;
};

void PrintTo(const Case& c, std::ostream* stream) { *stream << c.faults; }

class BrokenWorkerTable : public BrokenWorkerTest, public ::testing::WithParamInterface<Case> {};

TEST_P(BrokenWorkerTable, BecomesAnOutcome) {
  const Failure failure = failure_with(GetParam().faults);
  EXPECT_EQ(failure.outcome(), GetParam().outcome);
  EXPECT_EQ(failure.reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Endings, BrokenWorkerTable,
    ::testing::Values(
        Case{"load:segv", Outcome::crashed, "signal 11 (Segmentation fault) while loading"},
        Case{"bind:abort", Outcome::crashed, "signal 6 (Aborted) while reading the inputs"},
        Case{"run:exit=3", Outcome::crashed, "exit code 3 while running"},
        Case{"run:print,run:exit=3", Outcome::crashed, "exit code 3 while running: fake: a word for the log"},
        Case{"fetch:exit=0", Outcome::crashed, "exit code 0 while running"},
        Case{"run:kill9", Outcome::crashed, "signal 9 (Killed) while running"},
        Case{"placement:segv", Outcome::crashed, "signal 11 (Segmentation fault) while asking what ran each node"}));

INSTANTIATE_TEST_SUITE_P(
    Refusals, BrokenWorkerTable,
    ::testing::Values(Case{"load:refuse", Outcome::not_compiled, "fake: the operator Frobnicate is not implemented"},
                      Case{"load:unsupported", Outcome::not_compiled, "fake: no such thing here"},
                      Case{"load:stray_exception", Outcome::not_compiled, "fake: an exception that nobody expects"},
                      Case{"run:refuse", Outcome::crashed, "fake: the operator Frobnicate is not implemented"},
                      Case{"run:stray_exception", Outcome::crashed, "fake: an exception that nobody expects"},
                      Case{"load:bad_alloc", Outcome::out_of_memory, "out of memory"},
                      Case{"run:bad_alloc", Outcome::out_of_memory, "out of memory"},
                      Case{"run:vendor_out_of_memory", Outcome::out_of_memory,
                           "fake: Failed to allocate memory for requested buffer"},
                      Case{"run:bad_alloc_in_thread", Outcome::out_of_memory,
                           "memory ran out (signal 6 (Aborted)) while running"}));

INSTANTIATE_TEST_SUITE_P(
    Answers, BrokenWorkerTable,
    ::testing::Values(
        Case{"load:half_json,load:exit=0", Outcome::crashed, "exit code 0 while loading, in the middle of an answer"},
        Case{"load:half_json,load:segv", Outcome::crashed,
             "signal 11 (Segmentation fault) while loading, in the middle of an answer"},
        Case{"load:half_json", Outcome::crashed, "broken answer from the worker while loading: not a JSON object"},
        Case{"load:broken_json,load:hang", Outcome::crashed,
             "broken answer from the worker while loading: not a JSON object"},
        Case{"load:other_version,load:hang", Outcome::crashed,
             "broken answer from the worker while loading: protocol version 99 instead of 1"},
        Case{"load:old_id,load:hang", Outcome::crashed,
             "broken answer from the worker while loading: it answers request 0 instead of 1"},
        Case{"load:close_answers,load:hang", Outcome::crashed,
             "broken answer from the worker while loading: it closed the pipe for answers and stayed alive"},
        Case{"load:endless_line", Outcome::crashed,
             "broken answer from the worker while loading: a line above 64 MiB"}));

TEST_F(BrokenWorkerTest, ConversionThatFailsIsNotConverted) {
  Client refuses = start();
  EXPECT_EQ(failure_of([&] { refuses.convert(job("convert:refuse")); }).outcome(), Outcome::not_converted);
  Client crashes = start();
  const Failure crash = failure_of([&] { crashes.convert(job("convert:segv")); });
  EXPECT_EQ(crash.outcome(), Outcome::crashed);
  EXPECT_EQ(crash.reason(), "signal 11 (Segmentation fault) while converting");
}

TEST_F(BrokenWorkerTest, MeasuringThatCrashesAfterSomeRuns) {
  Client client = start();
  prepare(client, job("run#4:segv"));
  const Failure failure = failure_of([&] { client.measure({}, {.requests_in_flight = 1, .samples = 2, .batch = 1}); });
  EXPECT_EQ(failure.reason(), "signal 11 (Segmentation fault) while measuring");
}

TEST_F(BrokenWorkerTest, StaysFailedAfterItsEnd) {
  Client client = start();
  EXPECT_THROW(client.load(job("load:segv")), Failure);
  EXPECT_EQ(failure_of([&] { client.probe(); }).reason(), "signal 11 (Segmentation fault) while loading");
  client.quit();
}

TEST_F(BrokenWorkerTest, WorkerThatEndsBeforeTheFirstRequest) {
  ::setenv("AUTOACCEL_FAKE_FAULTS", "start:print,start:exit=5", 1);
  Client client = start();
  ::unsetenv("AUTOACCEL_FAKE_FAULTS");
  const Failure failure = failure_of([&] { client.probe(); });
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "exit code 5 while asking for the runtime's version: fake: a word for the log");
}

TEST_F(BrokenWorkerTest, WorkerThatCannotStartSaysWhy) {
  ::setenv("AUTOACCEL_FAKE_FAULTS", "start:unsupported",
           1);  // thrown where the runtime is made: a missing library, say
  Client client = start();
  ::unsetenv("AUTOACCEL_FAKE_FAULTS");
  const Failure failure = failure_of([&] { client.probe(); });
  EXPECT_THAT(failure.reason(), StartsWith("exit code 3 while asking for the runtime's version"));
  EXPECT_THAT(failure.details(), HasSubstr("fake: no such thing here"));
  EXPECT_THROW(Client(folder() / "missing", folder(), {}, cancel_), Error);
}

TEST_F(BrokenWorkerTest, SomebodysKillIsACrash) {
  Client client = start();
  prepare(client, job());
  ::kill(client.pid(), SIGKILL);
  const Failure failure = failure_of([&] { client.run(0, 0, folder() / "out"); });
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "signal 9 (Killed) while running");
}

TEST_F(BrokenWorkerTest, HangEndsAtTheLimit) {
  Client client = start({.memory_bytes = {}, .seconds = 0.3});
  const Failure failure = failure_of([&] { client.load(job("load:print,load:hang_deaf")); });
  EXPECT_EQ(failure.outcome(), Outcome::timed_out);
  EXPECT_THAT(failure.reason(), StartsWith("not finished within 300 ms, stopped while loading"));
  EXPECT_THAT(failure.details(), HasSubstr("fake: a word for the log"));
  EXPECT_FALSE(is_alive(client.pid()));
}

TEST_F(BrokenWorkerTest, HalfAnAnswerAndAHangEndAtTheLimit) {
  Client client = start({.memory_bytes = {}, .seconds = 0.3});
  EXPECT_EQ(failure_of([&] { client.load(job("load:half_json,load:hang")); }).outcome(), Outcome::timed_out);
}

TEST_F(BrokenWorkerTest, TheLimitIsForTheWholeTrial) {
  Client client = start({.memory_bytes = {}, .seconds = 0.2});
  client.probe();
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  EXPECT_EQ(failure_of([&] { client.probe(); }).outcome(), Outcome::timed_out);
}

TEST_F(BrokenWorkerTest, MemoryAboveTheLimitIsStopped) {
  Client client = start({.memory_bytes = 200'000'000, .seconds = 60});
  client.probe();
  const Failure failure = failure_of([&] { client.load(job("load:allocate")); });
  EXPECT_EQ(failure.outcome(), Outcome::out_of_memory);
  EXPECT_EQ(failure.reason(), "resident memory above the limit of 200 MB while loading");
  EXPECT_FALSE(is_alive(client.pid()));
}

/// Grandchildren exist without the sandbox only: it lets none be started.
const Limits kOpen{.memory_bytes = {}, .seconds = 60, .is_sandboxed = false};

TEST_F(BrokenWorkerTest, MemoryOfAGrandchildCounts) {
  Client client = start({.memory_bytes = 200'000'000, .seconds = 60, .is_sandboxed = false});
  EXPECT_EQ(failure_of([&] { client.load(job("load:grandchild_allocates,load:hang")); }).outcome(),
            Outcome::out_of_memory);
}

TEST_F(BrokenWorkerTest, GrandchildrenGoWithTheWorker) {
  for (const std::string fault : {"grandchild", "grandchild_apart"}) {
    std::filesystem::remove(folder() / "worker.log");
    std::optional<Client> client;
    client.emplace(executable(), folder(), kOpen, cancel_);
    client->load(job("load:" + fault));
    ASSERT_TRUE(becomes_true([&] { return grandchild().has_value(); })) << log_text();
    ASSERT_TRUE(is_alive(*grandchild()));
    client.reset();
    EXPECT_TRUE(becomes_true([&] { return !is_alive(*grandchild()); })) << fault;
  }
}

TEST_F(BrokenWorkerTest, GrandchildOfACrashedWorkerGoesAndHoldsNothingUp) {
  Client client = start(kOpen);
  const Failure failure = failure_of([&] { client.load(job("load:grandchild,load:segv")); });
  EXPECT_EQ(failure.reason(), "signal 11 (Segmentation fault) while loading");
  ASSERT_TRUE(grandchild()) << log_text();
  EXPECT_TRUE(becomes_true([&] { return !is_alive(*grandchild()); }));
}

TEST_F(BrokenWorkerTest, GrandchildOfAWorkerThatQuitsGoesToo) {
  Client client = start(kOpen);
  client.load(job("load:grandchild"));
  ASSERT_TRUE(becomes_true([&] { return grandchild().has_value(); }));
  EXPECT_TRUE(is_alive(*grandchild()));
  client.quit();
  EXPECT_TRUE(becomes_true([&] { return !is_alive(*grandchild()); }));
}

TEST_F(BrokenWorkerTest, GarbageOnStdoutHarmsNothingAndIsKept) {
  Client client = start();
  prepare(client, job("load:garbage,run:garbage"));
  client.run(0, 0, folder() / "out");
  EXPECT_THAT(log_text(), HasSubstr("\xff\x1b[31m"));
  const Failure failure = failure_of([&] { client.run(9, 0, folder() / "out"); });
  EXPECT_THAT(failure.details(), HasSubstr("\\xFF\\x1B[31m{\"ok\": true}")) << "made printable";
}

TEST_F(BrokenWorkerTest, FloodOfTextIsStopped) {
  const Failure failure = failure_with("load:flood");
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "log above 64 MiB while loading");
  EXPECT_LE(std::filesystem::file_size(folder() / "worker.log"), kMaxLogBytes);
  EXPECT_LT(failure.details().size(), 10'000u);
}

TEST_F(BrokenWorkerTest, KeepsTheLastTwentyLinesOfItsOwnLog) {
  std::string earlier;
  for (int i = 0; i < 5; ++i) earlier += "earlier " + std::to_string(i) + "\n";
  std::ofstream(folder() / "worker.log") << earlier;
  Client client = start();
  runtime::Job printing = job("load:print,load#25:segv");
  Failure failure(Outcome::ok, "");
  for (int i = 0; i < 25 && failure.outcome() != Outcome::crashed; ++i) {
    try {
      client.load(printing);
    } catch (const Failure& caught) {
      failure = caught;
    }
  }
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  const std::string& details = failure.details();
  EXPECT_THAT(details, StartsWith("last lines of worker.log:\n"));
  EXPECT_THAT(details, Not(HasSubstr("earlier")));
  EXPECT_EQ(std::count(details.begin(), details.end(), '\n'),
            20);  // the title and 20 lines, without a newline at the end
  EXPECT_THAT(log_text(), StartsWith(earlier));
}

TEST_F(BrokenWorkerTest, CancelEndsAHang) {
  Client client = start(kOpen);
  std::thread canceller([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cancel_.cancel();
  });
  try {
    client.load(job("load:grandchild,load:hang_deaf"));
    ADD_FAILURE() << "a hang ended by itself";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::interrupted);
  }
  canceller.join();
  EXPECT_FALSE(is_alive(client.pid()));
  ASSERT_TRUE(grandchild());
  EXPECT_TRUE(becomes_true([&] { return !is_alive(*grandchild()); }));
  EXPECT_THROW(client.probe(), Failure) << "and the worker is not asked again";
  EXPECT_THROW(start().probe(), Error) << "nothing new begins either";
}

TEST_F(BrokenWorkerTest, WorkerDiesWithAKilledParent) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    Client client = start();
    const pid_t pid = client.pid();
    [[maybe_unused]] const ssize_t written = ::write(pipe[1], &pid, sizeof pid);
    client.load(job("load:hang_deaf"));
    ::_exit(0);
  }
  pid_t worker = -1;
  ASSERT_EQ(::read(pipe[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  EXPECT_TRUE(is_alive(worker));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(becomes_true([&] { return !is_alive(worker); }));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(BrokenWorkerTest, HoldsTheRequestsAloneInItsFamily) {
  // What the runtime starts must find no requests on its stdin, and no pipe for answers.
  Client client = start(kOpen);
  client.load(job("load:grandchild"));
  ASSERT_TRUE(becomes_true([&] { return grandchild().has_value(); }));
  const auto target = [](pid_t pid, int fd) {
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd)).string();
  };
  EXPECT_EQ(target(client.pid(), 0), "/dev/null");
  EXPECT_EQ(target(*grandchild(), 0), "/dev/null");
  EXPECT_THAT(target(client.pid(), 1), EndsWith("worker.log"));
  EXPECT_THAT(target(client.pid(), 2), EndsWith("worker.log"));
  std::ifstream info("/proc/" + std::to_string(client.pid()) + "/fdinfo/3");
  std::string flags;
  while (info >> flags && flags != "flags:") continue;
  info >> flags;
  EXPECT_NE(std::stoul(flags, nullptr, 8) & O_CLOEXEC, 0u);
}

TEST_F(BrokenWorkerTest, StartedByHandItSaysWhatItIsFor) {
  const std::string text = (folder() / "text").string();
  const std::string command = "'" + executable().string() + "' </dev/null 3>&- 2>'" + text + "'";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 2);
  EXPECT_THAT(base::read_file(text), StartsWith("error: a worker is started by autoaccel"));
}

}  // namespace
}  // namespace autoaccel::worker
