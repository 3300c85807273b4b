#pragma once

#include <onnx/onnx_pb.h>

#include "autoaccel/tensor.h"

namespace autoaccel::contract {

/// Random elements in [-1, 1) for floats; integers from 0 to 5 for the others. The same for the same seed.
Tensor elements_of(ElementType type, const Shape& shape, unsigned seed);

/// Gives each W8x4x3x3 (or V…) that a node reads a tensor of the shape that its name asks for, with random elements.
void add_named_weights(onnx::ModelProto& proto);

}  // namespace autoaccel::contract
