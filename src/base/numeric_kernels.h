#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace autoaccel::base {

/// Conversions of arrays between float32 and a 16-bit float, by one instruction set. All sets give the same bits.
struct FloatKernels {
  std::string_view name;
  void (*float16_from_float32)(const float* from, std::uint16_t* to, std::size_t count);
  void (*float32_from_float16)(const std::uint16_t* from, float* to, std::size_t count);
  void (*bfloat16_from_float32)(const float* from, std::uint16_t* to, std::size_t count);
  void (*float32_from_bfloat16)(const std::uint16_t* from, float* to, std::size_t count);
};

/// Those that this processor can run, slowest first; the first needs no special instructions.
std::span<const FloatKernels> float_kernels();

}  // namespace autoaccel::base
