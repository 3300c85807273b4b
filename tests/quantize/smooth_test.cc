#include "quantize/smooth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace autoaccel::quantize {
namespace {

constexpr WeightLayout kLayout{.is_out_first = true, .outs = 2, .ins = 2, .kernel = 2};

TEST(SensitivityOf, AddsUpAndComparesByChannel) {
  const LayerSensitivity found = sensitivity_of(kLayout, std::vector<float>{1, -2, 3, 0, 0.5f, 0, -4, 4});
  EXPECT_EQ(found.energy, (std::vector<double>{1 + 4 + 0.25, 9 + 16 + 16}));
  EXPECT_EQ(found.largest, (std::vector<float>{2, 3, 0.5f, 4}));
  // The same channels in the other order of axes.
  const LayerSensitivity turned = sensitivity_of({.is_out_first = false, .outs = 2, .ins = 2, .kernel = 2},
                                                 std::vector<float>{1, -2, 0.5f, 0, 3, 0, -4, 4});
  EXPECT_EQ(turned.energy, found.energy);
  EXPECT_EQ(turned.largest, found.largest);
}

ChannelRanges ranges(std::vector<float> low, std::vector<float> high) {
  std::vector<double> squares;
  for (std::size_t c = 0; c < low.size(); ++c) squares.push_back(high[c] * high[c] / 4.0);
  return {std::move(low), std::move(high), std::move(squares)};
}

LayerSensitivity equal_weights(std::size_t channels) {
  return sensitivity_of({.is_out_first = true, .outs = 4, .ins = channels}, std::vector<float>(4 * channels, 0.5f));
}

TEST(ChooseSmoothing, LeavesEqualChannels) {
  const Smoothing found = choose_smoothing(ranges({0, 0}, {8, 8}), {0, 8}, {}, std::vector{equal_weights(2)}, 127);
  EXPECT_TRUE(found.factors.empty());
  EXPECT_EQ(found.gain, 1);
}

TEST(ChooseSmoothing, TakesTheStepOfQuietChannelsDown) {
  // One channel of eight is 64 times as loud as the others.
  std::vector<float> high(8, 1);
  high[3] = 64;
  const Smoothing found =
      choose_smoothing(ranges(std::vector<float>(8, 0), high), {0, 64}, {}, std::vector{equal_weights(8)}, 127);
  ASSERT_EQ(found.factors.size(), 8u);
  EXPECT_EQ(found.factors[3], 1);
  EXPECT_LT(found.factors[0], 0.3f);
  EXPECT_GT(found.factors[0], 1.0f / 64 - 1e-6f);  // never beyond the range
  EXPECT_EQ(found.range.low, 0);
  EXPECT_EQ(found.range.high, 64);  // that of the loud channel
  EXPECT_GT(found.gain, 1.25);
}

TEST(ChooseSmoothing, WidensTheNarrowSideForShortTails) {
  // What a swish makes: every channel reaches down to −0.25, only one far up. Without widening, all have factor 1.
  std::vector<float> high(8, 0.5f);
  high[3] = 64;
  const Smoothing found = choose_smoothing(ranges(std::vector<float>(8, -0.25f), high), {-0.25f, 64}, {},
                                           std::vector{equal_weights(8)}, 127);
  ASSERT_EQ(found.factors.size(), 8u);
  EXPECT_EQ(found.factors[3], 1);
  EXPECT_LT(found.factors[0], 0.5f);
  EXPECT_FLOAT_EQ(found.range.low, -0.25f / found.factors[0]);
}

TEST(ChooseSmoothing, KeepsSymmetryWhereItIsAskedFor) {
  std::vector<float> high(8, 1);
  high[3] = 64;
  const Smoothing found = choose_smoothing(ranges(std::vector<float>(8, -0.5f), high), {-64, 64}, {.symmetric = true},
                                           std::vector{equal_weights(8)}, 127);
  ASSERT_EQ(found.factors.size(), 8u);
  EXPECT_EQ(found.range.low, -found.range.high);
}

TEST(ChooseSmoothing, CutsChannelsToTheRangeOfAll) {
  // One value of 64 was seen, and the calibrator has cut it off at 8: then the channel is 8 times as loud, and no more.
  std::vector<float> high(8, 1);
  high[3] = 64;
  ChannelRanges channels = ranges(std::vector<float>(8, 0), high);
  channels.mean_square[3] = 1;
  const Smoothing found = choose_smoothing(channels, {0, 8}, {}, std::vector{equal_weights(8)}, 127);
  ASSERT_EQ(found.factors.size(), 8u);
  EXPECT_EQ(found.range.high, 8);
  EXPECT_GE(found.factors[0], 1.0f / 8);
}

/// Mean squared error of y = Σ w x when x and w are rounded, with x divided by factors first.
double measured_error(const std::vector<std::vector<float>>& x, const std::vector<float>& w,
                      const std::vector<float>& factors, const Range& range) {
  const std::size_t channels = factors.size();
  const double step = (range.high - range.low) / 255.0;
  double widest = 0;
  for (std::size_t c = 0; c < channels; ++c)
    widest = std::max(widest, std::fabs(static_cast<double>(w[c]) * factors[c]));
  const double weight_step = widest / 127;
  double error = 0;
  for (const auto& sample : x) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const double zero = std::nearbyint(-range.low / step);
      const double q = std::clamp(std::nearbyint(sample[c] / factors[c] / step) + zero, 0.0, 255.0);
      sum += (q - zero) * step * std::nearbyint(w[c] * factors[c] / weight_step) * weight_step -
             static_cast<double>(sample[c]) * w[c];
    }
    error += sum * sum;
  }
  return error / static_cast<double>(x.size());
}

TEST(ChooseSmoothing, ForetellsWhatIsMeasured) {
  std::mt19937 random(7);
  std::normal_distribution<float> bell;
  constexpr std::size_t kChannels = 32;
  std::vector<float> w(kChannels), loudness(kChannels);
  for (std::size_t c = 0; c < kChannels; ++c) {
    w[c] = bell(random);
    loudness[c] = std::exp(1.5f * bell(random));
  }
  std::vector<std::vector<float>> x(2000, std::vector<float>(kChannels));
  ChannelRanges channels{std::vector<float>(kChannels), std::vector<float>(kChannels), std::vector<double>(kChannels)};
  Range range;
  for (auto& sample : x) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      sample[c] = loudness[c] * bell(random);
      channels.low[c] = std::min(channels.low[c], sample[c]);
      channels.high[c] = std::max(channels.high[c], sample[c]);
      channels.mean_square[c] += static_cast<double>(sample[c]) * sample[c] / static_cast<double>(x.size());
      range.low = std::min(range.low, sample[c]);
      range.high = std::max(range.high, sample[c]);
    }
  }
  const std::vector<LayerSensitivity> layers{sensitivity_of({.is_out_first = true, .outs = 1, .ins = kChannels}, w)};
  const Smoothing found = choose_smoothing(channels, range, {}, layers, 127);
  ASSERT_EQ(found.factors.size(), kChannels);
  const double gain =
      measured_error(x, w, std::vector<float>(kChannels, 1), range) / measured_error(x, w, found.factors, found.range);
  // 2000 samples of one output, whose weight error is one draw: within a factor of 2.
  EXPECT_GT(gain, found.gain / 2);
  EXPECT_LT(gain, found.gain * 2);
}

}  // namespace
}  // namespace autoaccel::quantize
