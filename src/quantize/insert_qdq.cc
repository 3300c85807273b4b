#include "quantize/insert_qdq.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_map>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "quantize/bias.h"
#include "quantize/weight_scales.h"
#include "rewrite/layer.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

namespace {

using onnx::NodeProto;
using rewrite::numbers;
using rewrite::Use;
using rewrite::Value;

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

class Inserter {
 public:
  Inserter(model::Model& model, const QuantizationPlan& plan)
      : model_(model),
        plan_(plan),
        graph_(*model.proto().mutable_graph()),
        table_(model.proto()),
        names_(model.proto()) {
    for (const rewrite::PlacedNode& placed : table_.nodes()) nodes_.emplace(placed.id, placed.node);
  }

  void run(rewrite::PassReport& report) {
    for (const auto& [name, value] : plan_.values) insert_pair(name, value);
    for (const auto& [id, decision] : plan_.nodes) {
      if (!decision.is_quantized) continue;
      const auto found = nodes_.find(id);
      if (found == nodes_.end())
        throw Error(Cause::defect, "the plan names " + base::printable(id) + ", which is no node");
      quantize(*found->second, decision);
    }
    for (NodeProto& node : added_nodes_) *graph_.add_node() = std::move(node);
    for (onnx::TensorProto& tensor : added_tensors_) *graph_.add_initializer() = std::move(tensor);
    describe(report);
    model::sort_nodes(graph_);  // the table's nodes are gone afterwards
  }

 private:
  std::string add_tensor(std::string_view stem, ElementType type, const Shape& shape,
                         std::span<const std::byte> bytes) {
    onnx::TensorProto& tensor = added_tensors_.emplace_back();
    tensor.set_name(names_.make(stem));
    tensor.set_data_type(static_cast<int>(type));
    for (const std::int64_t dim : shape) tensor.add_dims(dim);
    model::Model::set_inline(tensor, bytes);
    return tensor.name();
  }

  std::string add_node(std::string_view op, const std::vector<std::string>& inputs, const std::string& output) {
    NodeProto& node = added_nodes_.emplace_back();
    node.set_op_type(std::string(op));
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return output;
  }

  std::string add_dequantize(const std::vector<std::string>& inputs, const std::string& output, int axis) {
    add_node("DequantizeLinear", inputs, output);
    onnx::AttributeProto& attribute = *added_nodes_.back().add_attribute();
    attribute.set_name("axis");
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(axis);
    return output;
  }

  /// A scalar scale and zero point of the activations' type.
  std::pair<std::string, std::string> add_grid(const std::string& stem, const Grid& grid) {
    const std::vector<float> scale{grid.scale};
    const std::vector<std::uint8_t> zero{static_cast<std::uint8_t>(grid.zero_point)};  // the same byte as an int8
    return {add_tensor(stem + "_scale", ElementType::float32, {}, bytes_of(scale)),
            add_tensor(stem + "_zero_point", grid.type, {}, bytes_of(zero))};
  }

  /// Q and DQ behind a value, with the Mul that smooths it before them.
  void insert_pair(const std::string& name, const QuantizationPlan::PlannedValue& planned) {
    const auto& values = table_.values_of(graph_);
    const auto found = values.find(name);
    if (found == values.end())
      throw Error(Cause::defect, "the plan names " + base::printable(name) + ", which is no value");
    const std::vector<Use> uses = found->second->uses;
    std::string source = name;
    if (!planned.grid.factors.empty()) source = add_smoothing(name, planned.grid);
    const auto [scale, zero] = add_grid(name, planned.grid);
    const std::string stored = add_node("QuantizeLinear", {source, scale, zero}, names_.make(name + "_quantized"));
    dequantized_[name] = add_node("DequantizeLinear", {stored, scale, zero}, names_.make(name + "_dequantized"));
    if (!planned.is_closed) return;
    for (const Use& use : uses) {
      if (use.node != nullptr) use.node->set_input(use.slot, dequantized_[name]);
    }
  }

  std::string add_smoothing(const std::string& name, const Grid& grid) {
    std::vector<float> inverse;
    for (const float factor : grid.factors) inverse.push_back(1 / factor);
    const std::string factors =
        add_tensor(name + "_smoothing", ElementType::float32, grid.factors_shape, bytes_of(inverse));
    ++smoothed_;
    return add_node("Mul", {name, factors}, names_.make(name + "_smoothed"));
  }

