// What a final of interleaved rounds decides, and how the verdict says it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> ids(const autoaccel::Run& run) {
  std::vector<std::string> ids;
  for (const Record& record : run.records) ids.push_back(record.variant.id());
  return ids;
}

const Record& record_of(const autoaccel::Run& run, const std::string& id) {
  for (const Record& record : run.records)
    if (record.variant.id() == id) return record;
  throw std::out_of_range(id);
}

/// By its own measurement b is the fastest; the final says that a is, by 20 %, and that b is no faster than the
/// original.
TEST(Final, OverrulesTheSearch) {
  autoaccel::Run run = run_of({original_at(0.010), ran("a", "fp16", 0.008), ran("b", "fp16", 0.004)});
  run.final_rounds =
      final_of({{"onnxruntime-original", 0.010}, {"a-fp16", 0.005}, {"b-fp16", 0.010, {0.97, 1.02, 1, 1.03}}});
  rank(run);
  EXPECT_EQ(run.recommended, "a-fp16");
  EXPECT_DOUBLE_EQ(*record_of(run, "a-fp16").speed_up, 2);
  EXPECT_NEAR(record_of(run, "a-fp16").speed_up_interval->low, 2, 1e-9);
  EXPECT_FALSE(record_of(run, "onnxruntime-original").speed_up_interval);
  EXPECT_DOUBLE_EQ(*record_of(run, "onnxruntime-original").speed_up, 1);
  EXPECT_LT(record_of(run, "b-fp16").speed_up_interval->low, 1);
  EXPECT_GT(record_of(run, "b-fp16").speed_up_interval->high, 1);
  EXPECT_THAT(run.verdict, HasSubstr("Deploy a FP16: 2.00 × (2.00–2.00) as fast as the original, 8.00 ms instead of "
                                     "10.0 ms a request;"));
}

/// d was not in the final: it ranks behind those that won there, however fast it seemed, and ahead of those that did
/// not.
TEST(Final, OnlyFinalistsAreRecommended) {
  autoaccel::Run run = run_of({original_at(0.010), ran("a", "fp16", 0.008), ran("b", "fp16", 0.007),
                               ran("c", "fp16", 0.009), ran("d", "fp16", 0.001)});
  run.final_rounds =
      final_of({{"onnxruntime-original", 0.010}, {"a-fp16", 0.0055}, {"b-fp16", 0.0050}, {"c-fp16", 0.0105}});
  rank(run);
  EXPECT_THAT(ids(run), ElementsAre("b-fp16", "a-fp16", "d-fp16", "onnxruntime-original", "c-fp16"));
  EXPECT_EQ(run.recommended, "b-fp16");
  EXPECT_FALSE(record_of(run, "d-fp16").speed_up_interval);
  EXPECT_DOUBLE_EQ(*record_of(run, "d-fp16").speed_up, 10);
}

/// The rounds of the two are within 1 % of each other: the more faithful one wins, and the verdict says how sure it is.
TEST(Final, TiesGoToTheMoreFaithful) {
  Record faithful = ran("b", "exotic", 0.007);
  faithful.agreement->sqnr_db = 55;
  autoaccel::Run run = run_of({original_at(0.010), ran("a", "fp16", 0.005), faithful});
  run.final_rounds = final_of({{"onnxruntime-original", 0.010}, {"a-fp16", 0.00500}, {"b-exotic", 0.00504}});
  rank(run);
  EXPECT_EQ(run.recommended, "b-exotic");
  EXPECT_THAT(run.verdict, HasSubstr("1 other is as good within the noise of measuring"));
}

/// An A/A run: the same file under another name, with noise of its own in each round.
TEST(Final, TheOriginalAgainstItselfIsATie) {
  Record again = ran("openvino", "original", 0.0092);
  again.agreement->sqnr_db = 200;
  autoaccel::Run run = run_of({original_at(0.010), again});
  run.final_rounds = final_of(
      {{"onnxruntime-original", 0.010, {1, 1.03, 0.98, 1}}, {"openvino-original", 0.010, {0.97, 1.01, 0.99, 0.98}}});
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_EQ(run.records[0].variant.id(), "onnxruntime-original");
  EXPECT_THAT(run.verdict, HasSubstr("Keep the original: the fastest other variant runs at 1.02 × ("));
  EXPECT_THAT(run.verdict, HasSubstr(") its speed, within the noise of measuring (OpenVINO original)."));
}

