#include "select/constraints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Constraints, AreMetAtTheBound) {
  Record record = ran("a", "fp16", 0.010);
  record.measurement->latency_seconds.p99 = 0.020;
  record.measurement->latency_seconds.max = 0.5;
  record.measurement->peak_bytes = 400'000'000;
  autoaccel::Run run = run_of({record});
  EXPECT_THAT(unmet_constraints(run, record), IsEmpty());
  run.config.constraints = {.latency_p99_seconds = 0.020, .memory_bytes = 400'000'000, .size_bytes = 1'000'000};
  EXPECT_THAT(unmet_constraints(run, record), IsEmpty());
  run.config.constraints = {.latency_p99_seconds = 0.0199, .memory_bytes = 399'999'999, .size_bytes = 999'999};
  EXPECT_THAT(unmet_constraints(run, record),
              ElementsAre("its p99 of 20.0 ms is above constraints.latency_p99_ms: 19.9",
                          "its memory of 400 MB is above constraints.memory_mb: 400",
                          "its size of 1.0 MB is above constraints.size_mb: 0.999999"));
}

TEST(Constraints, WhatIsNotKnownIsNotMet) {
  Record record = ran("a", "fp16", 0.010);
  record.artifact.reset();
  autoaccel::Run run = run_of({record});
  run.config.constraints = {.latency_p99_seconds = 1, .memory_bytes = 1, .size_bytes = 1};
  EXPECT_THAT(unmet_constraints(run, record), ElementsAre("its p99 is not known, for constraints.latency_p99_ms: 1000",
                                                          "its memory is not known, for constraints.memory_mb: 1e-06",
                                                          "its size is not known, for constraints.size_mb: 1e-06"));
  record.measurement->latency_seconds.max = 2;  // too few samples for a p99: the longest stands for it
  EXPECT_EQ(unmet_constraints(run, record)[0],
            "its longest request of 2.00 s is above constraints.latency_p99_ms: 1000");
  record.measurement->latency_seconds.max = 1;
  EXPECT_EQ(unmet_constraints(run, record).size(), 2u);
}

/// For throughput: b is the best, but a request takes too long; a is what remains.
TEST(Constraints, BoundWhatIsRecommended) {
  Record quick = ran("a", "fp16", 0.008);
  quick.measurement->latency_seconds.max = 0.009;
  Record batched = ran("b", "fp16", 0.050);
  batched.measurement->throughput_per_second = 900;
  batched.measurement->latency_seconds.max = 0.060;
  autoaccel::Run run = run_of({original_at(0.010), quick, batched});
  run.config.objective = Objective::throughput;
  rank(run);
  EXPECT_EQ(run.recommended, "b-fp16");
  run.config.constraints.latency_p99_seconds = 0.020;
  rank(run);
  EXPECT_EQ(run.recommended, "a-fp16");
  EXPECT_EQ(run.records[1].variant.id(), "b-fp16");  // ranked, not recommended
  EXPECT_FALSE(run.records[1].on_pareto_front);
}

/// c is faster, but two constraints stand in its way; without the one on memory b would do.
TEST(Constraints, TheVerdictNamesTheOneInTheWay) {
  Record b = ran("b", "fp16", 0.005);
  b.measurement->peak_bytes = 500'000'000;
  Record c = ran("c", "fp16", 0.002);
  c.measurement->peak_bytes = 600'000'000;
  c.artifact->bytes = 3'000'000;
  Record original = original_at(0.010);
  original.measurement->peak_bytes = 450'000'000;
  autoaccel::Run run = run_of({original, b, c});
  run.config.constraints = {.latency_p99_seconds = {}, .memory_bytes = 400'000'000, .size_bytes = 2'000'000};
  rank(run);
  EXPECT_FALSE(run.recommended);
  EXPECT_EQ(run.verdict,
            "Keep the original: nothing that is better than it meets the constraints. The best without them is b FP16, "
            "2.00 × as fast as the original, 5.00 ms instead of 10.0 ms a request, but its memory of 500 MB is above "
            "constraints.memory_mb: 400. The original does not meet them either: its memory of 450 MB is above "
            "constraints.memory_mb: 400.");
  run.records.erase(std::find_if(run.records.begin(), run.records.end(),
                                 [](const Record& record) { return record.variant.runtime == "b"; }));
  rank(run);
  EXPECT_THAT(run.verdict, HasSubstr("but its memory of 600 MB is above constraints.memory_mb: 400, and its size of "
                                     "3.0 MB is above constraints.size_mb: 2."));
}

}  // namespace
}  // namespace autoaccel::select
