#include "samples/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace autoaccel::samples {
namespace {

// SplitMix64 from state 0 begins 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4 (Vigna's splitmix64.c); without keys that is
// the state.
TEST(Random, IsSplitMix64) {
  Random random{};
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(random.next(), 0x06c45d188009454fu);
}

TEST(Random, EveryKeyAndItsPlaceCount) {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t a = 0; a < 20; ++a) {
    for (std::uint64_t b = 0; b < 20; ++b) firsts.insert(Random({a, b}).next());
    firsts.insert(Random({a}).next());
  }
  EXPECT_EQ(firsts.size(), 20u * 20u + 20u);
}

TEST(Random, BetweenReachesBothEndsAndNothingElse) {
  Random random{1};
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(-2, 3));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2, 3}));
  EXPECT_EQ(random.between(7, 7), 7);
}

TEST(Random, BetweenTakesTheWholeRange) {
  Random random{1};
  bool negative = false, positive = false;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t value = random.between(INT64_MIN, INT64_MAX);
    negative = negative || value < 0;
    positive = positive || value > 0;
  }
  EXPECT_TRUE(negative && positive);
}

// 100000 draws: the mean's deviation is 1/√12/√n = 0.0009; 5 of them are the tolerance.
TEST(Random, UnitIsUniform) {
  Random random{2};
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = random.unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.0046);
}

// Mean ± 5/√n, variance 1 ± 5 √(2/n), third moment about 0; Irwin–Hall's fourth is 3 − 0.1.
TEST(Random, NormalHasTheMomentsOfANormalDistribution) {
  Random random{3};
  constexpr int kCount = 100000;
  std::array<double, 4> moments{};
  for (int i = 0; i < kCount; ++i) {
    const double value = random.normal();
    for (int k = 0; k < 4; ++k) moments[k] += std::pow(value, k + 1) / kCount;
  }
  EXPECT_NEAR(moments[0], 0, 0.016);
  EXPECT_NEAR(moments[1], 1, 0.023);
  EXPECT_NEAR(moments[2], 0, 0.07);
  EXPECT_NEAR(moments[3], 2.9, 0.2);
}

}  // namespace
}  // namespace autoaccel::samples
