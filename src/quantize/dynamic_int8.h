#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/model.h"
#include "quantize/dynamic_layers.h"
#include "quantize/spare_nodes.h"
#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// MatMul and Gemm with constant weights multiply integers: int8 weights with a scale for each column, and uint8
/// activations whose range is looked at in every inference. No calibration is needed.
///
/// In the form that ONNX Runtime fuses into one DynamicQuantizeMatMul, or MatMulIntegerToFloat where several layers
/// read one activation. For ONNX Runtime only: OpenVINO runs it in float32. Convolutions stay float: in integers whose
/// range is looked at every time they are slower there. With statistics in the context, channels that are quiet beside
/// others are brought up first (smooth.h).
///
/// Left as they are: nodes of `keep_nodes`, layers of less than a two-thousandth of all multiply-adds, and those whose
/// weights hold NaN or infinities.
/// errors  unsupported: the opset is below 11 and cannot be raised
extern const rewrite::Pass kQuantizeDynamically;

/// The same for as many layers as the outputs bear; the others stay float. Without a judge in the context, all of them.
///
/// errors  unsupported: as above; no useful part of the model can be INT8 within the limit
extern const rewrite::Pass kQuantizeDynamicallyWithinLimit;

/// A model whose layers can be given back to float again and again.
class DynamicInt8 {
 public:
  /// errors  as kQuantizeDynamically
  DynamicInt8(const model::Model& model, const rewrite::PassContext& context);

  /// Layers that can multiply integers, with their multiply-adds: for spare_nodes.
  LowNodes low_nodes() const;

  /// The model with all but the nodes in `kept` (ids) on integers.
  model::Model with_kept(const std::set<std::string>& kept, rewrite::PassReport& report) const;

 private:
  using Weights = std::map<std::string, const onnx::TensorProto*>;  ///< by the layer's id
  Weights find_layers(const rewrite::PassContext& context);
  void smooth(const Weights& weights, const Statistics& statistics);
  void choose_scales(const Weights& weights);

  model::Model model_;
  std::vector<DynamicLayer> layers_;  ///< in the order of the graph
  int light_ = 0;                     ///< layers that are not worth it
  int unusable_ = 0;                  ///< layers whose weights have no scale
};

}  // namespace autoaccel::quantize
