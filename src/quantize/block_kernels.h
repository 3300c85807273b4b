#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace autoaccel::quantize {

/// Blocks that are looked at together, one in each lane: element t of block l at tile[t · kTileBlocks + l].
inline constexpr std::size_t kTileBlocks = 8;

/// Which scales are tried for x ≈ (q − zero_point) · scale with q in [0, steps].
struct BlockSearch {
  float steps = 255;             ///< 255 or 15
  std::span<const float> parts;  ///< of a block's range, zero included in it: each is tried as `steps` times the scale
};

/// What was found for each block of a tile.
struct BlockChoice {
  std::array<float, kTileBlocks> scale;  ///< finite and > 0; 1 for a block of zeros
  std::array<std::uint8_t, kTileBlocks> zero_point;
  std::array<float, kTileBlocks> error;   ///< Σ (x − what is stored)², at most
  std::array<float, kTileBlocks> energy;  ///< Σ x²
  bool is_usable =
      true;  ///< false: a block holds NaN or infinities, or its range is not finite; nothing else is set then
};

/// The loops over the elements of weights, by one instruction set. All sets give the same bits.
struct BlockKernels {
  std::string_view name;

  /// The scale and zero point of least squared error among those tried. Each is rounded to, its scale refitted to the
  /// integers that come out (least squares); the best is rounded to and refitted once more.
  void (*choose)(const float* tile, std::size_t block, const BlockSearch& search, BlockChoice& choice);

  /// q = saturate(round half to even(x / scale) + zero_point), as QuantizeLinear; each element has its own scale and
  /// zero point. NaN gives 0.
  void (*quantize)(const float* values, std::size_t count, const float* scales, const std::uint8_t* zero_points,
                   float steps, std::uint8_t* to);

  /// The same with one scale and zero point for all.
  void (*quantize_run)(const float* values, std::size_t count, float scale, std::uint8_t zero_point, float steps,
                       std::uint8_t* to);

  /// to[l] += Σ_i factors[i] · rows[i · kTileBlocks + l], for each lane l of a tile.
  void (*add_rows)(const float* factors, std::size_t count, const float* rows, float* to);

  /// to[i] −= Σ_j factors[j] · rows[j · stride + i], for i below `size` and j below `count`.
  void (*subtract_rows)(double* to, std::size_t size, const double* factors, std::size_t count, const double* rows,
                        std::size_t stride);
};

/// Those that this processor can run, slowest first.
std::span<const BlockKernels> block_kernels();

}  // namespace autoaccel::quantize
