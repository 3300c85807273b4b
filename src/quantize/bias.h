#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace autoaccel::quantize {

/// Scales of weights with which biases fit into int32: a channel whose |bias| / (s_input · s_weight) is beyond 2^30
/// gets a larger scale, and so does one whose s_input · s_weight would not be a normal number. Channels with a weight
/// that matters are never among them: their biases would be 2^23 times what the weight can add.
std::vector<float> scales_for_bias(std::span<const float> weight_scales, float input_scale,
                                   std::span<const double> bias);

/// A bias as integers: bias ≈ value · scale, by channel.
struct IntegerBias {
  std::vector<std::int32_t> values;
  std::vector<float> scales;  ///< s_input · s_weight
};

/// errors  a bias outside int32 is clamped: take the scales from scales_for_bias
IntegerBias integer_bias(std::span<const double> bias, float input_scale, std::span<const float> weight_scales);

}  // namespace autoaccel::quantize
