#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "samples/samples.h"

namespace autoaccel::samples {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

/// One output `y`, a sample a row.
std::vector<std::string> warnings(const std::vector<std::vector<float>>& rows) {
  std::vector<TensorSet> sets;
  for (const std::vector<float>& row : rows) {
    Tensor tensor(ElementType::float32, {static_cast<std::int64_t>(row.size())});
    std::copy(row.begin(), row.end(), tensor.as<float>().begin());
    sets.push_back({{"y", std::move(tensor)}});
  }
  return weak_output_warnings(sets);
}

TEST(WeakOutputWarnings, NoneForOutputsThatVary) {
  EXPECT_THAT(warnings({{0, 0.9f}, {0.5f, 0.1f}}), IsEmpty());
  EXPECT_THAT(warnings({{3, -2}, {5, 1}}), IsEmpty());
  EXPECT_THAT(warnings({{0.06f, 0}, {0, 0}}), IsEmpty()) << "above 0.05 once";
  EXPECT_THAT(warnings({{-0.01f, 0.01f}, {0.02f, -0.02f}}), IsEmpty()) << "small, but no probabilities";
  EXPECT_THAT(warnings({{1, 2}}), IsEmpty()) << "one sample has nothing to differ from";
  EXPECT_THAT(warnings({}), IsEmpty());
}

TEST(WeakOutputWarnings, Silent) {
  EXPECT_THAT(warnings({{0.04f, 0}, {0, 0.05f}}),
              ElementsAre("output 'y' is silent, never above 0.05; agreement on it proves little"));
}

TEST(WeakOutputWarnings, TheSameValueEverywhere) {
  EXPECT_THAT(warnings({{0.5f, 0.5f}, {0.5f, 0.5f}}),
              ElementsAre("output 'y' has the same value everywhere; agreement on it proves little"));
}

// 1e-4 of the range, here 1: a change of 0.00009 is as good as none, of 0.00011 not.
TEST(WeakOutputWarnings, HardlyVariesOverTheSamples) {
  EXPECT_THAT(warnings({{0, 1, 0.5f}, {0, 1, 0.50009f}}),
              ElementsAre("output 'y' hardly varies over the samples; agreement on it proves little"));
  EXPECT_THAT(warnings({{0, 1, 0.5f}, {0, 1, 0.50011f}}), IsEmpty());
}

/// Two samples of [1, 6, 10], or [1, 10, 6] with the channels last: four boxes up to 100, then two scores.
std::vector<std::string> detector_warnings(bool last, float score) {
  std::vector<TensorSet> sets;
  for (const float size : {50.0f, 100.0f}) {
    Tensor tensor(ElementType::float32, last ? Shape{1, 10, 6} : Shape{1, 6, 10});
    for (std::int64_t i = 0; i < 60; ++i) {
      const std::int64_t channel = last ? i % 6 : i / 10;
      tensor.as<float>()[i] = channel < 4 ? size / (i + 1) + 1 : channel == 5 ? score : 0.01f;
    }
    sets.push_back({{"y", std::move(tensor)}});
  }
  return weak_output_warnings(sets);
}

TEST(WeakOutputWarnings, ADetectorsSilentScores) {
  for (const bool last : {false, true}) {
    EXPECT_THAT(detector_warnings(last, 0.02f),
                ElementsAre("output 'y' has boxes whose scores are silent, never above 0.05; "
                            "agreement on it proves little"));
    EXPECT_THAT(detector_warnings(last, 0.06f), IsEmpty());
    EXPECT_THAT(detector_warnings(last, -0.01f), IsEmpty()) << "no scores";
  }
}

TEST(WeakOutputWarnings, NotFinite) {
  EXPECT_THAT(warnings({{kNaN, kNaN}, {kNaN, kInf}}),
              ElementsAre("output 'y' is NaN or infinite everywhere; agreement on it proves nothing"));
  EXPECT_THAT(warnings({{1, kNaN}, {2, 0}}), ElementsAre("output 'y' holds NaN or infinity in the original already"));
}

TEST(WeakOutputWarnings, EmptyAndOfOtherShapes) {
  EXPECT_THAT(warnings({{}, {}}), ElementsAre("output 'y' is empty; agreement on it proves nothing"));
  EXPECT_THAT(warnings({{1, 2}, {1, 2, 3}}), IsEmpty()) << "another shape is a difference";
}

TEST(WeakOutputWarnings, IntegersAreNeverSilentAndNamesArePrintable) {
  std::vector<TensorSet> sets;
  for (const std::int64_t value : {0, 1}) {
    Tensor labels(ElementType::int64, {1}), same(ElementType::int64, {2});
    labels.as<std::int64_t>()[0] = value;
    same.as<std::int64_t>()[1] = 1;
    sets.push_back({{"labels", std::move(labels)}, {"a\nb", std::move(same)}});
  }
  EXPECT_THAT(weak_output_warnings(sets),
              ElementsAre("output 'a\\x0Ab' hardly varies over the samples; agreement on it proves little"));
}

}  // namespace
}  // namespace autoaccel::samples
