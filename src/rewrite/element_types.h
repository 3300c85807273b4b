#pragma once

#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <span>
#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::rewrite {

using FormalParameter = onnx::OpSchema::FormalParameter;

/// The parameter that describes slot `slot`; a variadic last one describes all that follow. nullptr beyond the list.
const FormalParameter* parameter(std::span<const FormalParameter> parameters, int slot);

/// May a tensor of this type stand there?
bool allows(const FormalParameter& parameter, ElementType type);

/// Element types of the outputs of `node`, from those of its inputs and from its attributes; `undefined` where neither
/// the schema nor the attributes tell (custom operators, control flow, sequences).
///
/// Needs no shapes, and so also answers for models whose declared shapes contradict each other, where ONNX's shape
/// inference gives up on a node as a whole.
///
/// schema  nullptr: an operator that ONNX does not define
std::vector<ElementType> output_types(const onnx::NodeProto& node, std::span<const ElementType> inputs,
                                      const onnx::OpSchema* schema);

/// The element type of a declared tensor; undefined for sequences, optionals, and when nothing is declared.
ElementType element_type(const onnx::TypeProto& type);

}  // namespace autoaccel::rewrite
