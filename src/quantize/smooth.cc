#include "quantize/smooth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace autoaccel::quantize {

namespace {

constexpr std::array<double, 4> kExponents{0.25, 0.5, 0.75, 1};
constexpr int kWidenings = 9;        // 1, 2, …, 256 times the narrower side
constexpr double kLeastGain = 1.25;  // below it the extra Mul and the risk are not repaid
constexpr double kLeastPart = 1e-3;  // of the range, for channels that are all but silent

/// Σ_o (max_c |w_oc| · f_c)²
double widest_weights(const LayerSensitivity& layer, std::span<const float> factors) {
  const std::size_t inputs = factors.size();
  double sum = 0;
  for (std::size_t out = 0; out < layer.layout.outs; ++out) {
    const float* row = layer.largest.data() + out * inputs;
    float widest = 0;
    for (std::size_t in = 0; in < inputs; ++in) widest = std::max(widest, row[in] * factors[in]);
    sum += static_cast<double>(widest) * widest;
  }
  return sum;
}

/// The foretold noise, but for the factor 1/12 that all of it has.
double noise(const ChannelRanges& channels, double step, std::span<const LayerSensitivity> layers, int weight_levels,
             std::span<const float> factors) {
  double activation = 0;  // Σ_c E[x_c²] / f_c²
  for (std::size_t c = 0; c < factors.size(); ++c)
    activation += channels.mean_square[c] / (static_cast<double>(factors[c]) * factors[c]);
  double sum = 0;
  for (const LayerSensitivity& layer : layers) {
    double energy = 0;
    for (std::size_t c = 0; c < factors.size(); ++c)
      energy += static_cast<double>(factors[c]) * factors[c] * layer.energy[c];
    sum += step * step * energy;
    sum += widest_weights(layer, factors) / (static_cast<double>(weight_levels) * weight_levels) *
           static_cast<double>(layer.layout.kernel) * activation;
  }
  return sum;
}

/// The channels' own ranges, cut to that of all.
ChannelRanges cut(const ChannelRanges& channels, const Range& range) {
  ChannelRanges result = channels;
  for (std::size_t c = 0; c < channels.low.size(); ++c) {
    result.low[c] = std::clamp(channels.low[c], range.low, 0.0f);
    result.high[c] = std::clamp(channels.high[c], 0.0f, range.high);
  }
  return result;
}

std::vector<float> factors_of(const ChannelRanges& channels, const Range& range, double exponent) {
  std::vector<float> factors(channels.low.size());
  for (std::size_t c = 0; c < factors.size(); ++c) {
    const double below = range.low < 0 ? static_cast<double>(channels.low[c]) / range.low : 0;
    const double above = range.high > 0 ? static_cast<double>(channels.high[c]) / range.high : 0;
    factors[c] = static_cast<float>(std::pow(std::clamp(std::max(below, above), kLeastPart, 1.0), exponent));
  }
  return factors;
}

Range range_after(const ChannelRanges& channels, std::span<const float> factors, bool is_symmetric) {
  Range range;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    range.low = std::min(range.low, channels.low[c] / factors[c]);
    range.high = std::max(range.high, channels.high[c] / factors[c]);
  }
  if (is_symmetric) range.low = -(range.high = std::max(-range.low, range.high));
  return range;
}

}  // namespace

LayerSensitivity sensitivity_of(const WeightLayout& layout, std::span<const float> weights) {
  LayerSensitivity result{layout, std::vector<double>(layout.ins), std::vector<float>(layout.outs * layout.ins)};
  for_each_weight(layout, [&](std::size_t i, std::size_t out, std::size_t in) {
    result.energy[in] += static_cast<double>(weights[i]) * weights[i];
    float& largest = result.largest[out * layout.ins + in];
    largest = std::max(largest, std::fabs(weights[i]));
  });
  return result;
}

Smoothing choose_smoothing(const ChannelRanges& channels, const Range& range, const RangeRules& rules,
                           std::span<const LayerSensitivity> layers, int weight_levels) {
  const ChannelRanges inside = cut(channels, range);
  const auto noise_with = [&](const Range& of, std::span<const float> factors) {
    return noise(inside, (static_cast<double>(of.high) - of.low) / (rules.levels - 1), layers, weight_levels, factors);
  };
  const double before = noise_with(range, std::vector<float>(inside.low.size(), 1));
  double least = before;
  Smoothing best;
  for (int i = 0; i < kWidenings; ++i) {
    const auto widening = static_cast<float>(1 << i);
    const bool is_low_narrower = -range.low < range.high;
    const Range wide = is_low_narrower ? Range{std::max(range.low * widening, -range.high), range.high}
                                       : Range{range.low, std::min(range.high * widening, -range.low)};
    for (const double exponent : kExponents) {
      std::vector<float> factors = factors_of(inside, wide, exponent);
      const Range after = range_after(inside, factors, rules.symmetric);
      const double with = noise_with(after, factors);
      if (!(with < least)) continue;
      least = with;
      best = {std::move(factors), after, before / with};
    }
  }
  return best.gain < kLeastGain ? Smoothing{} : best;
}

}  // namespace autoaccel::quantize
