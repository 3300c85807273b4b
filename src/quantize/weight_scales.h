#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace autoaccel::quantize {

/// Where the channels of a layer's weight lie: it has the axes [outs, ins, kernel…] or [ins, outs, kernel…].
struct WeightLayout {
  bool is_out_first = true;
  std::size_t outs = 0;
  std::size_t ins = 0;  ///< of one group
  std::size_t kernel = 1;
  std::size_t groups = 1;  ///< above 1 only when is_out_first

  std::size_t size() const { return outs * ins * kernel; }
  std::size_t inputs() const { return ins * groups; }  ///< channels of the layer's input

  /// The first input channel that output channel `out` reads.
  std::size_t first_in(std::size_t out) const { return groups == 1 ? 0 : out / (outs / groups) * ins; }

  std::size_t rows() const { return is_out_first ? outs : ins; }  ///< of the tensor: its first axis
  std::size_t row_size() const { return size() / rows(); }
};

/// Calls visit(index of the element, output channel, input channel) for each element of `count` rows from `first_row`
/// on, front to back; indices count from 0.
template <typename Visit>
void for_each_weight(const WeightLayout& layout, std::size_t first_row, std::size_t count, const Visit& visit) {
  const std::size_t columns = layout.is_out_first ? layout.ins : layout.outs;
  std::size_t i = 0;
  for (std::size_t row = first_row; row < first_row + count; ++row) {
    const std::size_t first = layout.is_out_first ? layout.first_in(row) : 0;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t out = layout.is_out_first ? row : column;
      const std::size_t in = layout.is_out_first ? first + column : row;
      for (std::size_t k = 0; k < layout.kernel; ++k) visit(i++, out, in);
    }
  }
}

/// The same for all rows.
template <typename Visit>
void for_each_weight(const WeightLayout& layout, const Visit& visit) {
  for_each_weight(layout, 0, layout.rows(), visit);
}

/// The symmetric scale of each output channel, s_o = max |w_oc · f_c| / levels, so that q = round(w · f / s) stays in
/// [−levels, levels].
///
/// factors  by input channel, > 0; empty: all 1
/// levels   127, or 63 where the products of 8-bit values overflow
/// returns  all > 0 and normal numbers; a channel of zeros (or nearly) gets the largest scale of the others, or 1.
///          Empty: the weight holds NaN or infinities, or nothing in it is large enough for a scale
std::vector<float> channel_scales(const WeightLayout& layout, std::span<const float> weights,
                                  std::span<const float> factors, int levels);

/// q = clamp(round half to even(w · f / s), −levels, levels), for whole rows.
///
/// first_row  that of weights[0]
void quantize_weights(const WeightLayout& layout, std::size_t first_row, std::span<const float> weights,
                      std::span<const float> factors, std::span<const float> scales, int levels,
                      std::span<std::int8_t> to);

/// What quantizing takes away from the weights' sum, by output channel: Σ (w · f − q · s) · m_c over input channels and
/// kernel.
///
/// means  m_c, by input channel
std::vector<double> lost_means(const WeightLayout& layout, std::span<const float> weights,
                               std::span<const float> factors, std::span<const float> scales, int levels,
                               std::span<const double> means);

}  // namespace autoaccel::quantize
