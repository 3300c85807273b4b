#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// IEEE 754 binary16 ⇄ binary32, round to nearest even; overflow gives infinity, subnormals are kept.
///
/// NaN gives a quiet NaN of the same sign with the upper bits of its payload (lower bits zero when widened), as F16C does.
std::uint16_t float16_from_float32(float value);
float float32_from_float16(std::uint16_t bits);

/// bfloat16 ⇄ binary32, round to nearest even; overflow, subnormals and NaN as above.
std::uint16_t bfloat16_from_float32(float value);
float float32_from_bfloat16(std::uint16_t bits);

/// The same over arrays, with vector instructions where the processor has them (chosen at run time).
/// from.size() == to.size(); the 16-bit type is float16 or bfloat16, anything else is a defect
void convert(std::span<const float> from, std::span<std::uint16_t> to, ElementType to_type);
void convert(std::span<const std::uint16_t> from, ElementType from_type, std::span<float> to);

/// Element `index` of any numeric or boolean type up to 64 bits as a double (int64 beyond 2^53 rounds).
double element_as_double(const Tensor& tensor, std::int64_t index);

/// Elements [first, first + to.size()) as doubles, of the same types.
void copy_as_doubles(const Tensor& tensor, std::int64_t first, std::span<double> to);

/// All elements as float32; float16, bfloat16, float64, integers and booleans are converted.
/// errors  unsupported: string, complex, 4-bit types
Tensor float32_from(const Tensor& tensor);

/// Every element cast to `type`, both of 8 to 64 bits: floats, integers, boolean.
///
/// To floats: one rounding, to nearest even. To integers: truncated, saturated where out of range (also from integers),
/// NaN gives 0. To boolean: true unless zero.
/// errors  unsupported: string, complex, 4-bit and 8-bit float types
Tensor cast(const Tensor& tensor, ElementType type);

}  // namespace autoaccel::base
