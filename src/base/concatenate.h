#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// The parts one after the other along `axis`: ONNX's Concat.
///
/// parts   at least one; equal types of whole bytes, equal shapes except along the axis
/// errors  defect: otherwise
Tensor concatenated(std::span<const Tensor* const> parts, std::size_t axis);

/// Equal parts along `axis`: what `concatenated` would put together again.
///
/// whole   of a type of whole bytes; `parts` divides its length along the axis
/// errors  defect: otherwise
std::vector<Tensor> split(const Tensor& whole, std::size_t axis, std::size_t parts);

}  // namespace autoaccel::base
