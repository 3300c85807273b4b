#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// IEEE 754 binary16 ⇄ binary32, round to nearest even; overflow gives infinity, NaN stays a quiet NaN, subnormals kept.
std::uint16_t float16_from_float32(float value);
float float32_from_float16(std::uint16_t bits);

/// bfloat16 ⇄ binary32, round to nearest even; NaN stays a quiet NaN.
std::uint16_t bfloat16_from_float32(float value);
float float32_from_bfloat16(std::uint16_t bits);

/// The same over arrays, with vector instructions where the processor has them (chosen at run time).
/// from.size() == to.size()
void convert(std::span<const float> from, std::span<std::uint16_t> to, ElementType to_type);
void convert(std::span<const std::uint16_t> from, ElementType from_type, std::span<float> to);

/// Element `index` of any numeric or boolean type up to 64 bits as a double (int64 beyond 2^53 rounds).
double element_as_double(const Tensor& tensor, std::int64_t index);

/// All elements as float32; float16, bfloat16, float64, integers and booleans are converted.
/// errors  unsupported: string, complex, 4-bit types
Tensor float32_from(const Tensor& tensor);

/// Every element cast to `type` (numeric types of 8 to 64 bits, boolean, float16, bfloat16). Floats to integers
/// truncate; out-of-range values saturate.
Tensor cast(const Tensor& tensor, ElementType type);

}  // namespace autoaccel::base
