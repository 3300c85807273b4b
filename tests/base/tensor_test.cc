#include "autoaccel/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "autoaccel/error.h"

namespace autoaccel {
namespace {

TEST(ElementType, HasAReadableNameThatReadsBack) {
  EXPECT_EQ(to_text(ElementType::float32), "float32");
  EXPECT_EQ(to_text(ElementType::boolean), "boolean");
  EXPECT_EQ(to_text(static_cast<ElementType>(99)), "type99");
  for (int i = 0; i <= 23; ++i) {
    const auto type = static_cast<ElementType>(i);
    EXPECT_EQ(element_type_from_text(to_text(type)), type) << to_text(type);
  }
  EXPECT_EQ(element_type_from_text("float"), std::nullopt);
  EXPECT_EQ(element_type_from_text("Float32"), std::nullopt);
  EXPECT_EQ(element_type_from_text(""), std::nullopt);
}

TEST(ElementType, KnowsItsBits) {
  // In the order of ONNX's numbers 0 … 23.
  const int bits[] = {0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4};
  for (int i = 0; i <= 23; ++i) EXPECT_EQ(bits_per_element(static_cast<ElementType>(i)), bits[i]) << i;
  EXPECT_EQ(bits_per_element(static_cast<ElementType>(99)), 0);
}

TEST(ElementType, IsAFloatOrAnIntegerOrNeither) {
  for (const auto type : {ElementType::float16, ElementType::bfloat16, ElementType::float32, ElementType::float64}) {
    EXPECT_TRUE(is_float(type)) << to_text(type);
    EXPECT_FALSE(is_integer(type)) << to_text(type);
  }
  for (const auto type : {ElementType::int4, ElementType::uint4, ElementType::int8, ElementType::uint8, ElementType::int16,
                          ElementType::uint16, ElementType::int32, ElementType::uint32, ElementType::int64, ElementType::uint64}) {
    EXPECT_TRUE(is_integer(type)) << to_text(type);
    EXPECT_FALSE(is_float(type)) << to_text(type);
  }
  for (const auto type : {ElementType::boolean, ElementType::string, ElementType::undefined, ElementType::complex64}) {
    EXPECT_FALSE(is_float(type)) << to_text(type);
    EXPECT_FALSE(is_integer(type)) << to_text(type);
  }
}

TEST(Shape, IsShownInBrackets) {
  EXPECT_EQ(to_text(Shape{1, 3, 640, 640}), "[1, 3, 640, 640]");
  EXPECT_EQ(to_text(Shape{}), "[]");
  EXPECT_EQ(to_text(Shape{-1}), "[-1]");
}

TEST(Shape, CountsElements) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({5, 0, 7}), 0);
  EXPECT_EQ(element_count({std::int64_t{1} << 62, 1}), std::int64_t{1} << 62);
}

TEST(Shape, RefusesWhatCannotBeCounted) {
  EXPECT_THROW(element_count({2, -1}), Error);
  EXPECT_THROW(element_count({0, -1}), Error);
  EXPECT_THROW(element_count({std::int64_t{1} << 32, std::int64_t{1} << 31}), Error);  // 2^63, one too many
  EXPECT_EQ(element_count({std::int64_t{1} << 40, std::int64_t{1} << 40, 0}), 0);
}

TEST(Shape, CountsBytesWithTwoSmallElementsToAByte) {
  EXPECT_EQ(byte_count(ElementType::float32, {2, 3}), 24u);
  EXPECT_EQ(byte_count(ElementType::complex128, {2}), 32u);
  EXPECT_EQ(byte_count(ElementType::int4, {3}), 2u);
  EXPECT_EQ(byte_count(ElementType::uint4, {4}), 2u);
  EXPECT_EQ(byte_count(ElementType::float4e2m1, {0}), 0u);
  EXPECT_EQ(byte_count(ElementType::uint4, {std::numeric_limits<std::int64_t>::max()}), std::size_t{1} << 62);
  EXPECT_EQ(byte_count(ElementType::string, {5}), 0u);
  EXPECT_THROW(byte_count(ElementType::float64, {std::int64_t{1} << 61}), Error);  // 2^64 bytes
}

TEST(Tensor, StartsWithZerosOnACacheLine) {
  const Tensor tensor(ElementType::float32, {3, 5});
  EXPECT_EQ(tensor.size(), 15);
  EXPECT_EQ(tensor.bytes().size(), 60u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes().data()) % 64, 0u);
  for (const float value : tensor.as<float>()) EXPECT_EQ(value, 0.0f);
}

TEST(Tensor, CopiesItsBytesAndMovesItsMemory) {
  Tensor tensor(ElementType::int32, {2});
  tensor.as<std::int32_t>()[1] = 7;
  Tensor copy = tensor;
  copy.as<std::int32_t>()[1] = 8;
  EXPECT_EQ(tensor.as<std::int32_t>()[1], 7);
  const std::byte* data = tensor.bytes().data();
  Tensor moved = std::move(tensor);
  EXPECT_EQ(moved.bytes().data(), data);
  copy = moved;
  EXPECT_EQ(copy.as<std::int32_t>()[1], 7);
  EXPECT_NE(copy.bytes().data(), data);
  Tensor& same = copy;
  copy = same;
  EXPECT_EQ(copy.as<std::int32_t>()[1], 7);
}

TEST(Tensor, MayBeEmptyOrAScalar) {
  const Tensor scalar(ElementType::int64, {});
  EXPECT_EQ(scalar.size(), 1);
  EXPECT_EQ(scalar.bytes().size(), 8u);
  const Tensor empty(ElementType::float32, {4, 0});
  EXPECT_EQ(empty.size(), 0);
  EXPECT_TRUE(empty.bytes().empty());
  const Tensor none;
  EXPECT_EQ(none.type(), ElementType::undefined);
  EXPECT_EQ(Tensor(none).size(), 0);
}

TEST(Tensor, RefusesStringsAndMoreMemoryThanThereIs) {
  EXPECT_THROW(Tensor(ElementType::string, {2}), Error);
  try {
    Tensor(ElementType::float64, {std::int64_t{1} << 59});  // 2^62 bytes
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::environment);
    EXPECT_EQ(error.message(),
              "no memory for a float64 tensor of shape [576460752303423488] (4611686018427387904 bytes)");
  }
}

TEST(TensorSet, FindsByName) {
  TensorSet set;
  set.push_back({"a", Tensor(ElementType::int8, {1})});
  set.push_back({"b", Tensor(ElementType::int8, {2})});
  ASSERT_NE(find(set, "b"), nullptr);
  EXPECT_EQ(find(set, "b")->size(), 2);
  EXPECT_EQ(find(set, "c"), nullptr);
}

}  // namespace
}  // namespace autoaccel
