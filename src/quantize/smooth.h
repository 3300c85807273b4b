#pragma once

#include <span>
#include <vector>

#include "quantize/calibrator.h"
#include "quantize/weight_scales.h"

namespace autoaccel::quantize {

/// What quantizing a value and a layer's weight costs the layer's result, told by channels.
struct LayerSensitivity {
  WeightLayout layout;
  std::vector<double> energy;  ///< Σ w² of each input channel
  std::vector<float> largest;  ///< max |w| by output and input channel, [outs][inputs]
};

/// layout  of one group
LayerSensitivity sensitivity_of(const WeightLayout& layout, std::span<const float> weights);

/// Channels of an activation as they were seen.
struct ChannelRanges {
  std::vector<float> low, high;     ///< ≤ 0, ≥ 0
  std::vector<double> mean_square;  ///< E[x²]
};

/// Divide each channel by its factor before quantization, multiply the weights that read it by the same.
struct Smoothing {
  std::vector<float> factors;  ///< by channel, in (0, 1]; empty: leave it
  Range range;                 ///< of the value after the division
  double gain = 1;             ///< foretold noise of the layers without it / with it
};

/// The factors that foretell the least noise in the results of the layers that read a value.
///
/// A value has one step for all its channels, which is coarse for the quiet ones; factors take the step of channel c
/// down to f_c of it, and make the weights of that channel smaller beside the others. The noise of a layer's result is
/// Σ_c (step · f_c)²/12 · Σ w_c² for the activation and Σ_o (max_c |w_oc| f_c / levels)²/12 · kernel · Σ_c E[x_c²] /
/// f_c² for the weight. Tried: f_c = u_c^a, where u_c is the part of the range that channel c uses, for several a, and
/// with the narrower side of the range widened by several powers of two, so that a short tail on one side does not hold
/// all channels up.
///
/// range   of the value for all its channels, by whichever calibrator; each channel's own is cut to it
/// rules   for the activation
/// returns no factors when the best are foretold to gain less than a quarter of the noise
/// source  the trade is that of SmoothQuant (Xiao et al., 2022); here it is by foretold noise, not by a fixed exponent
Smoothing choose_smoothing(const ChannelRanges& channels, const Range& range, const RangeRules& rules,
                           std::span<const LayerSensitivity> layers, int weight_levels);

}  // namespace autoaccel::quantize
