#include "search/gaussian_process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace autoaccel::search {
namespace {

using Numbers = std::vector<double>;

// K + N = [[2, 1], [1, 2]], inverse [[2, −1], [−1, 2]] / 3, y = (1, 2), so (K + N)⁻¹ y = (0, 1).
class TwoPoints : public ::testing::Test {
 protected:
  const GaussianProcess process_{{1.5, 1, 1, 1.75}, Numbers{0.5, 0.25}, Numbers{1, 2}};
};

TEST_F(TwoPoints, ThePosteriorIsWhatTheInverseGives) {
  // k = (0.5, 1): mean = 0.5·0 + 1·1; kᵀ (K + N)⁻¹ k = (0.5·(1 − 1) + 1·(2 − 0.5)) / 3 = 0.5.
  const auto posterior = process_.at(Numbers{0.5, 1}, 1.75);
  EXPECT_NEAR(posterior.mean, 1, 1e-12);
  EXPECT_NEAR(posterior.variance, 1.25, 1e-12);
}

TEST_F(TwoPoints, WhatHasNothingInCommonIsAsBefore) {
  const auto posterior = process_.at(Numbers{0, 0}, 3);
  EXPECT_EQ(posterior.mean, 0);
  EXPECT_EQ(posterior.variance, 3);
}

TEST_F(TwoPoints, TheEvidenceIsTheNormalDensity) {
  // −½ (yᵀ (K + N)⁻¹ y + ln det + n ln 2π) with yᵀ(0, 1) = 2 and det = 3.
  EXPECT_NEAR(process_.log_evidence(), -0.5 * (2 + std::log(3) + 2 * std::log(2 * std::numbers::pi)), 1e-12);
}

TEST(GaussianProcessTest, ThreePointsThatKnowNothingOfEachOtherAreThreeMeans) {
  // Each is shrunk by covariance / (covariance + noise): 4 / 5 of 10, 1 / 2 of 6, 9 / 10 of −5.
  const GaussianProcess process({4, 0, 0, 0, 1, 0, 0, 0, 9}, Numbers{1, 1, 1}, Numbers{10, 6, -5});
  EXPECT_NEAR(process.at(Numbers{4, 0, 0}, 4).mean, 8, 1e-12);
  EXPECT_NEAR(process.at(Numbers{0, 1, 0}, 1).mean, 3, 1e-12);
  EXPECT_NEAR(process.at(Numbers{0, 0, 9}, 9).mean, -4.5, 1e-12);
  EXPECT_NEAR(process.at(Numbers{0, 0, 9}, 9).variance, 0.9, 1e-12);
}

TEST(GaussianProcessTest, AVarianceIsNeverNegative) {
  const GaussianProcess process({1, 1, 1, 1}, Numbers{1e-12, 1e-12}, Numbers{0, 0});
  EXPECT_GE(process.at(Numbers{1, 1}, 1).variance, 0);
}

}  // namespace
}  // namespace autoaccel::search
