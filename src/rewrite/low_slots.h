#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

/// Which of a node's float32 inputs and outputs become 16 bits when the node computes in 16 bits.
struct LowSlots {
  std::vector<bool> inputs;
  std::vector<bool> outputs;
  std::string refusal;  ///< why none can; empty when some can
};

/// By the schema's type variables at the model's opset: every float32 input whose variable allows `low` changes, except
/// those that stay float32 by rule, and every output of a variable that changed. Outputs whose type no input decides
/// stay.
///
/// refusal  no schema, no variable that allows `low` and float32, or an input whose type is not known
LowSlots low_slots(const onnx::NodeProto& node, const ValueTable& table, ElementType low);

/// Does the node take this float32 input in 16 bits as well, with nothing else changing?
bool takes_either(const onnx::NodeProto& node, int input, const ValueTable& table, ElementType low);

/// Has the node a float32 input or output at all?
bool computes_in_float32(const onnx::NodeProto& node, const ValueTable& table);

}  // namespace autoaccel::rewrite
