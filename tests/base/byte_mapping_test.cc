#include "base/byte_mapping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "autoaccel/error.h"
#include "base/numeric.h"

namespace autoaccel::base {
namespace {

Tensor all_bytes(Shape shape = {256}) {
  Tensor bytes(ElementType::uint8, std::move(shape));
  const auto elements = bytes.as<std::uint8_t>();
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Tensor floats(std::vector<float> values) {
  Tensor tensor(ElementType::float32, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  return tensor;
}

Tensor bytes_of(std::vector<std::uint8_t> values) {
  Tensor tensor(ElementType::uint8, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<std::uint8_t>().begin());
  return tensor;
}

template <typename T>
std::vector<T> values(const Tensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

TEST(ByteMapping, IsWrittenAsItIs) {
  EXPECT_EQ(ByteMapping{}.to_text(), "u");
  EXPECT_EQ((ByteMapping{.scale = {1 / 255.0}}.to_text()), "u * 0.00392157");
  EXPECT_EQ((ByteMapping{.mean = {127.5}}.to_text()), "u - 127.5");
  EXPECT_EQ((ByteMapping{.scale = {0.5}, .mean = {1, 2.25}}.to_text()), "(u - [1, 2.25]) * 0.5");
}

TEST(ByteMapping, RoundsLikeSubAndMulInFloat32) {
  const ByteMapping mapping{.scale = {1 / 57.375}, .mean = {116.28}};
  const Tensor numbers = numbers_from_bytes(all_bytes(), mapping, ElementType::float32);
  for (int u = 0; u < 256; ++u) {
    const volatile float shifted = static_cast<float>(u) - 116.28f;  // volatile: not contracted
    EXPECT_EQ(numbers.as<float>()[u], shifted * static_cast<float>(1 / 57.375)) << u;
  }
}

TEST(ByteMapping, BringsEveryByteBack) {
  const std::vector<ByteMapping> mappings{{},
                                          {.scale = {1 / 255.0}},
                                          {.scale = {1 / 127.5}, .mean = {127.5}},
                                          {.scale = {-0.25}, .mean = {1000}},
                                          {.scale = {1 / 58.395}, .mean = {123.675}}};
  for (const ByteMapping& mapping : mappings) {
    for (const ElementType type : {ElementType::float32, ElementType::float16, ElementType::float64}) {
      const Tensor numbers = numbers_from_bytes(all_bytes(), mapping, type);
      EXPECT_EQ(numbers.type(), type);
      EXPECT_EQ(values<std::uint8_t>(bytes_from_numbers(numbers, mapping)), values<std::uint8_t>(all_bytes()))
          << mapping.to_text() << " " << to_text(type);
    }
  }
}

TEST(ByteMapping, GivesEachChannelItsOwn) {
  const ByteMapping first{.scale = {1, 2, 4}, .mean = {0, 1, 0}, .axis = 1};
  const Tensor numbers = numbers_from_bytes(all_bytes({2, 3, 1, 2}), first, ElementType::float32);
  EXPECT_EQ(values<float>(numbers), (std::vector<float>{0, 1, 2, 4, 16, 20, 6, 7, 14, 16, 40, 44}));
  EXPECT_EQ(values<std::uint8_t>(bytes_from_numbers(numbers, first)), values<std::uint8_t>(all_bytes({12})));
  const ByteMapping last{.scale = {1}, .mean = {0, 10, 20}, .axis = 3};
  EXPECT_EQ(values<float>(numbers_from_bytes(all_bytes({1, 1, 2, 3}), last, ElementType::float32)),
            (std::vector<float>{0, -9, -18, 3, -6, -15}));
}

TEST(ByteMapping, RoundsHalvesToEvenAndClips) {
  EXPECT_EQ(values<std::uint8_t>(bytes_from_numbers(
                floats({0.5f, 1.5f, 2.5f, -0.5f, -7, 254.5f, 255.5f, 1e30f, -HUGE_VALF, HUGE_VALF, NAN}), {})),
            (std::vector<std::uint8_t>{0, 2, 2, 0, 0, 254, 255, 255, 0, 255, 0}));
}

TEST(ByteMapping, TellsWhereNumbersLieAmongBytes) {
  EXPECT_EQ(values<double>(positions_among_bytes(floats({-5, 0.25f, 200}), {.scale = {0.5}, .mean = {10}})),
            (std::vector<double>{0, 10.5, 410}));
}

TEST(ByteMapping, AByteStandsForAllThatRoundsToIt) {
  const ByteMapping mapping{.scale = {0.5}, .mean = {10}};  // byte u is (u - 10) / 2, a step is 0.5
  // 20 stands for 4.75 … 5.25: what lies in it is met, others have its nearer end; 0 and 255 have one end only.
  const Tensor reference = floats({4.9f, 5.25f, 7, 4, -100, -4, 900, 100, NAN});
  const Tensor nearest = nearest_numbers_from_bytes(bytes_of({20, 20, 20, 20, 0, 0, 255, 255, 20}), mapping, reference);
  EXPECT_EQ(values<float>(nearest), (std::vector<float>{4.9f, 5.25f, 5.25f, 4.75f, -100, -4.75f, 900, 122.25f, 5}));
}

TEST(ByteMapping, RefusesWhatDoesNotFit) {
  const ByteMapping three{.scale = {1, 2, 3}, .mean = {0}, .axis = 1};
  EXPECT_THROW(numbers_from_bytes(all_bytes({1, 4}), three, ElementType::float32), Error);
  EXPECT_THROW(numbers_from_bytes(all_bytes({3}), three, ElementType::float32), Error);
  EXPECT_THROW(numbers_from_bytes(floats({1}), {}, ElementType::float32), Error);
}

}  // namespace
}  // namespace autoaccel::base