  void quantize(NodeProto& node, const QuantizationPlan::Decision& decision) {
    ++converted_;
    std::vector<std::string> activations;
    for (const int slot : decision.slots) activations.push_back(table_.input(node, slot)->name);
    for (std::size_t i = 0; i < activations.size(); ++i)
      node.set_input(decision.slots[i], dequantized_.at(activations[i]));
    if (decision.figures != nullptr) {
      quantize_layer(node, *decision.figures, plan_.values.at(activations[0]).grid);
    } else if (is_any(node, plan_.dialect->followers)) {
      for (int i = 0; i < node.input_size(); ++i) {
        const Value* input = table_.input(node, i);
        if (input != nullptr && input->is_constant() && input->type == ElementType::float32)
          node.set_input(i, quantized_constant(*input));
      }
    }
  }

  void quantize_layer(NodeProto& node, const LayerFigures& figures, const Grid& grid) {
    LayerBias bias = bias_of(figures);
    std::vector<float> scales = figures.scales;
    const bool is_integer = plan_.dialect->has_integer_biases && bias.node == &node && !bias.values.empty();
    if (is_integer) scales = scales_for_bias(scales, grid.scale, bias.values);
    node.set_input(1, quantized_weight(*table_.input(node, 1), figures, scales));
    if (is_integer) {
      set_integer_bias(bias, integer_bias(bias.values, grid.scale, scales));
    } else if (!figures.lost_means.empty() && !bias.values.empty()) {
      set_bias(bias);
    }
    if (!figures.lost_means.empty() && !bias.values.empty()) ++corrected_;
  }

  /// Where a layer's bias stands and what it is after correction; no values when there is none and none to make.
  struct LayerBias {
    NodeProto* node = nullptr;
    int slot = 2;
    Shape shape;
    std::string stem;
    std::vector<double> values;
  };

  LayerBias bias_of(const LayerFigures& figures) {
    if (figures.bias_node.empty()) return {};
    NodeProto& node = *nodes_.at(figures.bias_node);
    LayerBias bias{.node = &node, .slot = figures.bias_slot, .stem = node.output(0) + "_bias"};
    if (const Value* found = table_.input(node, bias.slot)) {
      bias.values = numbers(model_, *found->weight);
      bias.stem = found->name;
      bias.shape.assign(found->weight->dims().begin(), found->weight->dims().end());
    } else {
      bias.values.assign(figures.lost_means.size(), 0);
      bias.shape = {static_cast<std::int64_t>(bias.values.size())};
    }
    for (std::size_t c = 0; c < figures.lost_means.size(); ++c) bias.values[c] += figures.lost_means[c];
    return bias;
  }

  static void set_input(NodeProto& node, int slot, const std::string& name) {
    while (node.input_size() <= slot) node.add_input();
    node.set_input(slot, name);
  }

  void set_bias(const LayerBias& bias) {
    const std::vector<float> values(bias.values.begin(), bias.values.end());
    set_input(*bias.node, bias.slot,
              add_tensor(bias.stem + "_corrected", ElementType::float32, bias.shape, bytes_of(values)));
  }

  void set_integer_bias(const LayerBias& bias, const IntegerBias& integers) {
    const Shape shape{static_cast<std::int64_t>(integers.values.size())};
    const std::vector<std::int32_t> zeros(integers.values.size(), 0);
    const std::vector<std::string> inputs{
        add_tensor(bias.stem + "_int32", ElementType::int32, shape, bytes_of(integers.values)),
        add_tensor(bias.stem + "_scale", ElementType::float32, shape, bytes_of(integers.scales)),
        add_tensor(bias.stem + "_zero_point", ElementType::int32, shape, bytes_of(zeros))};
    set_input(*bias.node, bias.slot, add_dequantize(inputs, names_.make(bias.stem + "_dequantized"), 0));
  }

  /// The dequantized form of a weight; layers that share one in the same form share its integers.
  std::string quantized_weight(const Value& weight, const LayerFigures& figures, const std::vector<float>& scales) {
    std::vector<float> form = scales;
    form.insert(form.end(), figures.factors.begin(), figures.factors.end());
    std::string& known = weights_[{weight.name, std::move(form)}];
    if (!known.empty()) return known;
    const Shape shape{static_cast<std::int64_t>(scales.size())};
    const std::vector<std::int8_t> zeros(scales.size(), 0);
    const std::string scale = add_tensor(weight.name + "_scale", ElementType::float32, shape, bytes_of(scales));
    const std::string zero = add_tensor(weight.name + "_zero_point", ElementType::int8, shape, bytes_of(zeros));
    const std::string stored = add_weight(*weight.weight, weight.name, figures, scales);
    return known = add_dequantize({stored, scale, zero}, names_.make(weight.name + "_dequantized"),
                                  figures.layout.is_out_first ? 0 : 1);
  }

