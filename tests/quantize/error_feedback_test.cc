#include "quantize/error_feedback.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace autoaccel::quantize {
namespace {

std::vector<float> normal_numbers(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& x : values) x = normal(engine);
  return values;
}

/// Of inputs whose channels share a part of what they are.
ChannelProducts products_of(std::size_t channels, unsigned seed) {
  ChannelProducts products{channels, std::vector<float>(channels * channels)};
  for (unsigned row = 0; row < 3 * channels; ++row) {
    std::vector<float> x = normal_numbers(channels + 1, seed + row);
    for (std::size_t i = 0; i < channels; ++i) x[i] += x[channels];
    for (std::size_t i = 0; i < channels; ++i)
      for (std::size_t j = 0; j < channels; ++j) products.sums[i * channels + j] += x[i] * x[j];
  }
  return products;
}

ChannelProducts only_diagonal(std::size_t channels) {
  ChannelProducts products{channels, std::vector<float>(channels * channels)};
  for (std::size_t i = 0; i < channels; ++i) products.sums[i * channels + i] = 2;
  return products;
}

TEST(ErrorFeedback, FactorisesTheProducts) {
  // [[4, 2], [2, 3]] and 1 % of the mean of its diagonal, 0.035, added to that: U_01 = 2 / 3.035.
  const ErrorFeedback two({2, {4, 2, 2, 3}});
  ASSERT_EQ(two.row(1).size(), 1U);
  EXPECT_FLOAT_EQ(two.row(1)[0], 2 / 3.035F);
  EXPECT_TRUE(two.row(0).empty());
  // U D Uᵀ gives the matrix back, over several panels of 32.
  constexpr std::size_t kChannels = 75;
  const ChannelProducts products = products_of(kChannels, 1);
  const ErrorFeedback feedback(products);
  const auto u = [&](std::size_t i, std::size_t k) -> double { return i == k ? 1 : i < k ? feedback.row(k)[i] : 0; };
  double trace = 0;
  for (std::size_t i = 0; i < kChannels; ++i) trace += products.sums[i * kChannels + i];
  const double damping = 0.01 * trace / kChannels;
  std::vector<double> diagonal(kChannels);  // D, from the last on: H_kk − Σ_{m>k} D_m U_km²
  for (std::size_t k = kChannels; k-- > 0;) {
    diagonal[k] = products.sums[k * kChannels + k] + damping;
    for (std::size_t m = k + 1; m < kChannels; ++m) diagonal[k] -= diagonal[m] * u(k, m) * u(k, m);
    EXPECT_GT(diagonal[k], 0);
  }
  for (std::size_t i = 0; i < kChannels; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t m = i; m < kChannels; ++m) sum += u(i, m) * diagonal[m] * u(j, m);
      EXPECT_NEAR(sum, products.sums[i * kChannels + j], 1e-4 * trace / kChannels) << i << " " << j;
    }
  }
}

TEST(ErrorFeedback, TakesChannelsThatWereNeverSeen) {
  const ErrorFeedback nothing({3, std::vector<float>(9)});
  EXPECT_EQ(nothing.row(2)[0], 0);
  ChannelProducts one = only_diagonal(3);
  one.sums[4] = 0;  // channel 1
  const ErrorFeedback feedback(one);
  for (const float x : feedback.row(2)) EXPECT_EQ(x, 0);
}

TEST(RoundWithFeedback, IsRoundingToNearestWhereChannelsAreStrangers) {
  const std::vector<float> weights = normal_numbers(64 * 13, 2);
  const BlockLayout layout{.block = 32, .inner = 13};
  for (const int bits : {4, 8}) {
    const RoundedWeight rounded = round_with_feedback(layout, bits, weights, ErrorFeedback(only_diagonal(64)));
    const BlockScales nearest = choose_scales(layout, bits, weights);
    EXPECT_EQ(rounded.scales.scale, nearest.scale);
    EXPECT_EQ(rounded.scales.zero_point, nearest.zero_point);
    std::vector<std::uint8_t> integers(weights.size());
    quantize(layout, nearest, 0, weights, integers);
    EXPECT_EQ(rounded.integers, integers);
    EXPECT_LE(rounded.scales.error, nearest.error * (1 + 1e-6));
    EXPECT_NEAR(rounded.scales.energy, nearest.energy, nearest.energy * 1e-6);
  }
}

