#include "worker/conditions.h"

#include <gtest/gtest.h>

namespace autoaccel::worker {
namespace {

TEST(Conditions, ArePerSecondAndProcessor) {
  const Usage before{
      .wall_seconds = 10, .machine_seconds = 100, .own_seconds = 5, .involuntary_switches = 7, .throttled_seconds = 1};
  const Usage after{.wall_seconds = 14,
                    .machine_seconds = 109,
                    .own_seconds = 10,
                    .involuntary_switches = 27,
                    .throttled_seconds = 1.5};
  // In 4 s of 2 processors the machine was busy for 9 s, 5 of them ours: 4 / (4 · 2) for others.
  const Conditions conditions = conditions_between(before, after, 2);
  EXPECT_DOUBLE_EQ(*conditions.foreign_cpu_fraction, 0.5);
  EXPECT_DOUBLE_EQ(*conditions.involuntary_switches, 5);  // 20 in 4 s
  EXPECT_DOUBLE_EQ(*conditions.throttled_seconds, 0.5);
}

TEST(Conditions, ShowNoForeignLoadBelowZero) {
  // Ticks of 10 ms may count less than the process's own microseconds.
  const Usage after{
      .wall_seconds = 1, .machine_seconds = 0.99, .own_seconds = 1, .involuntary_switches = 0, .throttled_seconds = {}};
  EXPECT_EQ(conditions_between({}, after, 1).foreign_cpu_fraction, 0);
  EXPECT_FALSE(conditions_between({}, after, 1).throttled_seconds);
}

TEST(Conditions, AreAbsentWhereNoTimePassed) {
  EXPECT_FALSE(conditions_between({}, {}, 4).foreign_cpu_fraction);
  EXPECT_FALSE(conditions_between({}, {}, 4).involuntary_switches);
}

TEST(Usage, Rises) {
  const Usage before = usage_now();
  volatile double sink = 0;
  Usage after = before;
  while (after.own_seconds - before.own_seconds < 0.02) {  // busy until it shows
    for (int i = 0; i < 100'000; ++i) sink = sink + i;
    after = usage_now();
  }
  EXPECT_GT(after.wall_seconds, before.wall_seconds);
  EXPECT_GE(after.involuntary_switches, before.involuntary_switches);
  EXPECT_GE(after.machine_seconds, before.machine_seconds);
}

}  // namespace
}  // namespace autoaccel::worker
