#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "quantize/weight_scales.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

/// A Conv, ConvTranspose, MatMul or Gemm in the form that integer kernels take.
struct IntegerLayer {
  const onnx::NodeProto* node = nullptr;
  const rewrite::Value* input = nullptr;      ///< the activation, input number 0
  const rewrite::Value* weight = nullptr;     ///< input number 1: a constant, or the second activation of a MatMul
  const rewrite::Value* bias = nullptr;       ///< constant, one number a channel; nullptr: none
  const onnx::NodeProto* bias_add = nullptr;  ///< the Add behind a MatMul that `bias` belongs to
  int bias_slot = 2;                          ///< of `bias` in the node, or in bias_add
  WeightLayout layout;                        ///< of a constant weight
  double multiply_adds = 0;                   ///< rewrite::node_work
  bool is_work_known = false;                 ///< were all shapes known for it?

  bool is_product() const { return !weight->is_constant(); }  ///< of two activations
  bool is_depthwise() const { return layout.groups > 1 && layout.ins == 1; }
  int weight_axis() const { return layout.is_out_first ? 0 : 1; }  ///< of its output channels
  int input_axis() const;                                          ///< of the activation's channels: 1, or −1
};

/// A layer, or why the node is none.
struct FoundLayer {
  std::optional<IntegerLayer> layer;
  std::string refusal;  ///< a clause, when there is no layer
};

/// types  of the model (infer_types)
FoundLayer integer_layer(const rewrite::PlacedNode& placed, const rewrite::ValueTable& table,
                         const std::map<std::string, TensorInfo>& types);

}  // namespace autoaccel::quantize