/// The machine became 40 % slower between the search and the final; the rounds do not care.
TEST(Final, DriftDoesNotSpoilWhatTookTurns) {
  autoaccel::Run run = run_of({original_at(0.014), ran("a", "fp16", 0.012)});
  run.drift = 0.4;
  rank(run);
  EXPECT_FALSE(run.recommended);
  run.final_rounds = final_of({{"onnxruntime-original", 0.014}, {"a-fp16", 0.012}});
  rank(run);
  EXPECT_EQ(run.recommended, "a-fp16");
}

/// Under a bound on size the final tells only who is not slower.
TEST(Final, DecidesForSizeWhoIsNotSlower) {
  Record smallest = ran("a", "exotic", 0.010);
  smallest.artifact->bytes = 100'000;
  Record small = ran("b", "fp16", 0.010);
  small.artifact->bytes = 500'000;
  autoaccel::Run run = run_of({original_at(0.010), smallest, small});
  run.config.objective = Objective::size;
  run.final_rounds = final_of({{"onnxruntime-original", 0.010}, {"a-exotic", 0.011}, {"b-fp16", 0.010}});
  rank(run);
  EXPECT_EQ(run.recommended, "b-fp16");
}

TEST(Final, MemoryAndFirstInferenceWantLessAndNotSlower) {
  Record lean = ran("a", "fp16", 0.005);
  lean.measurement->peak_bytes = 100'000'000;
  lean.measurement->load_seconds = 2;
  Record quick = ran("b", "fp16", 0.005);
  quick.measurement->peak_bytes = 195'000'000;  // within 2 % each of 200 MB: no gain
  quick.measurement->load_seconds = 0.1;
  Record slow = ran("c", "fp16", 0.020);
  slow.measurement->peak_bytes = 10'000'000;
  slow.measurement->load_seconds = 0.01;
  Record original = original_at(0.010);
  original.measurement->peak_bytes = 200'000'000;
  original.measurement->load_seconds = 0.9;
  original.measurement->first_inference_seconds = 0.1;
  autoaccel::Run run = run_of({original, lean, quick, slow});
  run.config.objective = Objective::memory;
  rank(run);
  EXPECT_EQ(run.recommended, "a-fp16");
  EXPECT_THAT(run.verdict, HasSubstr("Deploy a FP16: 100 MB instead of 200 MB of memory, at 2.00 × the speed of the "
                                     "original;"));
  EXPECT_THAT(run.verdict, HasSubstr(" It takes 2.00 s instead of 1.00 s to the first result."));
  run.config.objective = Objective::first_inference;
  rank(run);
  EXPECT_EQ(run.recommended, "b-fp16");
  EXPECT_THAT(run.verdict, HasSubstr("100 ms instead of 1.00 s to the first result, at 2.00 × the speed"));
  EXPECT_THAT(run.verdict, Not(HasSubstr("It takes")));
}

TEST(Verdict, SaysSettingsCostsAndWhatWasNotTried) {
  Record best = ran("openvino", "fp16", 0.005);
  best.variant.settings = {{"requests", "2"}, {"threads", "1"}, {"precision", "bf16"}};
  best.artifact->bytes = 500'000;
  best.measurement->peak_bytes = 300'000'000;
  best.measurement->load_seconds = 1.05;
  Record original = original_at(0.010);
  original.measurement->peak_bytes = 200'000'000;
  original.measurement->load_seconds = 1;
  autoaccel::Run run = run_of({original, best});
  run.search = {.strategy = "racing",
                .seconds = 300,
                .trials = 37,
                .points = 512,
                .stopped_because = "search.budget of 5 min 0 s was spent",
                .expected_gain = 0.03};
  rank(run);
  EXPECT_EQ(run.verdict,
            "Deploy OpenVINO FP16 model, BF16 compute, 2 requests, 1 thread: 2.00 × as fast as the original, 5.00 ms "
            "instead of 10.0 ms a request; its outputs agree with the original's to 40.0 dB (largest error 0.0012). It "
            "takes 300 MB instead of 200 MB of memory and 500 kB instead of 1.0 MB of files. 37 of 512 variants were "
            "tried: search.budget of 5 min 0 s was spent, and the next trial was expected to gain 3 %.");
  run.search = {.strategy = "racing", .trials = 37, .points = 512, .stopped_because = "", .expected_gain = {}};
  rank(run);
  EXPECT_THAT(run.verdict, HasSubstr(" 37 of 512 variants were tried so far."));
  run.search = {.strategy = "exhaustive", .trials = 512, .points = 512, .stopped_because = "x", .expected_gain = {}};
  rank(run);
  EXPECT_THAT(run.verdict, HasSubstr(" All that there is was tried."));
}

}  // namespace
}  // namespace autoaccel::select
