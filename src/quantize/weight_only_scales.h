#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/model.h"
#include "quantize/block_kernels.h"

namespace autoaccel::quantize {

/// Which elements of a dense tensor share a scale: `block` of them, each `inner` behind the one before.
///
/// Elements lie in groups of inner · block, one after the other; element e of a group belongs to its block e % inner.
/// Columns of a matrix [K, N] in blocks of 32: {32, N}. Rows of [N, K]: {32, 1}. Channels of a convolution: {size / C,
/// 1}.
struct BlockLayout {
  std::size_t block = 1;
  std::size_t inner = 1;

  std::size_t group() const { return block * inner; }
};

/// x ≈ (q − zero_point) · scale with q in [0, 2^bits − 1].
///
/// By block, in the order of the groups. Empty: the tensor holds NaN or infinities, or a range that is not finite.
struct BlockScales {
  int bits = 8;
  std::vector<float> scale;  ///< finite and > 0
  std::vector<std::uint8_t> zero_point;
  double error = 0;   ///< Σ (x − what is stored)² over the tensor
  double energy = 0;  ///< Σ x²
};

/// What is tried for 4 or 8 bits.
BlockSearch search_for(int bits);

/// A tensor whose scales are to be chosen.
struct ScaleJob {
  const onnx::TensorProto* tensor = nullptr;  ///< float32, of whole groups
  BlockLayout layout;
  int bits = 8;  ///< 4 or 8
};

/// The scales and zero points of least squared error among some: the block's range with 0 in it, wider and narrower
/// ones, each refitted to the integers that it gives. Rounding to nearest takes the range as it is.
///
/// cost  one read of each tensor, on all cores; in memory a few groups for each of at most eight threads
std::vector<BlockScales> choose_scales(const model::Model& model, std::span<const ScaleJob> jobs);

/// The same for one tensor in memory.
BlockScales choose_scales(const BlockLayout& layout, int bits, std::span<const float> values);

/// q = saturate(round half to even(x / scale) + zero_point), as ONNX's QuantizeLinear; NaN gives 0.
///
/// first  number in the tensor of the first of `from`; a multiple of layout.inner, and of layout.block where inner is 1
/// from   as many elements as `to` has, a multiple of the same
void quantize(const BlockLayout& layout, const BlockScales& scales, std::size_t first, std::span<const float> from,
              std::span<std::uint8_t> to);

/// Two 4-bit integers an octet, the first in its lower half; an odd one out leaves the upper half 0.
///
/// to  (from.size() + 1) / 2 octets
void pack_nibbles(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);

}  // namespace autoaccel::quantize
