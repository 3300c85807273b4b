#include "quantize/dynamic_layers.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <utility>

#include "autoaccel/error.h"
#include "model/graph.h"
#include "quantize/integer_tensors.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;
using onnx::TensorProto;

constexpr int kLevels = 127;

/// int8 values of a weight as the columns that MatMulInteger wants, of which it has none for rows.
void make_columns(const DynamicLayer& layer, std::span<const float> weights, std::span<std::int8_t> to) {
  static const std::vector<float> kNone;
  const WeightLayout& layout = layer.layout;
  const std::vector<float>& factors = layer.factors ? *layer.factors : kNone;
  if (!layout.is_out_first) return quantize_weights(layout, 0, weights, factors, layer.scales, kLevels, to);
  std::vector<std::int8_t> rows(weights.size());
  quantize_weights(layout, 0, weights, factors, layer.scales, kLevels, rows);
  for (std::size_t out = 0; out < layout.outs; ++out)
    for (std::size_t in = 0; in < layout.ins; ++in) to[in * layout.outs + out] = rows[out * layout.ins + in];
}

TensorProto floats(model::Model& model, const std::string& name, const std::vector<float>& values) {
  TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(TensorProto::FLOAT);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  const auto own = std::make_shared<const std::vector<float>>(values);
  set_bytes(model, tensor, own, std::as_bytes(std::span(*own)));
  return tensor;
}

class DynamicInserter {
 public:
  explicit DynamicInserter(model::Model& model) : model_(model), table_(model.proto()), names_(model.proto()) {}

  void insert(const std::vector<DynamicLayer>& layers) {
    std::map<std::string, const rewrite::PlacedNode*> nodes;
    for (const rewrite::PlacedNode& placed : table_.nodes()) nodes.emplace(placed.id, &placed);
    std::map<GraphProto*, NodesByNode> changed;
    for (const DynamicLayer& layer : layers) {
      const auto found = nodes.find(layer.id);
      if (found == nodes.end()) throw Error(Cause::defect, "no node " + layer.id + " for dynamic INT8");
      const rewrite::PlacedNode& placed = *found->second;
      changed[placed.graph].emplace(placed.node, replacement(layer, *placed.node, *placed.graph));
    }
    for (auto& [graph, replaced] : changed) replace_nodes(*graph, std::move(replaced));
    for (TensorProto& tensor : tensors_) *model_.proto().mutable_graph()->add_initializer() = std::move(tensor);
  }

 private:
  /// Names of an activation's integers, scale and zero point.
  struct Quantized {
    std::string integers, scale, zero_point;
  };

  std::vector<NodeProto> replacement(const DynamicLayer& layer, const NodeProto& node, const GraphProto& graph) {
    std::vector<NodeProto> nodes;
    const std::string& output = node.output(0);
    const Quantized x = quantized(layer, graph, nodes);
    const auto [weight, weight_scale] = integer_weight(layer, *table_.input(node, 1)->weight, node.input(1));
    const auto add = [&](const std::string& op, const std::vector<std::string>& inputs, const std::string& what) {
      nodes.push_back(make_node(op, inputs, what.empty() ? output : names_.make(output + what)));
      nodes.back().set_name(names_.make(nodes.back().output(0) + "_" + op));
      return nodes.back().output(0);
    };
    const bool has_bias = node.input_size() > 2 && !node.input(2).empty();
    const std::string sums = add("MatMulInteger", {x.integers, weight, x.zero_point}, "_int32");
    const std::string wide = add("Cast", {sums}, "_float");
    set_attribute(nodes.back(), "to", TensorProto::FLOAT);
    const std::string scale = add("Mul", {x.scale, weight_scale}, "_scale");
    const std::string product = add("Mul", {wide, scale}, has_bias ? "_product" : "");
    if (has_bias) add("Add", {product, node.input(2)}, "");
    return nodes;
  }

  /// Made in front of the first layer that reads it.
  Quantized quantized(const DynamicLayer& layer, const GraphProto& graph, std::vector<NodeProto>& nodes) {
    Quantized& known = quantized_[{&graph, layer.input}];
    if (!known.integers.empty()) return known;
    std::string input = layer.input;
    if (layer.factors) {
      std::vector<float> inverse;
      for (const float factor : *layer.factors) inverse.push_back(1 / factor);
      tensors_.push_back(floats(model_, names_.make(input + "_smoothing"), inverse));
      nodes.push_back(make_node("Mul", {input, tensors_.back().name()}, names_.make(input + "_smooth")));
      input = nodes.back().output(0);
    }
    known = {names_.make(layer.input + "_uint8"), names_.make(layer.input + "_scale"),
             names_.make(layer.input + "_zero_point")};
    nodes.push_back(make_node("DynamicQuantizeLinear", {input}, known.integers));
    nodes.back().add_output(known.scale);
    nodes.back().add_output(known.zero_point);
    return known;
  }

  /// Names of the integers and their scale. Layers that read one weight may differ in their factors.
  std::pair<std::string, std::string> integer_weight(const DynamicLayer& layer, const TensorProto& source,
                                                     const std::string& name) {
    auto& known = weights_[{&source, layer.factors.get()}];
    if (!known.first.empty()) return known;
    TensorProto integers;
    integers.set_name(names_.make(name + "_int8"));
    integers.set_data_type(TensorProto::INT8);
    integers.add_dims(static_cast<std::int64_t>(layer.layout.ins));
    integers.add_dims(static_cast<std::int64_t>(layer.layout.outs));
    const std::uint64_t bytes = model::Model::weight_bytes(source);
    const auto convert = [layer](std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t /*first*/) {
      make_columns(layer, {reinterpret_cast<const float*>(from.data()), from.size() / sizeof(float)},
                   {reinterpret_cast<std::int8_t*>(to.data()), to.size()});
    };
    // Rows become columns: one slice.
    model_.set_derived(
        integers,
        {.source = source, .source_slice_bytes = bytes, .slice_bytes = bytes / sizeof(float), .convert = convert});
    tensors_.push_back(std::move(integers));
    tensors_.push_back(floats(model_, names_.make(name + "_scale"), layer.scales));
    return known = {tensors_[tensors_.size() - 2].name(), tensors_.back().name()};
  }

  model::Model& model_;
  const rewrite::ValueTable table_;
  model::UniqueNames names_;
  std::map<std::pair<const GraphProto*, std::string>, Quantized> quantized_;
  std::map<std::pair<const TensorProto*, const std::vector<float>*>, std::pair<std::string, std::string>> weights_;
  std::vector<TensorProto> tensors_;
};

}  // namespace

void insert_dynamic(model::Model& model, const std::vector<DynamicLayer>& layers) {
  DynamicInserter(model).insert(layers);
}

}  // namespace autoaccel::quantize
