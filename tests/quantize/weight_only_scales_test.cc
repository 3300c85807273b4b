#include "quantize/weight_only_scales.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace autoaccel::quantize {
namespace {

ReadFloats reader(const std::vector<float>& values, std::size_t piece) {
  return [&values, piece](const std::function<void(std::span<const float>)>& visit) {
    const std::span<const float> all(values);
    for (std::size_t start = 0; start < all.size(); start += piece)
      visit(all.subspan(start, std::min(piece, all.size() - start)));
  };
}

double error_of(const ChannelLayout& layout, const ChannelScales& scales, const std::vector<float>& values) {
  std::vector<std::uint8_t> q(values.size());
  quantize(layout, scales, values, q);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t c = (i / layout.inner) % layout.count;
    const double back = (static_cast<double>(q[i]) - scales.zero_point[c]) * scales.scale[c];
    sum += (values[i] - back) * (values[i] - back);
  }
  return sum;
}

TEST(Quantize, RoundsHalfToEvenAndSaturates) {
  const std::vector<float> values{0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -10.5f, -11, -1e30f, 244.5f, 245.5f, 300, 1e30f};
  std::vector<std::uint8_t> q(values.size());
  quantize({.count = 1}, {{1.0f}, {10}}, values, q);
  EXPECT_EQ(q, (std::vector<std::uint8_t>{10, 12, 12, 10, 8, 0, 0, 0, 254, 255, 255, 255}));
}

TEST(Quantize, TakesTheScaleOfTheChannel) {
  const ChannelScales scales{{1, 2}, {0, 100}};
  std::vector<std::uint8_t> q(8);
  // inner 2: channels 0 0 1 1 0 0 1 1; 6 / 2 + 100 = 103
  quantize({.count = 2, .inner = 2}, scales, std::vector<float>{6, 6, 6, 6, 1, 2, -4, 0}, q);
  EXPECT_EQ(q, (std::vector<std::uint8_t>{6, 6, 103, 103, 1, 2, 98, 100}));
  quantize({.count = 2}, scales, std::vector<float>{6, 6, 6, 6, 1, 2, -4, 0}, q);  // 0 1 0 1 0 1 0 1
  EXPECT_EQ(q, (std::vector<std::uint8_t>{6, 103, 6, 103, 1, 101, 0, 100}));
}

TEST(ChooseScales, KeepsWhatIsExact) {
  std::vector<float> values;  // two columns: 0 … 255, and −100 … 155, each of 256 steps of 1 or 0.5
  for (int i = 0; i < 256; ++i) {
    values.push_back(static_cast<float>(i));
    values.push_back(static_cast<float>(i - 100) * 0.5f);
  }
  const ChannelScales scales = choose_scales({.count = 2}, reader(values, 6));
  EXPECT_EQ(scales.scale, (std::vector<float>{1, 0.5f}));
  EXPECT_EQ(scales.zero_point, (std::vector<std::uint8_t>{0, 100}));
  EXPECT_EQ(error_of({.count = 2}, scales, values), 0);
}

TEST(ChooseScales, IsNoWorseThanTheFullRangeOrTheSymmetricOne) {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  const ChannelLayout layout{.count = 3, .inner = 5};
  std::vector<float> values(15 * 400);
  for (float& x : values) x = normal(engine);
  const ChannelScales chosen = choose_scales(layout, reader(values, 15 * 7));
  ChannelScales full{std::vector<float>(3), {0, 0, 0}};
  ChannelScales symmetric{std::vector<float>(3), {128, 128, 128}};
  for (std::size_t c = 0; c < 3; ++c) {
    float low = 0, high = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if ((i / 5) % 3 != c) continue;
      low = std::min(low, values[i]);
      high = std::max(high, values[i]);
    }
    full.scale[c] = (high - low) / 255;
    full.zero_point[c] = static_cast<std::uint8_t>(std::nearbyint(-low / full.scale[c]));
    symmetric.scale[c] = std::max(-low, high) / 127;
  }
  EXPECT_LT(error_of(layout, chosen, values), error_of(layout, full, values));
  EXPECT_LT(error_of(layout, chosen, values), error_of(layout, symmetric, values));
}

TEST(ChooseScales, DoesNotDivideByZero) {
  const ChannelScales scales = choose_scales({.count = 2}, reader({0, -255, 0, 0}, 2));
  EXPECT_EQ(scales.scale, (std::vector<float>{1, 1}));
  EXPECT_EQ(scales.zero_point, (std::vector<std::uint8_t>{128, 255}));
}

TEST(ChooseScales, GivesNoneForWhatHasNoRange) {
  using Limits = std::numeric_limits<float>;
  for (const float x : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::min()}) {
    EXPECT_TRUE(choose_scales({.count = 2}, reader({1, 0, 1, x}, 2)).scale.empty()) << x;
  }
  EXPECT_TRUE(choose_scales({.count = 1}, reader({Limits::max(), Limits::lowest()}, 2)).scale.empty());
}

}  // namespace
}  // namespace autoaccel::quantize
