#include "select/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kMargin = 0.05;

/// The original at 10 ms and a variant of it, in both runs.
class ChangesTest : public ::testing::Test {
 protected:
  ChangesTest() {
    before_ = run_of({original_at(0.010), ran("openvino", "fp16", 0.004)});
    before_.recommended = "openvino-fp16";
    now_ = before_;
  }

  Record& record_now() { return now_.records[1]; }
  Changes changes() const { return changes_between(before_, now_, kMargin); }
  Change change() const { return changes().variants.at(1); }

  void time_now(double seconds, double half_width = 0.01) {
    record_now().measurement->latency_seconds.median = seconds;
    record_now().measurement->throughput_per_second = 1 / seconds;
    record_now().measurement->median_half_width = half_width;
  }

  autoaccel::Run before_, now_;
};

TEST_F(ChangesTest, NothingHasChangedFromARunToItself) {
  const Changes same = changes();
  ASSERT_EQ(same.variants.size(), 2u);
  for (const Change& change : same.variants) {
    EXPECT_EQ(change.speed, Trend::same);
    EXPECT_EQ(change.fidelity, Trend::same);
    EXPECT_FALSE(change.is_failing);
  }
  EXPECT_EQ(same.deployed->new_id, "openvino-fp16");
  EXPECT_THAT(same.differences, IsEmpty());
  EXPECT_THAT(same.gone, IsEmpty());
  EXPECT_THAT(same.added, IsEmpty());
}

// Both half-widths are 1 %, together √2 %: the ratio r is known as r·e^±0.01414. Slower: r·e^-0.01414 > 1.05, r
// > 1.0650.
TEST_F(ChangesTest, SlowerIsBeyondTheMarginAndTheIntervals) {
  time_now(0.004 * 1.066);
  EXPECT_EQ(change().speed, Trend::worse);
  EXPECT_NEAR(change().time_ratio->low, 1.066 * std::exp(-std::sqrt(2) * 0.01), 1e-12);
  EXPECT_NEAR(change().time_ratio->high, 1.066 * std::exp(std::sqrt(2) * 0.01), 1e-12);
  time_now(0.004 * 1.064);
  EXPECT_EQ(change().speed, Trend::same);
  time_now(0.004 / 1.066);
  EXPECT_EQ(change().speed, Trend::better);
  time_now(0.004 / 1.064);
  EXPECT_EQ(change().speed, Trend::same);
  time_now(0.004 * 1.2, 0.2);  // wide intervals decide nothing
  EXPECT_EQ(change().speed, Trend::same);
}

TEST_F(ChangesTest, ARunThatDriftedTellsNoSmallerChange) {
  time_now(0.004 * 1.2);
  EXPECT_EQ(change().speed, Trend::worse);
  before_.drift = -0.25;
  EXPECT_DOUBLE_EQ(changes().margin, 0.25);
  EXPECT_EQ(change().speed, Trend::same);
}

// Rounds of 4 ms and 5 ms that differ by a factor 1.01 each: the logarithms' standard deviation is ln 1.01 · √(5/3)
// with 4 rounds (-1.5, -0.5, 0.5, 1.5 steps), Student's t with 3 degrees of freedom is 3.1824.
TEST_F(ChangesTest, RoundsOfTheFinalCountWhereBothHaveThem) {
  const auto rounds = [](double seconds) {
    FinalRounds final;
    std::vector<double> values;
    for (const double steps : {-1.5, -0.5, 0.5, 1.5}) values.push_back(seconds * std::pow(1.01, steps));
    final.finalists = {{"openvino-fp16", values}};
    return final;
  };
  before_.final_rounds = rounds(0.004);
  time_now(0.004);  // the measurement says that nothing has changed
  EXPECT_EQ(change().speed, Trend::same) << "one run alone had a final";
  now_.final_rounds = rounds(0.005);
  EXPECT_EQ(change().speed, Trend::worse);
  EXPECT_NEAR(*change().old_seconds, 0.004, 1e-12);
  EXPECT_NEAR(*change().new_seconds, 0.005, 1e-12);
  const double half_width = 3.1824 * std::log(1.01) * std::sqrt(5.0 / 3.0) / 2 * std::sqrt(2);
  EXPECT_NEAR(change().time_ratio->low, 1.25 * std::exp(-half_width), 1e-5);
}

