#include "base/concatenate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "autoaccel/error.h"

namespace autoaccel::base {
namespace {

using ::testing::ElementsAre;

Tensor counted(Shape shape, float from) {
  Tensor tensor(ElementType::float32, std::move(shape));
  for (float& value : tensor.as<float>()) value = from++;
  return tensor;
}

std::vector<float> values(const Tensor& tensor) { return {tensor.as<float>().begin(), tensor.as<float>().end()}; }

TEST(Concatenate, StacksAlongTheFirstAxis) {
  const Tensor a = counted({1, 2}, 0), b = counted({2, 2}, 10);
  const Tensor* parts[] = {&a, &b};
  const Tensor whole = concatenated(parts, 0);
  EXPECT_EQ(whole.shape(), (Shape{3, 2}));
  EXPECT_THAT(values(whole), ElementsAre(0, 1, 10, 11, 12, 13));
}

/// Rows of a and b take turns.
TEST(Concatenate, StacksAlongAnInnerAxis) {
  const Tensor a = counted({2, 1, 2}, 0), b = counted({2, 2, 2}, 10);
  const Tensor* parts[] = {&a, &b};
  const Tensor whole = concatenated(parts, 1);
  EXPECT_EQ(whole.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(whole), ElementsAre(0, 1, 10, 11, 12, 13, 2, 3, 14, 15, 16, 17));
}

TEST(Concatenate, TheSameTensorMayComeTwice) {
  const Tensor a = counted({1, 2}, 0);
  const Tensor* parts[] = {&a, &a};
  EXPECT_THROW(concatenated(parts, 2), Error);
  EXPECT_EQ(concatenated(parts, 0).shape(), (Shape{2, 2}));
}

TEST(Concatenate, WhatDoesNotFitIsADefect) {
  const Tensor a = counted({1, 2}, 0), b = counted({1, 3}, 0);
  const Tensor* parts[] = {&a, &b};
  EXPECT_THROW(concatenated(parts, 0), Error);
  EXPECT_EQ(concatenated(parts, 1).shape(), (Shape{1, 5}));
}

TEST(Split, UndoesPuttingTogether) {
  const Tensor a = counted({2, 1, 2}, 0), b = counted({2, 1, 2}, 10);
  const Tensor* parts[] = {&a, &b};
  const std::vector<Tensor> apart = split(concatenated(parts, 1), 1, 2);
  ASSERT_EQ(apart.size(), 2u);
  EXPECT_EQ(apart[0].shape(), a.shape());
  EXPECT_EQ(values(apart[0]), values(a));
  EXPECT_EQ(values(apart[1]), values(b));
  EXPECT_EQ(split(Tensor(ElementType::float32, {0, 4}), 1, 4)[3].shape(), (Shape{0, 1}));
}

TEST(Split, WhatDoesNotDivideIsADefect) {
  EXPECT_THROW(split(counted({3, 2}, 0), 0, 2), Error);
  EXPECT_THROW(split(counted({3, 2}, 0), 2, 1), Error);
  EXPECT_THROW(split(counted({3, 2}, 0), 0, 0), Error);
}

}  // namespace
}  // namespace autoaccel::base
