#include "quantize/bias.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace autoaccel::quantize {
namespace {

TEST(IntegerBias, IsInStepsOfBothScales) {
  const IntegerBias bias =
      integer_bias(std::vector<double>{1, -0.375, 0.3125}, 0.5f, std::vector<float>{0.25f, 0.5f, 0.25f});
  EXPECT_EQ(bias.scales, (std::vector<float>{0.125f, 0.25f, 0.125f}));
  EXPECT_EQ(bias.values, (std::vector<std::int32_t>{8, -2, 2}));  // −1.5 and 2.5 go to the even neighbour
}

TEST(IntegerBias, Saturates) {
  const IntegerBias bias = integer_bias(std::vector<double>{1e10, -1e10}, 1, std::vector<float>{1, 1});
  EXPECT_EQ(bias.values, (std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::max(),
                                                    std::numeric_limits<std::int32_t>::min()}));
}

TEST(ScalesForBias, GrowOnlyWhereTheBiasWouldNotFit) {
  // 2^32 / (0.5 · 1) is 2^33, eight times 2^30.
  EXPECT_EQ(scales_for_bias(std::vector<float>{1, 1, 4}, 0.5f, std::vector<double>{std::ldexp(1.0, 32), 7, -8}),
            (std::vector<float>{8, 1, 4}));
  // Both together stay a normal number.
  const float tiny = std::numeric_limits<float>::min();
  EXPECT_EQ(scales_for_bias(std::vector<float>{tiny}, 0.5f, std::vector<double>{0}), (std::vector<float>{2 * tiny}));
}

}  // namespace
}  // namespace autoaccel::quantize
