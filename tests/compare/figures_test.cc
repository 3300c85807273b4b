#include "compare/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "autoaccel/error.h"
#include "compare/tensors.h"

namespace autoaccel::compare {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(SumUp, AddsUpWhatItSays) {
  // r = (1, -2, 3, 0), c = (1, -1, 5, 0.5): errors 0, 1, 2, 0.5.
  const Sums sums = sum_up(floats({1, -2, 3, 0}), floats({1, -1, 5, 0.5}));
  EXPECT_EQ(sums.pairs, 4);
  EXPECT_EQ(sums.equal, 1);
  EXPECT_EQ(sums.absolute_error, 3.5);
  EXPECT_EQ(sums.max_absolute_error, 2);
  EXPECT_EQ(sums.absolute_reference, 6);
  EXPECT_EQ(sums.error_power, 5.25);
  EXPECT_EQ(sums.reference_power, 14);
  EXPECT_EQ(sums.candidate_power, 27.25);
  EXPECT_EQ(sums.dot, 18);  // 1 + 2 + 15 + 0
  EXPECT_EQ(sums.min_reference, -2);
  EXPECT_EQ(sums.max_reference, 3);
  EXPECT_EQ(mean_absolute_error(sums), 0.875);
  EXPECT_EQ(relative_error(sums), 3.5 / 6);
  EXPECT_DOUBLE_EQ(cosine_similarity(sums), 18 / std::sqrt(14 * 27.25));
  EXPECT_DOUBLE_EQ(sqnr_db(sums.reference_power, sums.error_power), 10 * std::log10(14 / 5.25));
}

TEST(SumUp, GivesTheSameOverManyBlocksAsElementByElement) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (const std::size_t count : {1u, 1023u, 1024u, 1025u, 10'000u}) {
    std::vector<float> r(count), c(count);
    long double error = 0, power = 0, dot = 0;
    for (std::size_t i = 0; i < count; ++i) {
      r[i] = normal(random);
      c[i] = r[i] + 0.01f * normal(random);
      error += std::abs(static_cast<long double>(c[i]) - r[i]);
      power += (static_cast<long double>(c[i]) - r[i]) * (static_cast<long double>(c[i]) - r[i]);
      dot += static_cast<long double>(c[i]) * r[i];
    }
    const Sums sums = sum_up(floats(r), floats(c));
    EXPECT_EQ(sums.pairs, static_cast<std::int64_t>(count));
    EXPECT_NEAR(sums.absolute_error, static_cast<double>(error), 1e-14 * static_cast<double>(error));
    EXPECT_NEAR(sums.error_power, static_cast<double>(power), 1e-14 * static_cast<double>(power));
    EXPECT_NEAR(sums.dot, static_cast<double>(dot), 1e-13 * static_cast<double>(count));
  }
}

TEST(SumUp, SeesTheLastElementOfTheLastBlock) {
  std::vector<float> r(2049, 0.5f), c = r;
  c[2048] = 4;
  const Sums sums = sum_up(floats(r), floats(c));
  EXPECT_EQ(sums.max_absolute_error, 3.5);
  EXPECT_EQ(sums.equal, 2048);
}

TEST(SumUp, CountsNaNAndInfinityApartAndLeavesThemOutOfTheSums) {
  //                          equal equal equal  new   new  new    lost  lost  lost   finite
  const std::vector<float> r = {kNaN, kInf, -kInf, 1, 1, kInf, kNaN, kInf, kNaN, 2};
  const std::vector<float> c = {kNaN, kInf, -kInf, kNaN, -kInf, kNaN, 1, -kInf, kInf, 3};
  const Sums sums = sum_up(floats(r), floats(c));
  EXPECT_EQ(sums.equal, 3);
  EXPECT_EQ(sums.new_nan, 2u);
  EXPECT_EQ(sums.new_inf, 1u);
  EXPECT_EQ(sums.lost, 3u);
  EXPECT_EQ(sums.pairs, 1);
  EXPECT_EQ(sums.absolute_error, 1);
  EXPECT_EQ(sums.reference_power, 4);
  EXPECT_EQ(sums.min_reference, -kInf);
  EXPECT_EQ(sums.max_reference, kInf);
}

TEST(SumUp, FindsOneNaNAmongMany) {
  for (const std::size_t at : {0u, 511u, 1023u, 1024u, 2999u}) {
    std::vector<float> r(3000, 1), c(3000, 1);
    c[at] = kNaN;
    const Sums sums = sum_up(floats(r), floats(c));
    EXPECT_EQ(sums.new_nan, 1u) << at;
    EXPECT_EQ(sums.pairs, 2999) << at;
  }
}

TEST(SumUp, TakesAnyNumericTypes) {
  // 0.1 in float16 is 0.0999755859375, in bfloat16 0.10009765625; float32 0.1 is 0.100000001490116.
  const Sums half = sum_up(floats({0.1f}), floats({0.1f}, {}, ElementType::float16));
  EXPECT_DOUBLE_EQ(half.max_absolute_error, 0.100000001490116119384765625 - 0.0999755859375);
  const Sums brain = sum_up(floats({0.1f}), floats({0.1f}, {}, ElementType::bfloat16));
  EXPECT_DOUBLE_EQ(brain.max_absolute_error, 0.10009765625 - 0.100000001490116119384765625);
  EXPECT_EQ(sum_up(floats({3, 4}), floats({3, 4}, {}, ElementType::int8)).equal, 2);
  EXPECT_EQ(sum_up(floats({1, 0}, {}, ElementType::boolean), floats({1, 1}, {}, ElementType::boolean)).equal, 1);
  EXPECT_THROW(sum_up(Tensor(ElementType::complex64, {1}), Tensor(ElementType::complex64, {1})), Error);
}

TEST(SumUp, TellsLargeIntegersApart) {
  const std::int64_t large = 1LL << 53;  // 2^53 + 1 rounds to it as a double
  EXPECT_EQ(sum_up(int64s({large, 5}), int64s({large + 1, 5})).equal, 1);
  EXPECT_EQ(sum_up(int64s({large, 5}), int64s({large, 5})).equal, 2);
}

TEST(SumUp, TakesScalarsAndNothing) {
  const Sums scalar = sum_up(Tensor(ElementType::float32, {}), Tensor(ElementType::float32, {}));
  EXPECT_EQ(scalar.pairs, 1);
  const Sums nothing = sum_up(Tensor(ElementType::float32, {0, 3}), Tensor(ElementType::float32, {0, 3}));
  EXPECT_EQ(nothing.pairs, 0);
  EXPECT_EQ(mean_absolute_error(nothing), 0);
  EXPECT_EQ(relative_error(nothing), 0);
  EXPECT_EQ(cosine_similarity(nothing), 1);
}

TEST(SqnrDb, IsBoundedAndNeverNaN) {
  EXPECT_EQ(sqnr_db(1, 0), 200);
  EXPECT_EQ(sqnr_db(0, 0), 200);
  EXPECT_EQ(sqnr_db(100, 1), 20);
  EXPECT_EQ(sqnr_db(0, 1), -200);
  EXPECT_EQ(sqnr_db(1, 1e300), -200);
  EXPECT_EQ(sqnr_db(1e300, 1), 200);
  EXPECT_EQ(sqnr_db(HUGE_VAL, HUGE_VAL), -200);
}

TEST(CosineSimilarity, IsOneForEqualAndZeroAgainstZeros) {
  EXPECT_EQ(cosine_similarity(sum_up(floats({0.1f, 0.7f, 3}), floats({0.1f, 0.7f, 3}))), 1);
  EXPECT_EQ(cosine_similarity(sum_up(floats({0, 0}), floats({0, 0}))), 1);
  EXPECT_EQ(cosine_similarity(sum_up(floats({0, 0}), floats({1, 0}))), 0);
  EXPECT_EQ(cosine_similarity(sum_up(floats({1, 0}), floats({0, 0}))), 0);
  EXPECT_DOUBLE_EQ(cosine_similarity(sum_up(floats({1, 2}), floats({-1, -2}))), -1);
  EXPECT_EQ(cosine_similarity(sum_up(floats({1, 0}), floats({0, 1}))), 0);
}

TEST(RelativeError, IsAgainstOnesWhereTheOriginalIsZero) {
  EXPECT_EQ(relative_error(sum_up(floats({0, 0}), floats({0.5, 0}))), 0.25);
  EXPECT_EQ(relative_error(sum_up(floats({0, 0}), floats({0, 0}))), 0);
}

}  // namespace
}  // namespace autoaccel::compare
