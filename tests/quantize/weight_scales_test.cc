#include "quantize/weight_scales.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace autoaccel::quantize {
namespace {

constexpr WeightLayout kRows{.is_out_first = true, .outs = 2, .ins = 3};
constexpr WeightLayout kColumns{.is_out_first = false, .outs = 2, .ins = 3};

std::vector<std::int8_t> quantized(const WeightLayout& layout, const std::vector<float>& weights,
                                   const std::vector<float>& factors, const std::vector<float>& scales,
                                   int levels = 127) {
  std::vector<std::int8_t> to(weights.size());
  quantize_weights(layout, 0, weights, factors, scales, levels, to);
  return to;
}

TEST(WeightLayout, TellsChannelsOfEachElement) {
  std::vector<std::size_t> seen;
  const auto note = [&](std::size_t i, std::size_t out, std::size_t in) { seen.push_back(i * 100 + out * 10 + in); };
  for_each_weight({.is_out_first = true, .outs = 2, .ins = 1, .kernel = 2}, note);
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 100, 210, 310}));
  seen.clear();
  for_each_weight({.is_out_first = false, .outs = 2, .ins = 2}, note);  // [ins, outs]
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 110, 201, 311}));
  seen.clear();
  // Two groups of one output each, which read two of four inputs.
  for_each_weight({.is_out_first = true, .outs = 2, .ins = 2, .groups = 2}, note);
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 101, 212, 313}));
}

TEST(ChannelScales, MakeTheLargestOfAChannelTheLastLevel) {
  EXPECT_EQ(channel_scales(kRows, std::vector<float>{1, -127, 2, 254, 0, -3}, {}, 127), (std::vector<float>{1, 2}));
  EXPECT_EQ(channel_scales(kColumns, std::vector<float>{1, -127, 2, 254, 0, -3}, {}, 127),
            (std::vector<float>{2.0f / 127, 2}));
  EXPECT_EQ(channel_scales(kRows, std::vector<float>{1, -63, 2, 126, 0, -3}, {}, 63), (std::vector<float>{1, 2}));
}

TEST(ChannelScales, AreOfTheWeightsTimesTheFactors) {
  // |w · f|: 1, 63.5, 0.5 in the first row, 254, 0, 0.75 in the second.
  EXPECT_EQ(channel_scales(kRows, std::vector<float>{1, -127, 2, 254, 0, -3}, std::vector<float>{1, 0.5f, 0.25f}, 127),
            (std::vector<float>{0.5f, 2}));
}

TEST(ChannelScales, BorrowForSilentChannels) {
  EXPECT_EQ(channel_scales(kRows, std::vector<float>{0, 0, 0, 254, 0, 0}, {}, 127), (std::vector<float>{2, 2}));
  EXPECT_EQ(channel_scales(kRows, std::vector<float>{0, 1e-38f, 0, 254, 0, 0}, {}, 127), (std::vector<float>{2, 2}));
  EXPECT_EQ(channel_scales(kRows, std::vector<float>(6, 0.0f), {}, 127), (std::vector<float>{1, 1}));
}

TEST(ChannelScales, AreNotForWhatIntegersCannotHold) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(channel_scales(kRows, std::vector<float>{1, std::nanf(""), 2, 4, 0, 1}, {}, 127).empty());
  EXPECT_TRUE(channel_scales(kRows, std::vector<float>{1, -infinity, 2, 4, 0, 1}, {}, 127).empty());
  EXPECT_TRUE(channel_scales(kRows, std::vector<float>{1e-38f, 0, 0, 0, 0, 0}, {}, 127).empty());
}

TEST(QuantizeWeights, RoundsHalfToEvenAndSaturates) {
  const std::vector<float> weights{0.5f, 1.5f, -2.5f, 300, -300, 126.6f};
  EXPECT_EQ(quantized(kRows, weights, {}, {1, 1}), (std::vector<std::int8_t>{0, 2, -2, 127, -127, 127}));
  EXPECT_EQ(quantized(kRows, weights, {}, {1, 2}, 63), (std::vector<std::int8_t>{0, 2, -2, 63, -63, 63}));
}

TEST(QuantizeWeights, TakesFactorsByInputAndScalesByOutput) {
  const std::vector<float> factors{1, 0.5f, 0.25f};
  EXPECT_EQ(quantized(kRows, {8, 8, 8, 8, 8, 8}, factors, {1, 2}), (std::vector<std::int8_t>{8, 4, 2, 4, 2, 1}));
  EXPECT_EQ(quantized(kColumns, {8, 8, 8, 8, 8, 8}, factors, {1, 2}), (std::vector<std::int8_t>{8, 4, 4, 2, 2, 1}));
}

TEST(QuantizeWeights, GoesOnAtAnyRow) {
  const std::vector<float> factors{1, 0.5f, 0.25f};
  std::vector<std::int8_t> to(3);
  quantize_weights(kRows, 1, std::vector<float>{8, 8, 8}, factors, std::vector<float>{1, 2}, 127, to);
  EXPECT_EQ(to, (std::vector<std::int8_t>{4, 2, 1}));
  to.resize(2);
  quantize_weights(kColumns, 2, std::vector<float>{8, 8}, factors, std::vector<float>{1, 2}, 127, to);
  EXPECT_EQ(to, (std::vector<std::int8_t>{2, 1}));
}

TEST(LostMeans, AreWhatRoundingTakesFromTheSum) {
  // Lost of the weights: 0.25, −0.25, 0 in the first row; 0, 1 (129 saturates at 128), −0.5 in the second.
  const std::vector<float> weights{1.25f, 1.75f, 3, 2, 255, 1.5f};
  const std::vector<double> lost =
      lost_means(kRows, weights, {}, std::vector<float>{1, 2}, 127, std::vector<double>{8, 4, 2});
  EXPECT_EQ(lost, (std::vector<double>{0.25 * 8 - 0.25 * 4, 1 * 4 - 0.5 * 2}));
  // Factors go with the weights; the means are then of the divided activation.
  const std::vector<float> halves{1, 1, 0.5f};
  EXPECT_EQ(lost_means(kRows, weights, halves, std::vector<float>{1, 2}, 127, std::vector<double>{8, 4, 2}),
            (std::vector<double>{0.25 * 8 - 0.25 * 4 - 0.5 * 2, 1 * 4 + 0.75 * 2}));
}

}  // namespace
}  // namespace autoaccel::quantize
