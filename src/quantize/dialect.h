#pragma once

#include <onnx/onnx_pb.h>

#include <span>
#include <string_view>

namespace autoaccel::quantize {

/// What a runtime wants to see of Q/DQ in an ONNX graph before it computes on integers.
///
/// In all of them activations have one scale a tensor, and weights are int8 with one scale for each output channel,
/// zero point 0 and levels −127 … 127, stored as integers behind a DequantizeLinear. A layer is a node whose time goes
/// into products and sums: Conv, ConvTranspose, MatMul, Gemm.
struct Dialect {
  std::string_view runtime;
  bool is_symmetric = false;  ///< activations are int8 with zero point 0; else uint8

  std::span<const std::string_view> layers;  ///< operators that have an integer kernel of this kind

  /// Layers that have one only when their own result is quantized too; their readers all get the quantized values, and
  /// `followers` between them compute on integers as well.
  std::span<const std::string_view> closed_layers;
  std::span<const std::string_view> followers;
  std::span<const std::string_view> movers;  ///< followers with one scale on both sides, because they only move values

  bool has_integer_biases = false;  ///< biases are int32 of scale s_input · s_weight
  /// Products of two activations, as of queries and keys in attention, gain by integers: int8 with zero point 0, and
  /// probabilities uint8.
  bool has_products = false;
  bool is_quick_depthwise = false;  ///< convolutions of one channel each gain by integers
  bool has_residuals = false;  ///< a sum that a layer feeds gets its other term quantized, to be one kernel with it
  bool smooths_before_any_layer = false;  ///< a Mul in front of a Q costs nothing; else only MatMul and Gemm repay it

  /// Layers with fewer channels on either side are no faster in integers.
  int least_channels = 1;
};

/// nullptr for a runtime that takes no Q/DQ.
const Dialect* find_dialect(std::string_view runtime);

/// Is the node one of these standard operators?
bool is_any(const onnx::NodeProto& node, std::span<const std::string_view> ops);

}  // namespace autoaccel::quantize
