#include "quantize/weight_scales.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace autoaccel::quantize {

namespace {

/// Half to even for |x| < 2^22, where adding 1.5 · 2^23 leaves no fraction; unlike nearbyint it needs no SSE4.1.
float rounded(float x) {
  constexpr float kShift = 12582912.0f;
  return (x + kShift) - kShift;
}

float step_of(float x, float scale, float levels) { return rounded(std::clamp(x / scale, -levels, levels)); }

float scaled(std::span<const float> weights, std::span<const float> factors, std::size_t i, std::size_t in) {
  return factors.empty() ? weights[i] : weights[i] * factors[in];
}

}  // namespace

std::vector<float> channel_scales(const WeightLayout& layout, std::span<const float> weights,
                                  std::span<const float> factors, int levels) {
  std::vector<float> scales(layout.outs, 0);
  float poison = 0;  // x · 0 is NaN for NaN and infinities
  for_each_weight(layout, [&](std::size_t i, std::size_t out, std::size_t in) {
    const float x = scaled(weights, factors, i, in);
    poison += x * 0;
    scales[out] = std::max(scales[out], std::fabs(x));
  });
  if (std::isnan(poison) || scales.empty()) return {};
  const float largest = *std::ranges::max_element(scales) / static_cast<float>(levels);
  if (largest < std::numeric_limits<float>::min() && largest != 0) return {};
  for (float& scale : scales) {
    scale /= static_cast<float>(levels);
    if (scale < std::numeric_limits<float>::min()) scale = largest == 0 ? 1 : largest;
  }
  return scales;
}

void quantize_weights(const WeightLayout& layout, std::size_t first_row, std::span<const float> weights,
                      std::span<const float> factors, std::span<const float> scales, int levels,
                      std::span<std::int8_t> to) {
  const auto visit = [&](std::size_t i, std::size_t out, std::size_t in) {
    const float x = scaled(weights, factors, i, in);
    to[i] = static_cast<std::int8_t>(step_of(x, scales[out], static_cast<float>(levels)));
  };
  for_each_weight(layout, first_row, weights.size() / layout.row_size(), visit);
}

std::vector<double> lost_means(const WeightLayout& layout, std::span<const float> weights,
                               std::span<const float> factors, std::span<const float> scales, int levels,
                               std::span<const double> means) {
  std::vector<double> lost(layout.outs, 0);
  for_each_weight(layout, [&](std::size_t i, std::size_t out, std::size_t in) {
    const float x = scaled(weights, factors, i, in);
    const double kept = static_cast<double>(step_of(x, scales[out], static_cast<float>(levels))) * scales[out];
    lost[out] += (x - kept) * means[in];
  });
  return lost;
}

}  // namespace autoaccel::quantize
