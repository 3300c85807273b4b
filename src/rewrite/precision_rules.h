#pragma once

#include <onnx/onnx_pb.h>

#include <span>
#include <string_view>

#include "autoaccel/tensor.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

// What is known of ONNX's operators when a graph goes from float32 to 16 bits. All of it is tables: what an operator's
// schema allows is asked of the schema and is not repeated here. Reasons are clauses that follow `Op: `.

/// Why every node of this operator computes in float32; empty when none does.
std::string_view reason_to_keep(const onnx::NodeProto& node);

/// Does this input stay float32 though the node computes in 16 bits? (scales of Resize, grid of GridSample)
bool stays_float32(const onnx::NodeProto& node, int input);

/// Does the operator take this input as it comes, in either precision, with the same result? (Shape, Cast, IsNaN)
bool takes_either(const onnx::NodeProto& node, int input);

/// Is this input added to something of its own size in the end, so that tiny values in it may vanish? (biases)
bool is_additive(const onnx::NodeProto& node, int input);

/// An input whose value has to be exact, so that what computes it stays float32 as well.
///
/// Followed upwards through light operators (is_light), and, where `through_matmul`, through a MatMul of what light
/// operators make from inputs and constants.
struct ExactInput {
  std::string_view op;
  int input;
  bool through_matmul;
  std::string_view reason;
};
std::span<const ExactInput> exact_inputs();

/// Worth converting for itself: its time grows with more than the size of its tensors.
bool is_heavy(const onnx::NodeProto& node);

/// Moves elements and changes none.
bool is_movement(const onnx::NodeProto& node);

/// Moves elements or computes each from a few: cheap enough to stay float32 beside nodes that must.
bool is_light(const onnx::NodeProto& node);

/// Is it a node of ONNX's own domain with this operator?
bool is_op(const onnx::NodeProto& node, std::string_view op);
bool is_op(const onnx::NodeProto& node, std::span<const std::string_view> ops);

/// The finite range of a 16-bit type, and where its digits run out.
struct FloatLimits {
  double largest;          ///< finite
  double smallest_normal;  ///< below it digits are lost
  double vanishes;         ///< at or below it becomes zero: half of the smallest subnormal, which rounds to even
  double subnormal_step;   ///< distance between subnormals
};

/// type  float16 or bfloat16
const FloatLimits& limits_of(ElementType type);

}  // namespace autoaccel::rewrite
