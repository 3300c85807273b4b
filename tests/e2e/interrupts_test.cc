// A worker, the tool itself, or the user ends things in the middle: what is done is kept, and nothing is left running.
#include <gmock/gmock.h>
#include <signal.h>

#include <map>

#include "e2e/tool.h"

namespace autoaccel::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kInterrupted = 130;

class Interrupts : public WithRuntimes {
 protected:
  void SetUp() override {
    WithRuntimes::SetUp();
    write("config.yml",
          "input:\n  bytes: {use_shape: [1, 2048]}\n"
          "search: {samples: 2, runtimes: [onnxruntime], threads: [1]}\n");
  }

  // A second for each variant leaves time to do something to it.
  std::vector<std::string> command() const {
    return {"optimize", model("magika"), "--config", "config.yml", "--time-limit", "1"};
  }

  /// The worker of the next variant, once `tried` are finished.
  static pid_t worker_after(const Tool& tool, int tried) {
    const std::string line = "[" + std::to_string(tried) + "/";
    wait_until("variant " + std::to_string(tried) + " is finished", [&] { return tool.err().find(line) != std::string::npos; });
    std::optional<pid_t> worker;
    wait_until("the next worker runs", [&] { return (worker = tool.worker()).has_value(); });
    return *worker;
  }

  std::map<std::string, fs::file_time_type> finished_trials() const {
    std::map<std::string, fs::file_time_type> times;
    for (const auto& entry : fs::directory_iterator(at("output/variants")))
      if (fs::exists(entry.path() / "record.json"))
        times[entry.path().filename()] = fs::last_write_time(entry.path() / "record.json");
    return times;
  }

  /// Runs the same command to its end: every trial has a record, and those of `before` are not repeated.
  void expect_going_on_from(const std::map<std::string, fs::file_time_type>& before) const {
    const Ended ended = run(command());
    EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(std::to_string(before.size()) + " already done"));
    const auto after = finished_trials();
    EXPECT_GT(after.size(), before.size());
    // The final may write a record once more, so it is the line of a trial that tells.
    for (const auto& [id, time] : before) EXPECT_THAT(ended.err, Not(HasSubstr("] " + id + "  ")));
    const base::Json run = json_file("output/run.json");
    EXPECT_FALSE(run.at("finished").get<std::string>().empty());
    for (const auto& [id, time] : after) EXPECT_NO_THROW(record_of(run, id));
  }
};

TEST_F(Interrupts, KilledWorkerIsARowAndTheRunFinishes) {
  Tool tool(folder_.path(), command());
  const pid_t worker = worker_after(tool, 1);
  ::kill(worker, SIGKILL);
  const Ended ended = tool.wait();
  EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
  const base::Json run = json_file("output/run.json");
  EXPECT_FALSE(run.at("finished").get<std::string>().empty());
  int crashed = 0, measured = 0;
  for (const base::Json& record : run.at("records")) {
    if (record.at("outcome") == "crashed") {
      EXPECT_THAT(record.at("reason").get<std::string>(), HasSubstr("signal 9"));
      ++crashed;
    }
    measured += !record.at("measurement").is_null();
  }
  EXPECT_EQ(crashed, 1);
  EXPECT_GE(measured, 2);
}

TEST_F(Interrupts, KilledToolLeavesNoWorkerAndRepeatsNothing) {
  std::map<std::string, fs::file_time_type> before;
  {
    Tool tool(folder_.path(), command());
    const pid_t worker = worker_after(tool, 2);
    tool.send(SIGKILL);
    EXPECT_EQ(tool.wait().signal, SIGKILL);
    wait_until("the worker is gone", [&] { return !is_alive(worker); }, 10);
    before = finished_trials();
    EXPECT_GE(before.size(), 2u);
    EXPECT_TRUE(json_file("output/run.json").at("finished").get<std::string>().empty());
  }
  expect_going_on_from(before);
}

TEST_F(Interrupts, ControlCKeepsWhatIsDone) {
  std::map<std::string, fs::file_time_type> before;
  {
    Tool tool(folder_.path(), command());
    const pid_t worker = worker_after(tool, 1);
    tool.send(SIGINT);
    const Ended ended = tool.wait(20);
    EXPECT_EQ(ended.code, kInterrupted);
    EXPECT_THAT(ended.err, HasSubstr("interrupted"));
    EXPECT_FALSE(is_alive(worker));
    before = finished_trials();
    EXPECT_GE(before.size(), 1u);
    const base::Json run = json_file("output/run.json");
    for (const auto& [id, time] : before) EXPECT_NO_THROW(record_of(run, id));
    EXPECT_TRUE(fs::exists(at("output/summary.xlsx")));
  }
  expect_going_on_from(before);
}

TEST_F(Interrupts, TwoRunsDoNotShareAFolder) {
  Tool first(folder_.path(), command());
  worker_after(first, 1);
  const base::TemporaryFolder elsewhere("autoaccel-e2e-second-");
  Tool second(elsewhere.path(), {"optimize", model("magika"), "--config", at("config.yml"), "--out", at("output")});
  const Ended ended = second.wait(60);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("another run is at work in"));
}

}  // namespace
}  // namespace autoaccel::e2e
