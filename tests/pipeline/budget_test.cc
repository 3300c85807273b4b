#include "pipeline/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace autoaccel::pipeline {
namespace {

using ::testing::HasSubstr;

class SetClock final : public base::Clock {
 public:
  double now() const override { return now_; }
  void sleep(double seconds) const override { now_ += seconds; }

 private:
  mutable double now_ = 100;
};

TEST(Budget, TheFirstTrialIsNeverTooMany) {
  const SetClock clock;
  SearchConfig config;
  config.budget_seconds = 0;
  Budget budget(config, clock);
  clock.sleep(1);
  EXPECT_FALSE(budget.is_spent());
  budget.count_trial();
  EXPECT_TRUE(budget.is_spent());
  EXPECT_THAT(budget.text(), HasSubstr("search.budget"));
}

TEST(Budget, CountsTrials) {
  const SetClock clock;
  SearchConfig config;
  config.budget_trials = 2;
  Budget budget(config, clock);
  budget.count_trial();
  clock.sleep(1e6);
  EXPECT_FALSE(budget.is_spent());
  budget.count_trial();
  EXPECT_TRUE(budget.is_spent());
  EXPECT_THAT(budget.text(), HasSubstr("2 trials"));
}

/// 120 s + 18,000 × 10 ms = 300 s.
TEST(Budget, TheDefaultGrowsWithTheLatency) {
  const SetClock clock;
  Budget budget({}, clock);
  budget.count_trial();
  clock.sleep(1e6);
  EXPECT_FALSE(budget.is_spent()) << "no default is known yet";
  const SetClock other;
  Budget known({}, other);
  known.adapt_to(0.010);
  known.count_trial();
  other.sleep(299);
  EXPECT_FALSE(known.is_spent());
  other.sleep(2);
  EXPECT_TRUE(known.is_spent());
  EXPECT_THAT(known.text(), HasSubstr("default budget of 5 min"));
}

TEST(Budget, WhatTheUserSaysStands) {
  const SetClock clock;
  SearchConfig config;
  config.budget_seconds = 1000;
  Budget budget(config, clock);
  budget.adapt_to(0.001);
  budget.count_trial();
  clock.sleep(999);
  EXPECT_FALSE(budget.is_spent());
}

}  // namespace
}  // namespace autoaccel::pipeline