  std::string add_weight(const onnx::TensorProto& source, const std::string& name, const LayerFigures& figures,
                         const std::vector<float>& scales) {
    onnx::TensorProto& tensor = added_tensors_.emplace_back();
    tensor.set_name(names_.make(name + "_int8"));
    tensor.set_data_type(onnx::TensorProto::INT8);
    *tensor.mutable_dims() = source.dims();
    const auto convert = [layout = figures.layout, factors = figures.factors, scales, levels = plan_.weight_levels](
                             std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t first) {
      quantize_weights(layout, first, {reinterpret_cast<const float*>(from.data()), from.size() / sizeof(float)},
                       factors, scales, levels, {reinterpret_cast<std::int8_t*>(to.data()), to.size()});
    };
    const std::uint64_t bytes = model::Model::weight_bytes(source);
    if (bytes > model::Model::kInlineBytes) {
      const std::uint64_t row = figures.layout.row_size();
      model_.set_derived(
          tensor,
          {.source = source, .source_slice_bytes = row * sizeof(float), .slice_bytes = row, .convert = convert});
      return tensor.name();
    }
    const Tensor values = model_.read_weight(source);
    std::vector<std::byte> stored(bytes / sizeof(float));
    convert(values.bytes(), stored, 0);
    model::Model::set_inline(tensor, stored);
    return tensor.name();
  }

  /// A constant that a follower reads, as activations are: one scale, the whole range.
  std::string quantized_constant(const Value& constant) {
    std::string& known = constants_[constant.name];
    if (!known.empty()) return known;
    const std::vector<double> values = numbers(model_, *constant.weight);
    double low = 0, high = 0;
    for (const double value : values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    Grid grid;
    if (high > low) grid.scale = static_cast<float>((high - low) / 255);
    grid.zero_point = static_cast<int>(std::clamp(std::nearbyint(-low / grid.scale), 0.0, 255.0));
    std::vector<std::uint8_t> stored;
    for (const double value : values) {
      stored.push_back(
          static_cast<std::uint8_t>(std::clamp<double>(std::nearbyint(value / grid.scale) + grid.zero_point, 0, 255)));
    }
    const Shape shape(constant.weight->dims().begin(), constant.weight->dims().end());
    const std::string integers = add_tensor(constant.name + "_uint8", ElementType::uint8, shape, bytes_of(stored));
    const auto [scale, zero] = add_grid(constant.name, grid);
    return known = add_node("DequantizeLinear", {integers, scale, zero}, names_.make(constant.name + "_dequantized"));
  }

  void describe(rewrite::PassReport& report) const {
    report.nodes_converted += converted_;
    report.weights_converted += static_cast<int>(weights_.size());
    for (const auto& [id, decision] : plan_.nodes) {
      if (decision.is_quantized) continue;
      ++report.nodes_kept;
      ++report.kept_by_reason[base::printable(nodes_.at(id)->op_type()) + ": " + decision.reason];
    }
    const auto note = [&](int count, std::string_view what) {
      if (count > 0) report.notes.push_back(fmt::format("{} {}", count, what));
    };
    note(static_cast<int>(weights_.size()), "weights stored as int8 by output channel");
    note(smoothed_, "activations divided by channel, and the weights behind them multiplied, before quantization");
    note(corrected_, "layers get back in their bias what quantizing takes from their mean");
  }

  model::Model& model_;
  const QuantizationPlan& plan_;
  onnx::GraphProto& graph_;
  const rewrite::ValueTable table_;
  model::UniqueNames names_;
  std::unordered_map<std::string, NodeProto*> nodes_;
  std::vector<NodeProto> added_nodes_;
  std::vector<onnx::TensorProto> added_tensors_;
  std::unordered_map<std::string, std::string> dequantized_;  ///< by the value that it stands for
  std::unordered_map<std::string, std::string> constants_;
  std::map<std::pair<std::string, std::vector<float>>, std::string> weights_;  ///< by name and scales with factors
  int converted_ = 0, smoothed_ = 0, corrected_ = 0;
};

}  // namespace

void insert_qdq(model::Model& model, const QuantizationPlan& plan, rewrite::PassReport& report) {
  Inserter(model, plan).run(report);
}

}  // namespace autoaccel::quantize
