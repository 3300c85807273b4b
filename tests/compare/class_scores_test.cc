#include "compare/class_scores.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "compare/tensors.h"

namespace autoaccel::compare {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(ClassAxis, IsTheLastWhereItsRowsSumToOne) {
  EXPECT_EQ(class_axis(floats({0.25, 0.75}, {2})), 0u);
  EXPECT_EQ(class_axis(floats({0.25, 0.75, 1, 0, 0.5, 0.5}, {1, 3, 2})), 2u);
  EXPECT_EQ(class_axis(floats({0.25, 0.755f, 1, 0}, {1, 2, 2})), 2u);          // within 0.01
  EXPECT_EQ(class_axis(floats({0.25, 0.77f, 1, 0}, {1, 2, 2})), std::nullopt);  // 1.02
  EXPECT_EQ(class_axis(floats({1.5, -0.5}, {2})), std::nullopt);               // sums to 1, but no probabilities
  EXPECT_EQ(class_axis(floats({kNaN, 1}, {2})), std::nullopt);
}

TEST(ClassAxis, IsAxisOneOfASegmentation) {
  // [1, 2, 1, 3]: two classes at three pixels; columns sum to 1, rows do not.
  EXPECT_EQ(class_axis(floats({0.25, 0.5, 0.125, 0.75, 0.5, 0.875}, {1, 2, 1, 3})), 1u);
  EXPECT_EQ(class_axis(floats({0.25, 0.5, 0.125, 0.75, 0.5, 0.8f}, {1, 2, 1, 3})), std::nullopt);
  EXPECT_EQ(class_axis(floats(std::vector<float>(2 * 5000, 0.5f), {1, 2, 5000})), 1u);  // several chunks
  std::vector<float> broken(2 * 5000, 0.5f);
  broken[9999] = 0.7f;
  EXPECT_EQ(class_axis(floats(broken, {1, 2, 5000})), std::nullopt);
}

TEST(ClassAxis, IsTheLastOfTwoForLogits) {
  EXPECT_EQ(class_axis(floats({-3, 8, 2, 1}, {2, 2})), 1u);
  EXPECT_EQ(class_axis(floats({-3, 8}, {2, 1})), std::nullopt);         // one class
  EXPECT_EQ(class_axis(floats({-3, 8, 2, 1}, {1, 2, 2})), std::nullopt);  // features, boxes, …
  EXPECT_EQ(class_axis(floats({-3, 8})), std::nullopt);
}

TEST(ClassAxis, NeedsFloats) {
  EXPECT_EQ(class_axis(floats({1, 0}, {1, 2}, ElementType::int32)), std::nullopt);
  EXPECT_EQ(class_axis(Tensor(ElementType::float32, {})), std::nullopt);
  EXPECT_EQ(class_axis(Tensor(ElementType::float32, {0, 5})), 1u);  // logits without rows
  EXPECT_EQ(class_axis(floats({0.25, 0.75}, {1, 2}, ElementType::float16)), 1u);
}

TEST(Top1Agreement, IsTheFractionOfRowsWithTheSameBest) {
  const Tensor reference = floats({1, 2, 3, 9, 5, 6, 0, 1, 0, 4, 3, 2}, {4, 3});
  EXPECT_EQ(top1_agreement(reference, reference, 1), 1);
  //                                        2 ✓      1 ✗      1 ✓      0 ✓
  EXPECT_EQ(top1_agreement(reference, floats({0, 0, 1, 5, 6, 1, -1, 0, -1, 9, 8, 7}, {4, 3}), 1), 0.75);
}

TEST(Top1Agreement, LetsTheOriginalsTiesGoEitherWay) {
  EXPECT_EQ(top1_agreement(floats({3, 3, 1}, {1, 3}), floats({3, 4, 1}, {1, 3}), 1), 1);
  EXPECT_EQ(top1_agreement(floats({3, 3, 1}, {1, 3}), floats({3, 3, 4}, {1, 3}), 1), 0);
  // A tie of the candidate is decided as arg-max decides it: the first.
  EXPECT_EQ(top1_agreement(floats({3, 4, 1}, {1, 3}), floats({4, 4, 1}, {1, 3}), 1), 0);
}

TEST(Top1Agreement, WalksAxisOneAcrossChunks) {
  // [1, 3, 5000]: class 1 is best everywhere in the original; the candidate differs at 10 places in each chunk of 4096.
  constexpr std::int64_t kPixels = 5000;
  std::vector<float> r(3 * kPixels, 0.f), c;
  for (std::int64_t i = 0; i < kPixels; ++i) r[static_cast<std::size_t>(kPixels + i)] = 1;
  c = r;
  for (const std::int64_t begin : {0, 4096}) {
    for (std::int64_t i = begin; i < begin + 10; ++i) c[static_cast<std::size_t>(2 * kPixels + i)] = 2;
  }
  EXPECT_DOUBLE_EQ(top1_agreement(floats(r, {1, 3, kPixels}), floats(c, {1, 3, kPixels}), 1), 1 - 20.0 / kPixels);
}

TEST(Top1Agreement, WalksManyClassesAcrossChunks) {
  std::vector<float> r(2 * 6000, 0.f), c(2 * 6000, 0.f);
  r[5999] = 1;          // row 0: the last class
  r[6000 + 4096] = 1;   // row 1: the first class of the second chunk
  c[5999] = 1;
  c[6000 + 4095] = 1;
  EXPECT_EQ(top1_agreement(floats(r, {2, 6000}), floats(c, {2, 6000}), 1), 0.5);
}

TEST(Top1Agreement, CopesWithNaNInfinityAndNoRows) {
  EXPECT_EQ(top1_agreement(floats({1, 2}, {1, 2}), floats({kNaN, 2}, {1, 2}), 1), 1);
  EXPECT_EQ(top1_agreement(floats({1, 2}, {1, 2}), floats({kNaN, kNaN}, {1, 2}), 1), 0);
  EXPECT_EQ(top1_agreement(floats({-kInf, -kInf}, {1, 2}), floats({-kInf, -kInf}, {1, 2}), 1), 1);
  EXPECT_EQ(top1_agreement(Tensor(ElementType::float32, {0, 5}), Tensor(ElementType::float32, {0, 5}), 1), 1);
}

}  // namespace
}  // namespace autoaccel::compare