TEST_F(ChangesTest, ThroughputIsWhatCountsWhereBothAimAtIt) {
  before_.config.objective = now_.config.objective = Objective::throughput;
  record_now().measurement->throughput_per_second = 125;  // 8 ms a sample, the latency as before
  EXPECT_EQ(change().speed, Trend::worse);
  EXPECT_DOUBLE_EQ(*change().new_seconds, 0.008);
  before_.config.objective = Objective::latency;
  EXPECT_EQ(change().speed, Trend::same);
  EXPECT_TRUE(changes().differences.at(0).makes_unlike);
}

TEST_F(ChangesTest, FiguresThatAreNotTrustedAreNotJudged) {
  time_now(1);
  record_now().outcome = Outcome::suspect;
  EXPECT_EQ(change().speed, Trend::unknown);
  EXPECT_FALSE(change().is_failing);
  EXPECT_EQ(change().fidelity, Trend::same) << "outputs do not depend on the load";
}

TEST_F(ChangesTest, LessFaithfulIsADecibelLessOrOutsideTheLimit) {
  record_now().agreement->sqnr_db = 39.1;
  EXPECT_EQ(change().fidelity, Trend::same);
  record_now().agreement->sqnr_db = 39;
  EXPECT_EQ(change().fidelity, Trend::worse);
  record_now().agreement->sqnr_db = 41;
  EXPECT_EQ(change().fidelity, Trend::better);
  record_now().agreement->within_limit = false;
  EXPECT_EQ(change().fidelity, Trend::worse);
  before_.records[1].agreement->within_limit = false;
  EXPECT_EQ(change().fidelity, Trend::better);
}

TEST_F(ChangesTest, FailingIsWhatRanBefore) {
  record_now() = {.variant = record_now().variant, .outcome = Outcome::crashed, .reason = "signal 11"};
  EXPECT_TRUE(change().is_failing);
  EXPECT_EQ(change().reason, "signal 11");
  EXPECT_EQ(change().speed, Trend::unknown);
  before_.records[1].measurement.reset();
  EXPECT_FALSE(change().is_failing) << "it did not run before either";
}

TEST_F(ChangesTest, ListsWhatOnlyOneRunHasTried) {
  now_.records.push_back(ran("openvino", "bf16", 0.003));
  before_.records.push_back(ran("onnxruntime", "fp16", 0.02));
  now_.records.push_back(before_.records.back());
  now_.records.back().outcome = Outcome::skipped;
  EXPECT_THAT(changes().added, ElementsAre("openvino-bf16"));
  EXPECT_THAT(changes().gone, ElementsAre("onnxruntime-fp16"));
}

TEST_F(ChangesTest, WhatIsDeployedIsComparedAcrossVariants) {
  now_.recommended.reset();  // the original stays: 10 ms and not 4
  const Change deployed = *changes().deployed;
  EXPECT_EQ(deployed.old_id, "openvino-fp16");
  EXPECT_EQ(deployed.new_id, "onnxruntime-original");
  EXPECT_EQ(deployed.speed, Trend::worse);
  EXPECT_EQ(deployed.fidelity, Trend::better);
}

TEST_F(ChangesTest, NamesWhatMakesRunsUnlike) {
  now_.host.processor = "another";
  now_.model.sha256 = "1234";
  now_.model.inputs = {{.name = "x", .type = ElementType::float32, .shape = Shape{1, 3}, .axes = {}}};
  std::vector<std::string> unlike, others;
  for (const Difference& difference : changes().differences)
    (difference.makes_unlike ? unlike : others).push_back(difference.what);
  EXPECT_THAT(unlike, ElementsAre("inputs", "processor"));
  EXPECT_THAT(others, ElementsAre("model"));
}

}  // namespace
}  // namespace autoaccel::select
