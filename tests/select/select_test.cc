#include "select/select.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids(const Run& run) {
  std::vector<std::string> ids;
  for (const Record& record : run.records) ids.push_back(record.variant.id());
  return ids;
}

TEST(Select, RecommendsTheFastestThatIsFaithful) {
  autoaccel::Run run = run_of({original_at(0.034), ran("openvino", "original", 0.020), ran("openvino", "fp16", 0.010)});
  rank(run);
  EXPECT_EQ(run.recommended, "openvino-fp16");
  EXPECT_THAT(ids(run), ElementsAre("openvino-fp16", "openvino-original", "onnxruntime-original"));
  EXPECT_EQ(run.records[0].rank, 1);
  EXPECT_EQ(run.records[2].rank, 3);
  EXPECT_DOUBLE_EQ(*run.records[0].speed_up, 0.034 / 0.010);
  EXPECT_DOUBLE_EQ(*run.records[2].speed_up, 1.0);
  EXPECT_EQ(run.verdict,
            "Deploy OpenVINO FP16: 3.40 × as fast as the original, 10.0 ms instead of 34.0 ms a request; its outputs "
            "agree with "
            "the original's to 40.0 dB (largest error 0.0012).");
}

/// [9.9, 10.1] ms and [9.95, 10.15] overlap: the simpler recipe wins although its median is higher.
TEST(Select, GivesTiesToTheSimplerRecipe) {
  autoaccel::Run run =
      run_of({original_at(0.034), ran("onnxruntime", "exotic", 0.0100), ran("openvino", "fp16", 0.01005)});
  rank(run);
  EXPECT_EQ(run.recommended, "openvino-fp16");
  EXPECT_THAT(ids(run), ElementsAre("openvino-fp16", "onnxruntime-exotic", "onnxruntime-original"));
  EXPECT_THAT(run.verdict, HasSubstr("1 other is as good within the noise of measuring"));
}

/// With half-widths of 0.1 % the same two are apart.
TEST(Select, TiesNeedOverlappingIntervals) {
  autoaccel::Run run = run_of(
      {original_at(0.034), ran("onnxruntime", "exotic", 0.0100, 0.001), ran("openvino", "fp16", 0.01005, 0.001)});
  rank(run);
  EXPECT_EQ(run.recommended, "onnxruntime-exotic");
}

/// All are as fast: 45.5 dB is more faithful than 40 and 44.4, and 44.6 as faithful, since less than 1 dB tells
/// nothing.
TEST(Select, GivesTiesToTheMoreFaithful) {
  const auto with = [](const std::string& runtime, const std::string& recipe, double sqnr_db) {
    Record record = ran(runtime, recipe, 0.010);
    record.agreement->sqnr_db = sqnr_db;
    return record;
  };
  autoaccel::Run run = run_of({original_at(0.034), with("a", "fp16", 40), with("b", "exotic", 45.5),
                               with("c", "fp16", 44.6), with("d", "fp16", 44.4)});
  rank(run);
  EXPECT_THAT(ids(run), ElementsAre("c-fp16", "b-exotic", "d-fp16", "a-fp16", "onnxruntime-original"));
}

/// Past 60 dB nobody cares, so the simpler one wins.
TEST(Select, CountsNoFidelityPastSixtyDecibels) {
  Record exotic = ran("a", "exotic", 0.010);
  exotic.agreement->sqnr_db = 130;
  Record simple = ran("b", "fp16", 0.010);
  simple.agreement->sqnr_db = 59.5;
  autoaccel::Run run = run_of({original_at(0.034), exotic, simple});
  rank(run);
  EXPECT_EQ(run.recommended, "b-fp16");
}

TEST(Select, GivesTiesOfOneRecipeToUnchangedIoThenFewerSettingsThenSize) {
  Record reduced = ran("onnxruntime", "fp16", 0.010);
  reduced.variant.io = IoTypes::reduced;
  Record plain = ran("a", "fp16", 0.010);
  Record small = ran("b", "fp16", 0.010);
  small.artifact->bytes = 10;
  Record with_settings = ran("a", "fp16", 0.010);
  with_settings.variant.settings = {{"arena", "off"}};
  with_settings.artifact->bytes = 1;
  // A form that says something is as simple as one that does not: this one has no variant with less.
  Record told = ran("c", "fp16", 0.010);
  told.variant.settings = {{"threads", "2"}};
  told.artifact->bytes = 100;
  autoaccel::Run run = run_of({original_at(0.034), reduced, with_settings, plain, told, small});
  rank(run);
  EXPECT_THAT(ids(run), ElementsAre("b-fp16", "c-fp16-threads=2", "a-fp16", "a-fp16-arena=off", "onnxruntime-fp16-io16",
                                    "onnxruntime-original"));
}

