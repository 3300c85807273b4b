#include "base/numeric.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "autoaccel/error.h"
#include "base/numeric_kernels.h"

namespace autoaccel::base {
namespace {

constexpr int kAll = 1 << 16;

bool is_float16_nan(std::uint16_t bits) { return (bits & 0x7FFF) > 0x7C00; }
bool is_bfloat16_nan(std::uint16_t bits) { return (bits & 0x7FFF) > 0x7F80; }
std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

/// The value of a binary16 by its definition, in double.
double value_by_definition(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F, significand = bits & 0x3FF;
  const double magnitude = exponent == 0 ? std::ldexp(significand, -24) : std::ldexp(1024 + significand, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

TEST(Float16, WidensAll65536ValuesExactly) {
  for (int i = 0; i < kAll; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float wide = float32_from_float16(bits);
    if (is_float16_nan(bits)) {
      // Sign and payload stay, the quiet bit is set.
      EXPECT_EQ(bits_of(wide), (bits & 0x8000u) << 16 | 0x7FC00000u | (bits & 0x3FFu) << 13) << i;
    } else if ((bits & 0x7C00) == 0x7C00) {
      EXPECT_EQ(wide, bits & 0x8000 ? -INFINITY : INFINITY);
    } else {
      EXPECT_EQ(static_cast<double>(wide), value_by_definition(bits)) << i;
      EXPECT_EQ(std::signbit(wide), (bits & 0x8000) != 0) << i;
    }
  }
}

TEST(Float16, NarrowsAll65536ValuesBackToThemselves) {
  for (int i = 0; i < kAll; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const std::uint16_t expected = is_float16_nan(bits) ? bits | 0x200 : bits;
    EXPECT_EQ(float16_from_float32(float32_from_float16(bits)), expected) << i;
  }
}

TEST(Float16, RoundsEveryHalfWayCaseToEven) {
  for (int i = 0; i < 0x7C00; ++i) {  // between neighbours i and i + 1; i = 0x7BFF: up to 2^16, which is infinity
    const double next = i == 0x7BFF ? 65536 : value_by_definition(static_cast<std::uint16_t>(i + 1));
    const auto middle = static_cast<float>((value_by_definition(static_cast<std::uint16_t>(i)) + next) / 2);
    const auto even = static_cast<std::uint16_t>(i % 2 == 0 ? i : i + 1);
    EXPECT_EQ(float16_from_float32(middle), even) << i;
    EXPECT_EQ(float16_from_float32(std::nextafter(middle, 0.0f)), i) << i;
    EXPECT_EQ(float16_from_float32(std::nextafter(middle, INFINITY)), i + 1) << i;
    EXPECT_EQ(float16_from_float32(-middle), 0x8000 | even) << i;
    EXPECT_EQ(float16_from_float32(std::nextafter(-middle, 0.0f)), 0x8000 | i) << i;
    EXPECT_EQ(float16_from_float32(std::nextafter(-middle, -INFINITY)), 0x8000 | (i + 1)) << i;
  }
}

TEST(Float16, AgreesWithTheCompilersOwnType) {
#if defined(__FLT16_MANT_DIG__)
  std::mt19937 random(1);
  const auto expect_same = [](float value) {
    const auto narrow = static_cast<_Float16>(value);
    std::uint16_t bits = 0;
    std::memcpy(&bits, &narrow, sizeof bits);
    ASSERT_EQ(float16_from_float32(value), bits) << value;
  };
  for (int i = 0; i < kAll; ++i) {
    const float middle = float_of(bits_of(float32_from_float16(static_cast<std::uint16_t>(i))) | 0x1000);  // half-way
    if (!std::isnan(middle)) expect_same(middle);
    const float any = float_of(static_cast<std::uint32_t>(random()));
    if (!std::isnan(any)) expect_same(any);
  }
#else
  GTEST_SKIP() << "this compiler has no _Float16";
#endif
}

TEST(Float16, OverflowsUnderflowsAndQuietsAsIeee754Says) {
  EXPECT_EQ(float16_from_float32(65504.0f), 0x7BFF);
  EXPECT_EQ(float16_from_float32(65519.996f), 0x7BFF);
  EXPECT_EQ(float16_from_float32(65520.0f), 0x7C00);
  EXPECT_EQ(float16_from_float32(std::numeric_limits<float>::max()), 0x7C00);
  EXPECT_EQ(float16_from_float32(-INFINITY), 0xFC00);
  EXPECT_EQ(float16_from_float32(0x1p-25f), 0x0000);
  EXPECT_EQ(float16_from_float32(std::nextafter(0x1p-25f, 1.0f)), 0x0001);
  EXPECT_EQ(float16_from_float32(-0.0f), 0x8000);
  EXPECT_EQ(float16_from_float32(std::numeric_limits<float>::denorm_min()), 0x0000);
  EXPECT_EQ(float16_from_float32(float_of(0x7F800001)), 0x7E00);  // a signalling NaN whose payload is cut off
  EXPECT_EQ(float16_from_float32(float_of(0xFFC02000)), 0xFE01);
}

TEST(BFloat16, ConvertsAll65536ValuesBothWays) {
  for (int i = 0; i < kAll; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const std::uint16_t quiet = is_bfloat16_nan(bits) ? bits | 0x40 : bits;
    EXPECT_EQ(bits_of(float32_from_bfloat16(bits)), static_cast<std::uint32_t>(quiet) << 16) << i;
    EXPECT_EQ(bfloat16_from_float32(float32_from_bfloat16(bits)), quiet) << i;
  }
}

/// The value of a finite bfloat16 by its definition, in double.
double bfloat16_by_definition(std::uint16_t bits) {
  const int exponent = bits >> 7 & 0xFF, significand = bits & 0x7F;
  const double magnitude = exponent == 0 ? std::ldexp(significand, -133) : std::ldexp(128 + significand, exponent - 134);
  return bits & 0x8000 ? -magnitude : magnitude;
}

TEST(BFloat16, IsWhatItsDefinitionSays) {
  for (int i = 0; i < kAll; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    if ((bits & 0x7F80) == 0x7F80) continue;  // infinities and NaN, which the bits of the test above cover
    EXPECT_EQ(static_cast<double>(float32_from_bfloat16(bits)), bfloat16_by_definition(bits)) << i;
  }
  for (int i = 0; i < 0x7F7F; ++i) {  // the middle between neighbours, and the floats beside it
    const auto low = static_cast<std::uint16_t>(i), high = static_cast<std::uint16_t>(i + 1);
    const auto middle = static_cast<float>((bfloat16_by_definition(low) + bfloat16_by_definition(high)) / 2);
    EXPECT_EQ(bfloat16_from_float32(middle), i % 2 == 0 ? low : high) << i;
    EXPECT_EQ(bfloat16_from_float32(std::nextafter(middle, 0.0f)), low) << i;
    EXPECT_EQ(bfloat16_from_float32(std::nextafter(middle, INFINITY)), high) << i;
    EXPECT_EQ(bfloat16_from_float32(std::nextafter(-middle, 0.0f)), 0x8000 | low) << i;
    EXPECT_EQ(bfloat16_from_float32(std::nextafter(-middle, -INFINITY)), 0x8000 | high) << i;
  }
}

TEST(BFloat16, RoundsEveryHalfWayCaseToEven) {
  for (int i = 0; i < 0x7F80; ++i) {
    const std::uint32_t middle = static_cast<std::uint32_t>(i) << 16 | 0x8000;
    const auto even = static_cast<std::uint16_t>(i % 2 == 0 ? i : i + 1);
    EXPECT_EQ(bfloat16_from_float32(float_of(middle)), even) << i;
    EXPECT_EQ(bfloat16_from_float32(float_of(middle - 1)), i) << i;
    EXPECT_EQ(bfloat16_from_float32(float_of(middle + 1)), i + 1) << i;
    EXPECT_EQ(bfloat16_from_float32(float_of(middle | 0x80000000)), 0x8000 | even) << i;
  }
  EXPECT_EQ(bfloat16_from_float32(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(bfloat16_from_float32(float_of(0x7F800001)), 0x7FC0);
  EXPECT_EQ(bfloat16_from_float32(float_of(0xFFFFFFFF)), 0xFFFF);
}

/// Floats that meet every branch: all upper halves, with lower halves around the rounding points of both types.
std::vector<float> tricky_floats() {
  std::vector<float> values;
  for (std::uint32_t upper = 0; upper < kAll; ++upper) {
    for (const std::uint32_t lower : {0x0000u, 0x0001u, 0x0FFFu, 0x1000u, 0x1001u, 0x3000u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu}) {
      values.push_back(float_of(upper << 16 | lower));
    }
  }
  return values;
}

TEST(FloatKernels, AllGiveTheSameBitsAtEveryLengthAndAlignment) {
  const std::vector<float> floats = tricky_floats();
  std::vector<std::uint16_t> halves(kAll);
  for (int i = 0; i < kAll; ++i) halves[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(i);
  ASSERT_EQ(float_kernels().front().name, "scalar");
  for (const FloatKernels& kernels : float_kernels()) {
    std::vector<std::uint16_t> narrow(floats.size());
    std::vector<float> wide(kAll);
    kernels.float16_from_float32(floats.data(), narrow.data(), floats.size());
    for (std::size_t i = 0; i < floats.size(); ++i) ASSERT_EQ(narrow[i], float16_from_float32(floats[i])) << kernels.name << i;
    kernels.bfloat16_from_float32(floats.data(), narrow.data(), floats.size());
    for (std::size_t i = 0; i < floats.size(); ++i) ASSERT_EQ(narrow[i], bfloat16_from_float32(floats[i])) << kernels.name << i;
    kernels.float32_from_float16(halves.data(), wide.data(), kAll);
    for (int i = 0; i < kAll; ++i) {
      ASSERT_EQ(bits_of(wide[static_cast<std::size_t>(i)]), bits_of(float32_from_float16(static_cast<std::uint16_t>(i))));
    }
    kernels.float32_from_bfloat16(halves.data(), wide.data(), kAll);
    for (int i = 0; i < kAll; ++i) {
      ASSERT_EQ(bits_of(wide[static_cast<std::size_t>(i)]), bits_of(float32_from_bfloat16(static_cast<std::uint16_t>(i))));
    }
    for (std::size_t count = 0; count < 40; ++count) {  // tails, unaligned, and nothing written behind the end
      std::vector<std::uint16_t> out(64, 0xABCD);
      kernels.float16_from_float32(floats.data() + 1, out.data() + 3, count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(out[3 + i], float16_from_float32(floats[1 + i]));
      kernels.bfloat16_from_float32(floats.data() + 1, out.data() + 3, count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(out[3 + i], bfloat16_from_float32(floats[1 + i]));
      ASSERT_EQ(out[2], 0xABCD);
      ASSERT_EQ(out[3 + count], 0xABCD);
    }
  }
}

TEST(Convert, PicksTheTypeAndRefusesOthers) {
  const std::vector<float> from = {1.0f, -2.0f};
  std::vector<std::uint16_t> to(2);
  convert(from, to, ElementType::float16);
  EXPECT_EQ(to, (std::vector<std::uint16_t>{0x3C00, 0xC000}));
  convert(from, to, ElementType::bfloat16);
  EXPECT_EQ(to, (std::vector<std::uint16_t>{0x3F80, 0xC000}));
  std::vector<float> back(2);
  convert(std::span<const std::uint16_t>(to), ElementType::bfloat16, back);
  EXPECT_EQ(back, from);
  EXPECT_THROW(convert(from, to, ElementType::int16), Error);
  EXPECT_THROW(convert(from, std::span(to).first(1), ElementType::float16), Error);
}

template <typename T>
Tensor tensor_of(ElementType type, const std::vector<T>& values) {
  Tensor tensor(type, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<T>().begin());
  return tensor;
}

template <typename T>
std::vector<T> values_of(const Tensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

TEST(Cast, RoundsOnceOnTheWayToSmallFloats) {
  // 1 + 2^-11 + 2^-40 is above half-way between 1 and 1 + 2^-10; rounded to float32 first it would be exactly half-way.
  const Tensor doubles = tensor_of<double>(ElementType::float64, {1 + 0x1p-11 + 0x1p-40, -(1 + 0x1p-11 + 0x1p-40),
                                                                 1 + 0x1p-11, 1 + 0x1p-11 - 0x1p-40, 1e300, 1e-300, NAN});
  const auto halves = values_of<std::uint16_t>(cast(doubles, ElementType::float16));
  EXPECT_EQ(std::vector(halves.begin(), halves.begin() + 6), (std::vector<std::uint16_t>{0x3C01, 0xBC01, 0x3C00, 0x3C00, 0x7C00, 0}));
  EXPECT_TRUE(is_float16_nan(halves[6]));
  // 2^32 + 2^24 + 1: the same for bfloat16, whose step there is 2^25.
  const Tensor integers = tensor_of<std::int64_t>(ElementType::int64, {(1LL << 32) + (1 << 24) + 1, (1LL << 32) + (1 << 24)});
  EXPECT_EQ(values_of<std::uint16_t>(cast(integers, ElementType::bfloat16)), (std::vector<std::uint16_t>{0x4F81, 0x4F80}));
}

TEST(Cast, KeepsLargeIntegersExact) {
  const std::int64_t large = (1LL << 53) + 1;  // no double
  const Tensor integers = tensor_of<std::int64_t>(ElementType::int64, {large, -large, INT64_MIN});
  EXPECT_EQ(values_of<std::uint64_t>(cast(integers, ElementType::uint64)),
            (std::vector<std::uint64_t>{static_cast<std::uint64_t>(large), 0, 0}));
  EXPECT_EQ(values_of<std::int64_t>(cast(integers, ElementType::int64)), (std::vector<std::int64_t>{large, -large, INT64_MIN}));
  // 2^24 + 1 is half-way between floats: to even. 2^24 + 3 goes up.
  const Tensor middle = tensor_of<std::int32_t>(ElementType::int32, {(1 << 24) + 1, (1 << 24) + 3});
  EXPECT_EQ(values_of<float>(cast(middle, ElementType::float32)), (std::vector<float>{16777216.0f, 16777220.0f}));
}

TEST(Cast, TruncatesAndSaturatesToIntegers) {
  const Tensor floats = tensor_of<float>(ElementType::float32, {2.9f, -2.9f, 300.0f, -300.0f, NAN, INFINITY, -INFINITY, 127.5f, -128.9f});
  EXPECT_EQ(values_of<std::int8_t>(cast(floats, ElementType::int8)),
            (std::vector<std::int8_t>{2, -2, 127, -128, 0, 127, -128, 127, -128}));
  EXPECT_EQ(values_of<std::uint8_t>(cast(floats, ElementType::uint8)),
            (std::vector<std::uint8_t>{2, 0, 255, 0, 0, 255, 0, 127, 0}));
  const Tensor edges = tensor_of<double>(ElementType::float64, {0x1p63, -0x1p63, std::nextafter(0x1p63, 0), 0x1p64, -1.0});
  EXPECT_EQ(values_of<std::int64_t>(cast(edges, ElementType::int64)),
            (std::vector<std::int64_t>{INT64_MAX, INT64_MIN, INT64_MAX - 1023, INT64_MAX, -1}));
  EXPECT_EQ(values_of<std::uint64_t>(cast(edges, ElementType::uint64)),
            (std::vector<std::uint64_t>{1ull << 63, 0, (1ull << 63) - 1024, UINT64_MAX, 0}));
  const Tensor integers = tensor_of<std::int32_t>(ElementType::int32, {-1, 70000, 200});
  EXPECT_EQ(values_of<std::uint16_t>(cast(integers, ElementType::uint16)), (std::vector<std::uint16_t>{0, 65535, 200}));
  EXPECT_EQ(values_of<std::int8_t>(cast(integers, ElementType::int8)), (std::vector<std::int8_t>{-1, 127, 127}));
}

TEST(Cast, MakesBooleansAndReadsThem) {
  const Tensor floats = tensor_of<float>(ElementType::float32, {0.0f, -0.0f, 0.5f, NAN});
  EXPECT_EQ(values_of<std::uint8_t>(cast(floats, ElementType::boolean)), (std::vector<std::uint8_t>{0, 0, 1, 1}));
  const Tensor booleans = tensor_of<std::uint8_t>(ElementType::boolean, {0, 1, 2});
  EXPECT_EQ(values_of<float>(cast(booleans, ElementType::float32)), (std::vector<float>{0, 1, 1}));
}

TEST(Cast, CoversEveryPairOfNumericTypes) {
  const ElementType types[] = {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::bfloat16,
                               ElementType::int8,    ElementType::int16,   ElementType::int32,   ElementType::int64,
                               ElementType::uint8,   ElementType::uint16,  ElementType::uint32,  ElementType::uint64,
                               ElementType::boolean};
  const Tensor ones = tensor_of<float>(ElementType::float32, {0.0f, 1.0f});
  for (const ElementType from : types) {
    const Tensor source = cast(ones, from);
    EXPECT_EQ(element_as_double(source, 0), 0.0) << to_text(from);
    EXPECT_EQ(element_as_double(source, 1), 1.0) << to_text(from);
    for (const ElementType to : types) {
      const Tensor result = cast(source, to);
      EXPECT_EQ(result.type(), to);
      EXPECT_EQ(result.shape(), source.shape());
      EXPECT_EQ(element_as_double(result, 1), 1.0) << to_text(from) << to_text(to);
    }
    EXPECT_EQ(values_of<float>(float32_from(source)), (std::vector<float>{0, 1}));
    double doubles[1] = {0};
    copy_as_doubles(source, 1, doubles);
    EXPECT_EQ(doubles[0], 1.0);
  }
}

TEST(Cast, RefusesWhatIsNoNumber) {
  for (const ElementType type : {ElementType::complex64, ElementType::int4, ElementType::float8e4m3fn}) {
    const Tensor tensor(type, {2});
    EXPECT_THROW(float32_from(tensor), Error) << to_text(type);
    EXPECT_THROW(cast(tensor, type), Error) << to_text(type);
    EXPECT_THROW(element_as_double(tensor, 0), Error) << to_text(type);
    EXPECT_THROW(cast(Tensor(ElementType::float32, {2}), type), Error) << to_text(type);
  }
}

}  // namespace
}  // namespace autoaccel::base
