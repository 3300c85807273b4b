#include "measure/stopping.h"

#include <gtest/gtest.h>

#include <vector>

namespace autoaccel::measure {
namespace {

/// Runs until warm when run i takes `seconds(i)`; 0 when `limit` runs do not get it warm.
template <typename Seconds>
std::size_t runs_until_warm(const Rules& rules, const Seconds& seconds, std::size_t limit = 1000) {
  WarmUp warm_up(rules);
  double elapsed = 0;
  for (std::size_t i = 0; i < limit; ++i) {
    elapsed += seconds(i);
    warm_up.add(seconds(i), elapsed);
    EXPECT_EQ(warm_up.runs(), i + 1);
    if (warm_up.is_warm()) return i + 1;
  }
  return 0;
}

TEST(WarmUp, HoldsBothMinima) {
  // Windows of at least 3 runs and 0.125 s; two of them. Short runs: 2 * 128 of 1/1024 s. Long runs: 2 * 3.
  const Rules rules{.min_warm_up_seconds = 0.25};
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t) { return 1.0 / 1024; }), 256u);
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t) { return 1.0; }), 6u);
  const Rules many{.min_warm_up_runs = 21, .min_warm_up_seconds = 0};
  EXPECT_EQ(runs_until_warm(many, [](std::size_t) { return 0.125; }), 22u);  // two windows of ⌈21 / 2⌉
}

TEST(WarmUp, GoesOnWhileWindowsDiffer) {
  const Rules rules{.max_warm_up_seconds = 1000};
  // Windows of three 8 s, 4 s, 2 s, 2 s: the fourth is the first to agree with the one before.
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t i) { return i < 3 ? 8.0 : i < 6 ? 4.0 : 2.0; }), 12u);
  // One outlier in a window does not move its median.
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t i) { return i == 4 ? 50.0 : 2.0; }), 6u);
}

TEST(WarmUp, HasATolerance) {
  // The second window is slower by 1/64 = 1.6 %, then by 1/32 = 3.1 %, than the first.
  const Rules rules{.max_warm_up_seconds = 1000};
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t i) { return i < 3 ? 1.0 : 1.0 + 1.0 / 64; }), 6u);
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t i) { return i < 3 ? 1.0 : 1.0 + 1.0 / 32; }), 9u);
}

TEST(WarmUp, EndsAtItsCap) {
  const Rules rules{.max_warm_up_seconds = 10};
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t i) { return i / 3 % 2 ? 0.5 : 1.0; }), 13u);  // 3 + 1.5 + 3 + 1.5 + 1 = 10 s
  EXPECT_EQ(runs_until_warm(rules, [](std::size_t) { return 6.0; }), 2u);  // the cap wins over three runs
  const Rules still{.max_samples = 500};
  EXPECT_EQ(runs_until_warm(still, [](std::size_t) { return 0.0; }), 500u);  // a clock that stands
}

TEST(StopRule, LooksWithEnoughSamplesAndSecondsThenAtGrowingCounts) {
  const Rules rules{.min_samples = 20, .min_seconds = 0.5};
  StopRule rule(rules);
  EXPECT_FALSE(rule.is_due(19, 1));
  EXPECT_FALSE(rule.is_due(20, 0.49));
  EXPECT_TRUE(rule.is_due(20, 0.5));
  EXPECT_FALSE(rule.is_narrow(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}));
  EXPECT_FALSE(rule.is_due(21, 1));
  EXPECT_TRUE(rule.is_due(22, 1));
  EXPECT_EQ(rule.next_look(), 22u);
}

TEST(StopRule, IsNarrowAtTheTarget) {
  // 12 samples, k = 3: the interval is from the third to the tenth; of a median of 1.
  const Rules rules{.target_half_width = 0.03125};
  std::vector<double> samples(12, 1.0);
  samples[0] = samples[1] = samples[2] = 1 - 0.03125;
  samples[9] = samples[10] = samples[11] = 1 + 0.03125;
  EXPECT_TRUE(StopRule(rules).is_narrow(samples));
  samples[9] = samples[10] = samples[11] = 1 + 0.0625;
  EXPECT_FALSE(StopRule(rules).is_narrow(samples));
  EXPECT_FALSE(StopRule(rules).is_narrow({1, 1, 1, 1, 1}));  // five say nothing
}

TEST(StopRule, HasCaps) {
  const Rules rules{.max_seconds = 15, .max_samples = 100};
  const StopRule rule(rules);
  EXPECT_FALSE(rule.is_at_cap(99, 14.9));
  EXPECT_TRUE(rule.is_at_cap(99, 15));
  EXPECT_TRUE(rule.is_at_cap(100, 0));
}

}  // namespace
}  // namespace autoaccel::measure
