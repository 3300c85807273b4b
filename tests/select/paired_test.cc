#include "select/paired.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace autoaccel::select {
namespace {

/// Printed tables of Student's t, two-sided.
TEST(StudentQuantile, IsThatOfTheTables) {
  EXPECT_NEAR(student_quantile(0.95, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 2), 4.303, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 3), 3.182, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 4), 2.776, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 9), 2.262, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 30), 2.042, 5e-4);
  EXPECT_NEAR(student_quantile(0.99, 1), 63.657, 5e-4);
  EXPECT_NEAR(student_quantile(0.99, 5), 4.032, 5e-4);
  EXPECT_NEAR(student_quantile(0.99, 10), 3.169, 5e-4);
  EXPECT_NEAR(student_quantile(0.5, 7), 0.711, 5e-4);
}

/// Closed forms: P(|T| ≤ t) is 2 atan(t) / π with one degree and t / √(2 + t²) with two.
TEST(StudentQuantile, SolvesTheClosedForms) {
  EXPECT_NEAR(student_quantile(0.95, 1), std::tan(0.95 * M_PI / 2), 1e-9);
  EXPECT_NEAR(student_quantile(0.95, 2), std::sqrt(2 * 0.95 * 0.95 / (1 - 0.95 * 0.95)), 1e-9);
}

/// Ratios 2 and 8: ln is 2 ± 1 in units of ln 2, so the mean is 4, s = √2 ln 2 and s / √2 = ln 2; with one degree
/// t = 12.7062, and the bounds are 4 · 2^∓12.7062.
TEST(RatioOf, IsTheGeometricMeanWithStudentsInterval) {
  const Ratio ratio = ratio_of({4, 8}, {2, 1});
  EXPECT_NEAR(ratio.value, 4, 1e-12);
  EXPECT_NEAR(std::log2(ratio.interval.low), 2 - 12.7062, 1e-4);
  EXPECT_NEAR(std::log2(ratio.interval.high), 2 + 12.7062, 1e-4);
  EXPECT_FALSE(ratio.is_apart);
}

/// A drift that hits both of a round cancels: the machine becomes three times slower, the ratio stays 1.5.
TEST(RatioOf, DoesNotSeeWhatDriftsWithTheRounds) {
  const Ratio ratio = ratio_of({0.15, 0.30, 0.45}, {0.10, 0.20, 0.30});
  EXPECT_NEAR(ratio.value, 1.5, 1e-12);
  EXPECT_NEAR(ratio.interval.low, 1.5, 1e-9);
  EXPECT_NEAR(ratio.interval.high, 1.5, 1e-9);
  EXPECT_TRUE(ratio.is_apart);
}

TEST(RatioOf, TheOtherWayRoundIsTheInverse) {
  const std::vector<double> a = {0.11, 0.12, 0.10, 0.13}, b = {0.10, 0.10, 0.10, 0.11};
  const Ratio there = ratio_of(a, b), back = ratio_of(b, a);
  EXPECT_NEAR(there.value * back.value, 1, 1e-12);
  EXPECT_NEAR(there.interval.low * back.interval.high, 1, 1e-12);
  EXPECT_EQ(there.is_apart, back.is_apart);
}

/// However sure, a difference of less than 1 % is none.
TEST(RatioOf, LessThanOnePerCentIsNotApart) {
  EXPECT_FALSE(ratio_of({1.009, 1.009, 1.009}, {1, 1, 1}).is_apart);
  EXPECT_TRUE(ratio_of({1.011, 1.011, 1.011}, {1, 1, 1}).is_apart);
  EXPECT_FALSE(ratio_of({1, 1, 1}, {1.009, 1.009, 1.009}).is_apart);
}

/// ln ratios 0.02, 0.04, 0.06: mean 0.04, s = 0.02, s / √3 = 0.011547; with two degrees t is 4.303 at 95 % and 9.925
/// at 99 %: 0.0497 and 0.1146 are both more than the mean. With a tenth of the spread 0.0115 is less than the mean.
TEST(RatioOf, IsDecidedAtNinetyNinePerCent) {
  const auto rounds = [](double spread) {
    return std::vector<double>{std::exp(0.04 - spread), std::exp(0.04), std::exp(0.04 + spread)};
  };
  EXPECT_FALSE(ratio_of(rounds(0.02), {1, 1, 1}).is_apart);
  EXPECT_TRUE(ratio_of(rounds(0.002), {1, 1, 1}).is_apart);
  // In between, 95 % is sure and 99 % is not: 4.303 × 0.0057735 = 0.0248 < 0.04 < 0.0573 = 9.925 × 0.0057735.
  const Ratio between = ratio_of(rounds(0.01), {1, 1, 1});
  EXPECT_GT(between.interval.low, 1);
  EXPECT_FALSE(between.is_apart);
}

TEST(RatioOf, KnowsNothingFromLessThanTwoRounds) {
  for (const std::vector<double>& rounds : {std::vector<double>{}, std::vector<double>{2}}) {
    const Ratio ratio = ratio_of(rounds, {1, 1});
    EXPECT_EQ(ratio.interval.low, 0);
    EXPECT_EQ(ratio.interval.high, std::numeric_limits<double>::infinity());
    EXPECT_FALSE(ratio.is_apart);
    EXPECT_EQ(ratio.value, rounds.empty() ? 1 : 2);
  }
}

/// A variant against itself, over finals of 5 rounds with 3 % of noise and a machine that slows down by half: at 99 %
/// one in a hundred may be apart; of 2000 that is 20 ± 4.5, so that 40 would be four and a half deviations off.
TEST(RatioOf, AVariantAgainstItselfIsATie) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 0.03);
  int apart = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> a, b;
    for (int round = 0; round < 5; ++round) {
      const double machine = 0.01 * (1 + 0.1 * round);
      a.push_back(machine * std::exp(noise(random)));
      b.push_back(machine * std::exp(noise(random)));
    }
    if (ratio_of(a, b).is_apart) ++apart;
  }
  EXPECT_LE(apart, 40);
}

}  // namespace
}  // namespace autoaccel::select