/// Σ (w − ŵ)ᵀ H (w − ŵ) over the output channels of columns.
double result_error(const BlockLayout& layout, const ChannelProducts& products, const std::vector<float>& weights,
                    const std::vector<std::uint8_t>& integers, const BlockScales& scales) {
  double sum = 0;
  for (std::size_t out = 0; out < layout.inner; ++out) {
    std::vector<double> e(products.channels);
    for (std::size_t k = 0; k < products.channels; ++k) {
      const std::size_t block = k / layout.block * layout.inner + out, at = k * layout.inner + out;
      e[k] = weights[at] - (static_cast<double>(integers[at]) - scales.zero_point[block]) * scales.scale[block];
    }
    for (std::size_t i = 0; i < products.channels; ++i)
      for (std::size_t j = 0; j < products.channels; ++j) sum += e[i] * products.sums[i * products.channels + j] * e[j];
  }
  return sum;
}

TEST(RoundWithFeedback, LowersTheErrorOfTheResult) {
  const ChannelProducts products = products_of(96, 7);
  const BlockLayout layout{.block = 32, .inner = 11};
  const std::vector<float> weights = normal_numbers(96 * 11, 3);
  const RoundedWeight rounded = round_with_feedback(layout, 4, weights, ErrorFeedback(products));
  const BlockScales nearest = choose_scales(layout, 4, weights);
  std::vector<std::uint8_t> integers(weights.size());
  quantize(layout, nearest, 0, weights, integers);
  // Each row of H is 1 of the channel's own and 1 that all share; the shared part of the error can be all but undone.
  EXPECT_LT(result_error(layout, products, weights, rounded.integers, rounded.scales),
            0.7 * result_error(layout, products, weights, integers, nearest));
  EXPECT_GT(rounded.scales.error, nearest.error);
}

TEST(RoundWithFeedback, TakesRowsLikeColumns) {
  const ChannelProducts products = products_of(64, 9);
  const ErrorFeedback feedback(products);
  const std::vector<float> columns = normal_numbers(64 * 10, 4);
  std::vector<float> rows(columns.size());
  for (std::size_t k = 0; k < 64; ++k)
    for (std::size_t out = 0; out < 10; ++out) rows[out * 64 + k] = columns[k * 10 + out];
  for (const std::size_t block : {16U, 64U}) {
    const RoundedWeight a = round_with_feedback({.block = block, .inner = 10}, 4, columns, feedback);
    const RoundedWeight b = round_with_feedback({.block = block, .inner = 1}, 4, rows, feedback);
    const std::size_t blocks = 64 / block;
    for (std::size_t out = 0; out < 10; ++out) {
      for (std::size_t k = 0; k < 64; ++k) EXPECT_EQ(a.integers[k * 10 + out], b.integers[out * 64 + k]);
      for (std::size_t n = 0; n < blocks; ++n)
        EXPECT_EQ(a.scales.scale[n * 10 + out], b.scales.scale[out * blocks + n]);
    }
  }
}

TEST(RoundWithFeedback, HasNoScalesForWhatHasNoRange) {
  std::vector<float> weights = normal_numbers(32 * 4, 5);
  weights[70] = std::numeric_limits<float>::quiet_NaN();
  const RoundedWeight rounded =
      round_with_feedback({.block = 16, .inner = 4}, 8, weights, ErrorFeedback(only_diagonal(32)));
  EXPECT_TRUE(rounded.scales.scale.empty());
}

}  // namespace
}  // namespace autoaccel::quantize
