#include "quantize/statistics_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace autoaccel::quantize {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// All lengths of the last register, and more than the block that is looked at together.
const std::vector<std::size_t> kCounts{0, 1, 7, 8, 9, 17, 512, 513, 2000};

std::vector<float> values_of(std::size_t count, bool with_the_rest) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  if (!with_the_rest) return values;
  const float others[] = {0.0F, -0.0F, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 1e-42F, -1e-42F};
  for (std::size_t i = 0; i < count; i += 3) values[i] = others[i / 3 % 7];
  return values;
}

TEST(StatisticsKernels, PutEveryValueIntoItsSlot) {
  for (const StatisticsKernels& kernels : statistics_kernels()) {
    for (const std::size_t count : kCounts) {
      const std::vector<float> values = values_of(count, true);
      std::vector<std::int32_t> slots(count, -1);
      kernels.find_slots(values.data(), count, Histogram::kSide, slots.data());
      for (std::size_t i = 0; i < count; ++i) {
        const float value = values[i];
        if (!std::isfinite(value)) {
          EXPECT_EQ(slots[i], kPassedOverSlot) << kernels.name;
        } else if (value == 0) {
          EXPECT_GE(slots[i], kZeroSlot) << kernels.name;
          EXPECT_LT(slots[i], kPassedOverSlot) << kernels.name;
        } else {
          const int place = static_cast<int>(std::fabs(value) * Histogram::kSide);
          EXPECT_EQ(slots[i], value > 0 ? Histogram::kSide + place : Histogram::kSide - 1 - place) << kernels.name;
        }
      }
    }
  }
}

TEST(StatisticsKernels, AddARunLikeALoop) {
  for (const StatisticsKernels& kernels : statistics_kernels()) {
    for (const std::size_t count : kCounts) {
      for (const bool with_the_rest : {false, true}) {
        const std::vector<float> values = values_of(count, with_the_rest);
        RunFigures expected{.min = 0.25F, .max = 0.5F, .sum = 3, .sum_squares = 4, .finite = 5}, found = expected;
        for (const float value : values) {
          if (!std::isfinite(value)) continue;
          expected.min = std::min(expected.min, value);
          expected.max = std::max(expected.max, value);
          expected.sum += value;
          expected.sum_squares += static_cast<double>(value) * value;
          ++expected.finite;
        }
        kernels.add_run(values.data(), count, found);
        EXPECT_EQ(found.min, expected.min) << kernels.name << count;
        EXPECT_EQ(found.max, expected.max) << kernels.name << count;
        EXPECT_EQ(found.finite, expected.finite) << kernels.name << count;
        EXPECT_NEAR(found.sum, expected.sum, 1e-11) << kernels.name << count;
        EXPECT_NEAR(found.sum_squares, expected.sum_squares, 1e-11) << kernels.name << count;
      }
    }
  }
}

TEST(StatisticsKernels, AddARowLikeALoopOrNotAtAll) {
  for (const StatisticsKernels& kernels : statistics_kernels()) {
    for (const std::size_t count : kCounts) {
      const std::vector<float> values = values_of(count, false);
      std::vector<float> min(count, 0.25F), max(count, 0.5F);
      std::vector<double> sum(count, 3), squares(count, 4);
      ASSERT_TRUE(kernels.add_row(values.data(), count, min.data(), max.data(), sum.data(), squares.data()));
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(min[i], std::min(0.25F, values[i])) << kernels.name << count;
        EXPECT_EQ(max[i], std::max(0.5F, values[i])) << kernels.name << count;
        EXPECT_EQ(sum[i], 3 + static_cast<double>(values[i])) << kernels.name << count;
        EXPECT_EQ(squares[i], 4 + static_cast<double>(values[i]) * values[i]) << kernels.name << count;
      }
      for (std::size_t i = 0; i < count; i += 5) {
        std::vector<float> broken = values;
        broken[i] = i % 2 == 0 ? kInfinity : std::numeric_limits<float>::quiet_NaN();
        const std::vector<float> before = min;
        EXPECT_FALSE(kernels.add_row(broken.data(), count, min.data(), max.data(), sum.data(), squares.data()));
        EXPECT_EQ(min, before);
      }
    }
  }
}

}  // namespace
}  // namespace autoaccel::quantize
