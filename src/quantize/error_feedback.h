#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quantize/channel_products.h"
#include "quantize/weight_only_scales.h"

namespace autoaccel::quantize {

/// How much of each weight's rounding error the ones after it can make up for, where they see inputs that go together.
///
/// With H = Σ x xᵀ, the error of a row w of weights in the layer's result is (w − ŵ)ᵀ H (w − ŵ). H = U D Uᵀ with U
/// upper triangular and ones on its diagonal makes that Σ_k D_k (e_k + Σ_{i<k} U_ik e_i)² with e = w − ŵ, and what is
/// to be rounded for the least of it, one after the other, is w_k + Σ_{i<k} U_ik e_i. source  GPTQ (Frantar et al.,
/// 2022) in the form of LDLQ (Chee et al., 2023), which needs no inverse of H
class ErrorFeedback {
 public:
  /// Input channels that are looked at together; more have too large a matrix and stay with rounding to nearest.
  static constexpr std::size_t kMostChannels = 4096;

  /// cost  channels³ / 6 multiply-adds; 8 · channels² bytes meanwhile, half of that afterwards
  explicit ErrorFeedback(const ChannelProducts& products);

  std::size_t channels() const { return channels_; }

  /// Row k: what the errors of 0 … k − 1 add to weight k before it is rounded, U_0k … U_(k−1)k.
  std::span<const float> row(std::size_t k) const { return {&rows_[k * channels_], k}; }

 private:
  std::size_t channels_;
  std::vector<float> rows_;
};

/// A weight rounded with feedback.
struct RoundedWeight {
  std::vector<std::uint8_t> integers;  ///< one an octet, in the order of the weights
  BlockScales scales;                  ///< empty when the weight has none, as choose_scales
};

/// Rounds the weights of a layer whose input the feedback is of. Scales are chosen block by block, for what each block
/// is once it has made up for the errors before it.
///
/// layout   blocks along the input channels, of which there are feedback.channels(): columns [K, N] or rows [N, K]
/// cost     channels / 2 multiply-adds a weight, on all cores; holds the weights twice
RoundedWeight round_with_feedback(const BlockLayout& layout, int bits, std::span<const float> weights,
                                  const ErrorFeedback& feedback);

}  // namespace autoaccel::quantize
