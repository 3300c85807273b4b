#include "quantize/bias.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace autoaccel::quantize {

namespace {

constexpr double kLargestStep = 1 << 30;  // half of int32: sums of products need the rest

}  // namespace

std::vector<float> scales_for_bias(std::span<const float> weight_scales, float input_scale,
                                   std::span<const double> bias) {
  std::vector<float> scales(weight_scales.begin(), weight_scales.end());
  for (std::size_t c = 0; c < scales.size(); ++c) {
    const double for_bias = std::fabs(bias[c]) / kLargestStep;
    const double least = std::max<double>(for_bias, std::numeric_limits<float>::min()) / input_scale;
    scales[c] = std::max(scales[c], static_cast<float>(least));
  }
  return scales;
}

IntegerBias integer_bias(std::span<const double> bias, float input_scale, std::span<const float> weight_scales) {
  IntegerBias result;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const float scale = input_scale * weight_scales[c];
    const double step = std::nearbyint(bias[c] / scale);
    result.scales.push_back(scale);
    result.values.push_back(static_cast<std::int32_t>(
        std::clamp<double>(step, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max())));
  }
  return result;
}

}  // namespace autoaccel::quantize