/// The original's interval is [9.9, 10.1], the other's [9.8, 10.0]: a tie, and the original is the simplest of all.
TEST(Select, KeepsTheOriginalOnATie) {
  autoaccel::Run run = run_of({original_at(0.010), ran("openvino", "original", 0.0099)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_THAT(ids(run), ElementsAre("onnxruntime-original", "openvino-original"));
  EXPECT_EQ(run.verdict,
            "Keep the original: the fastest other variant runs at 1.01 × its speed, within the noise of measuring "
            "(OpenVINO original).");
}

TEST(Select, AnAllTiedRunKeepsTheOriginal) {
  autoaccel::Run run = run_of({ran("openvino", "fp16", 0.010), original_at(0.010), ran("openvino", "exotic", 0.010)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_EQ(run.records[0].variant.id(), "onnxruntime-original");
}

TEST(Select, NeverRecommendsWhatIsSlower) {
  autoaccel::Run run = run_of({original_at(0.010), ran("openvino", "fp16", 0.020)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_THAT(run.verdict,
              HasSubstr("Keep the original: the fastest other variant runs at 0.50 × its speed (OpenVINO FP16)."));
}

TEST(Select, NeverRecommendsWhatDisagreesOrIsSuspect) {
  Record disagreed = ran("a", "fp16", 0.001);
  disagreed.outcome = Outcome::disagreed;
  disagreed.agreement->within_limit = false;
  disagreed.reason = "output 'y': sqnr_db 12 < 20";
  Record suspect = ran("b", "fp16", 0.002);
  suspect.outcome = Outcome::suspect;
  suspect.reason = "noise";
  Record unbounded = ran("c", "fp16", 0.003);
  unbounded.agreement->within_limit = false;
  Record uncompared = ran("d", "fp16", 0.004);
  uncompared.agreement.reset();
  autoaccel::Run run = run_of({disagreed, suspect, unbounded, uncompared, original_at(0.010)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  // Those that are ok by their speed, then suspect, then disagreed, however fast.
  EXPECT_THAT(ids(run), ElementsAre("c-fp16", "d-fp16", "onnxruntime-original", "b-fp16", "a-fp16"));
  EXPECT_EQ(run.verdict,
            "Keep the original: a FP16 is 10.00 × as fast as the original, 1.00 ms instead of 10.0 ms a request, but "
            "its outputs "
            "are outside the limit (output 'y': sqnr_db 12 < 20).");
}

/// A gain over figures that nobody trusts is none.
TEST(Select, NeedsAnOriginalThatCanBeTrusted) {
  Record original = original_at(0.034);
  original.outcome = Outcome::suspect;
  original.reason = "other processes used 76 % of the processors";
  autoaccel::Run run = run_of({original, ran("openvino", "fp16", 0.010)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_DOUBLE_EQ(*run.records[0].speed_up, 3.4);
  EXPECT_EQ(
      run.verdict,
      "Nothing can be recommended: the original is the measure, and its figures are not to be trusted (other processes "
      "used 76 % of the processors).");
}

TEST(Select, NamesTheBestTrustedOneBesideTheObstacle) {
  Record suspect = ran("b", "fp16", 0.002);
  suspect.outcome = Outcome::suspect;
  suspect.reason = "fell back to another device";
  autoaccel::Run run = run_of({suspect, ran("c", "fp16", 0.020), original_at(0.010)});
  rank(run);
  EXPECT_EQ(run.verdict,
            "Keep the original: b FP16 is 5.00 × as fast as the original, 2.00 ms instead of 10.0 ms a request, but "
            "its figures "
            "are not to be trusted (fell back to another device). Of those that can be trusted, the fastest runs at "
            "0.50 × its speed (c FP16).");
}

/// 10.0 against 10.5 ms with ± 1 % each is a gain of 3 % at least; a drift of 4 % explains it.
TEST(Select, AGainThatTheDriftExplainsIsNone) {
  autoaccel::Run run = run_of({original_at(0.0105), ran("openvino", "fp16", 0.0100)});
  rank(run);
  EXPECT_EQ(run.recommended, "openvino-fp16");
  run.drift = -0.04;
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_THAT(run.verdict, HasSubstr("while the machine itself drifted by 4 %"));
}

TEST(Select, ThroughputGoesByThroughput) {
  Record parallel = ran("openvino", "fp16", 0.020);
  parallel.measurement->throughput_per_second = 150;
  autoaccel::Run run = run_of({original_at(0.010), parallel});
  rank(run);
  EXPECT_FALSE(run.recommended);  // for latency it is slower
  run.config.objective = Objective::throughput;
  rank(run);
  EXPECT_EQ(run.recommended, "openvino-fp16");
  EXPECT_DOUBLE_EQ(*run.records[0].speed_up, 1.5);
  EXPECT_THAT(
      run.verdict,
      HasSubstr("Deploy OpenVINO FP16: 1.50 × the throughput of the original, 150 instead of 100 samples a second"));
}

TEST(Select, SizeWantsSmallerAndNotSlower) {
  Record slow = ran("a", "exotic", 0.020);
  slow.artifact->bytes = 100'000;
  Record small = ran("b", "fp16", 0.01001);  // slower, within the noise
  small.artifact->bytes = 500'000;
  Record large = ran("c", "fp16", 0.001);
  large.artifact->bytes = 2'000'000;
  autoaccel::Run run = run_of({original_at(0.010), slow, small, large});
  run.config.objective = Objective::size;
  rank(run);
  EXPECT_EQ(run.recommended, "b-fp16");
  EXPECT_THAT(ids(run), ElementsAre("b-fp16", "a-exotic", "onnxruntime-original", "c-fp16"));
  EXPECT_THAT(run.verdict, HasSubstr("Deploy b FP16: 500 kB instead of 1.0 MB, at 1.00 × the speed of the original"));
}

TEST(Select, FallsBackToTheMeanWhereThereIsNoMedian) {
  Record few = ran("a", "fp16", 0.001);
  few.measurement->latency_seconds.median.reset();
  few.measurement->latency_seconds.mean = 0.005;
  Record fewer = ran("b", "fp16", 0.001);
  fewer.measurement->latency_seconds.median.reset();
  fewer.measurement->runs = 4;
  fewer.measurement->wall_seconds = 0.008;
  autoaccel::Run run = run_of({original_at(0.010), few, fewer});
  rank(run);
  EXPECT_DOUBLE_EQ(*run.records[0].speed_up, 5.0);  // 0.008 / 4 = 0.002
  EXPECT_EQ(run.records[0].variant.id(), "b-fp16");
  EXPECT_DOUBLE_EQ(*run.records[1].speed_up, 2.0);
}

TEST(Select, WhatDidNotRunStandsLastInItsOrderAndHasNoRank) {
  Record skipped;
  skipped.variant.runtime = "z";
  skipped.variant.recipe = "fp16";
  Record crashed = ran("y", "fp16", 0.001);
  crashed.outcome = Outcome::crashed;
  crashed.rank = 7;  // from an earlier call
  crashed.speed_up = 9;
  Record empty = ran("x", "fp16", 0.001);
  empty.measurement.reset();
  autoaccel::Run run = run_of({skipped, crashed, empty, original_at(0.010)});
  rank(run);
  EXPECT_THAT(ids(run), ElementsAre("onnxruntime-original", "z-fp16", "y-fp16", "x-fp16"));
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_FALSE(run.records[i].rank);
    EXPECT_FALSE(run.records[i].speed_up);
  }
  EXPECT_EQ(run.verdict, "Keep the original: no other variant ran (1 ok, 1 skipped, 1 crashed).");
}

TEST(Select, WithoutTheOriginalNothingIsRecommended) {
  autoaccel::Run run = run_of({ran("openvino", "fp16", 0.010)});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_EQ(run.records[0].rank, 1);
  EXPECT_FALSE(run.records[0].speed_up);
  EXPECT_EQ(run.verdict, "Nothing can be recommended yet: the original has not run.");

  Record crashed = original_at(0.010);
  crashed.outcome = Outcome::crashed;
  crashed.reason = "signal 11 (Segmentation fault)";
  run.records.push_back(crashed);
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_EQ(run.verdict, "Nothing can be recommended: the original did not run (signal 11 (Segmentation fault)).");
}

TEST(Select, FiguresThatAreNoneDoNotRank) {
  Record nan = ran("a", "fp16", std::numeric_limits<double>::quiet_NaN());
  Record negative = ran("b", "fp16", -1);
  Record vague = ran("c", "fp16", 0.001, std::numeric_limits<double>::quiet_NaN());
  autoaccel::Run run = run_of({nan, negative, vague, original_at(0.010)});
  rank(run);
  EXPECT_FALSE(
      run.recommended);  // an interval of ± 100 % is apart from nothing below twice itself … and here it is: see below
  EXPECT_FALSE(run.records[2].rank);
  EXPECT_FALSE(run.records[3].rank);
}

TEST(Select, DoingItAgainChangesNothing) {
  autoaccel::Run run =
      run_of({original_at(0.034), ran("openvino", "exotic", 0.0100), ran("openvino", "fp16", 0.01005)});
  rank(run);
  const auto before = ids(run);
  const std::string verdict = run.verdict;
  rank(run);
  EXPECT_EQ(ids(run), before);
  EXPECT_EQ(run.verdict, verdict);
}

TEST(Select, AnEmptyRunIsNoError) {
  autoaccel::Run run;
  rank(run);
  EXPECT_FALSE(run.recommended);
}

}  // namespace
}  // namespace autoaccel::select
