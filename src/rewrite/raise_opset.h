#pragma once

#include "model/model.h"

namespace autoaccel::rewrite {

/// Raises the default opset to `version` with ONNX's version converter, where the model's is lower.
///
/// Weights take no part in it and stay where they are; so do the names of values, of inputs and of outputs.
/// errors  unsupported: the converter has no way for one of the operators, in its words; functions of the model are
/// left
///         (inline_functions comes first)
/// source  onnx/version_converter/convert.h
void raise_opset(model::Model& model, int version);

}  // namespace autoaccel::rewrite
