#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace autoaccel::quantize {

/// Where the channels of a dense tensor lie: index i belongs to channel (i / inner) % count.
struct ChannelLayout {
  std::size_t count = 0;  ///< size of the channel axis, ≥ 1
  std::size_t inner = 1;  ///< product of the dims behind it, ≥ 1

  /// Elements after which the channels repeat; what is read or written at once holds a multiple of it.
  std::size_t period() const { return count * inner; }
};

/// x ≈ (q − zero_point) · scale with q in [0, 255], by channel.
struct ChannelScales {
  std::vector<float> scale;              ///< finite and > 0
  std::vector<std::uint8_t> zero_point;  ///< as many
};

/// Calls its argument with the tensor's elements front to back, in pieces of whole periods; the same ones each time.
using ReadFloats = std::function<void(const std::function<void(std::span<const float>)>&)>;

/// The scales and zero points of the least squared error, by channel, among these: the channel's range with 0 in it,
/// that range narrowed by 1 to 12 %, which clips its ends, and the symmetric range.
///
/// returns  no scales when the tensor holds NaN, an infinity, or a channel whose range is not finite in float32 or too
///          narrow for normal numbers; a channel of zeros gets scale 1 and zero point 128
/// cost     two reads, the second with one rounding an element and candidate; holds figures by channel only
ChannelScales choose_scales(const ChannelLayout& layout, const ReadFloats& read);

/// q = saturate(round half to even(x / scale) + zero_point), as ONNX's QuantizeLinear.
///
/// from, to  finite elements, as many, a multiple of layout.period()
void quantize(const ChannelLayout& layout, const ChannelScales& scales, std::span<const float> from,
              std::span<std::uint8_t> to);

}  // namespace autoaccel::quantize
