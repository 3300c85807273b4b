#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "model/graph.h"
#include "model/model.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

/// A Conv, ConvTranspose or Gemm that multiplies its first input by a constant float32 weight which nothing else reads.
struct Layer {
  onnx::NodeProto* node = nullptr;
  onnx::GraphProto* graph = nullptr;
  onnx::TensorProto* weight = nullptr;
  const onnx::TensorProto* bias = nullptr;  ///< one number a channel; nullptr: none
  int out_axis = 0;                         ///< of the weight
  std::size_t channels = 0;                 ///< of the output
  std::size_t groups = 1;

  int rank() const { return weight->dims_size(); }
};

/// nullopt for other nodes; for a ConvTranspose of several groups, whose weight has no axis of output channels; and for
/// a Gemm with factors other than 1.
std::optional<Layer> layer_of(const PlacedNode& placed, const ValueTable& table);

/// A constant of float32: an initializer, or what a Constant node makes.
bool is_float32_constant(const Value* value);

/// Elements of a dense tensor, as doubles. For small ones.
std::vector<double> numbers(const model::Model& model, const onnx::TensorProto& tensor);

/// Number of elements that the dims make.
std::size_t element_count(const onnx::TensorProto& tensor);

/// Multiplies what the layer makes, without its bias, by one factor for each output channel.
void scale_outputs(model::Model& model, const Layer& layer, const std::vector<double>& factors);

/// Multiplies the weight by one factor for each channel of the layer's input, as if the input had been. Conv only.
void scale_inputs(model::Model& model, const Layer& layer, const std::vector<double>& factors);

/// What the layer adds to each output channel when its input is `value[c]` everywhere in channel c. Conv only.
std::vector<double> response_to_constant(const model::Model& model, const Layer& layer,
                                         const std::vector<double>& value);

/// The bias, zeros where there is none.
std::vector<double> bias_of(const model::Model& model, const Layer& layer);

/// Gives the layer a bias of its own in the place of the one it has.
void set_bias(const Layer& layer, const std::vector<double>& bias, model::UniqueNames& names);

}  // namespace autoaccel::rewrite
