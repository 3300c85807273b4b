#pragma once

#include <cstddef>
#include <span>

#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// The parts one after the other along `axis`: ONNX's Concat.
///
/// parts   at least one; equal types of whole bytes, equal shapes except along the axis
/// errors  defect: otherwise
Tensor concatenated(std::span<const Tensor* const> parts, std::size_t axis);

}  // namespace autoaccel::base
