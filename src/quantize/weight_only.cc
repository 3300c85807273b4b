#include "quantize/weight_only.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "quantize/weight_only_scales.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

namespace {

using rewrite::Use;
using rewrite::Value;

constexpr int kPerChannelOpset = 13;
constexpr std::uint64_t kSliceBytes = 4 << 20;

/// The axis of output channels in a weight of this rank that is input number `slot` of the node; nullopt when it is not
/// a weight.
std::optional<int> channel_axis(const onnx::NodeProto& node, int slot, int rank) {
  if (slot != 1 || !model::is_standard(node)) return std::nullopt;
  if (node.op_type() == "MatMul" && rank >= 2) return rank - 1;
  if (node.op_type() == "Gemm" && rank == 2) return model::attribute_int(node, "transB", 0) != 0 ? 0 : 1;
  if (node.op_type() == "Conv" && rank >= 3) return 0;
  return std::nullopt;
}

ChannelLayout layout_of(const onnx::TensorProto& tensor, int axis) {
  ChannelLayout layout{.count = static_cast<std::size_t>(tensor.dims(axis))};
  for (int i = axis + 1; i < tensor.dims_size(); ++i) layout.inner *= static_cast<std::size_t>(tensor.dims(i));
  return layout;
}

std::span<const float> floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::span<std::uint8_t> octets(std::span<std::byte> bytes) {
  return {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

onnx::NodeProto make_dequantize(const std::vector<std::string>& inputs, const std::string& output, int axis) {
  onnx::NodeProto node;
  node.set_op_type("DequantizeLinear");
  node.set_name(inputs[0] + "_dequantize");
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("axis");
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(axis);
  return node;
}

onnx::TensorProto make_constant(const std::string& name, int type, std::size_t size, std::span<const std::byte> bytes) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  tensor.add_dims(static_cast<std::int64_t>(size));
  model::Model::set_inline(tensor, bytes);
  return tensor;
}

class WeightQuantizer {
 public:
  WeightQuantizer(model::Model& model, const rewrite::PassContext& context)
      : model_(model), table_(model.proto()), names_(model.proto()) {
    for (const rewrite::PlacedNode& placed : table_.nodes()) {
      if (context.keep_nodes.contains(placed.id) || context.keep_nodes.contains(placed.node->name()))
        kept_.insert(placed.node);
    }
  }

  void run(rewrite::PassReport& report) {
    std::vector<std::pair<Value*, int>> candidates;
    for (Value& value : table_.values()) {
      if (const auto axis = axis_of(value)) candidates.emplace_back(&value, *axis);
    }
    if (!candidates.empty() && model_.opset() < kPerChannelOpset) {
      throw Error(Cause::unsupported, fmt::format("scales by channel need opset {}, and the model has {}",
                                                  kPerChannelOpset, model_.opset()));
    }
    for (const auto& [value, axis] : candidates) store(*value, axis);
    insert();
    describe(report);
  }

 private:
  /// The axis on which all readers of a large float32 constant agree; nullopt for what stays.
  std::optional<int> axis_of(const Value& value) const {
    if (value.weight == nullptr || value.type != ElementType::float32 || value.uses.empty()) return std::nullopt;
    if (model::Model::weight_bytes(*value.weight) <= model::Model::kInlineBytes) return std::nullopt;
    std::optional<int> axis;
    for (const Use& use : value.uses) {
      if (use.node == nullptr || kept_.contains(use.node)) return std::nullopt;
      const auto wanted = channel_axis(*use.node, use.slot, value.weight->dims_size());
      if (!wanted || (axis && *axis != *wanted)) return std::nullopt;
      axis = wanted;
    }
    return axis;
  }

  ChannelScales scales_of(const onnx::TensorProto& weight, const ChannelLayout& layout) const {
    const std::uint64_t period_bytes = layout.period() * sizeof(float);
    const std::uint64_t slice_bytes = std::max<std::uint64_t>(1, kSliceBytes / period_bytes) * period_bytes;
    return choose_scales(layout, [&](const std::function<void(std::span<const float>)>& visit) {
      model_.for_each_slice(weight, slice_bytes, [&](std::span<const std::byte> slice) { visit(floats(slice)); });
    });
  }

  void store(Value& value, int axis) {
    const ChannelLayout layout = layout_of(*value.weight, axis);
    const auto scales = std::make_shared<const ChannelScales>(scales_of(*value.weight, layout));
    if (scales->scale.empty()) {
      ++not_usable_;
      return;
    }
    const std::string stored = names_.make(value.name + "_uint8");
    const std::string scale = names_.make(value.name + "_scale");
    const std::string zero_point = names_.make(value.name + "_zero_point");
    ++tensors_;
    const std::uint64_t bytes = model::Model::weight_bytes(*value.weight);
    bytes_before_ += bytes;
    bytes_after_ += bytes / sizeof(float) + layout.count * (sizeof(float) + 1);
    Added& added = added_[value.graph];
    added.nodes.push_back(make_dequantize({stored, scale, zero_point}, value.name, axis));
    added.tensors.push_back(
        make_constant(scale, onnx::TensorProto::FLOAT, layout.count, std::as_bytes(std::span(scales->scale))));
    added.tensors.push_back(make_constant(zero_point, onnx::TensorProto::UINT8, layout.count,
                                          std::as_bytes(std::span(scales->zero_point))));
    convert(*value.weight, stored, layout, scales);
    if (value.producer != nullptr) {
      added.tensors.push_back(*value.weight);
      added.replaced.insert(value.producer);
    }
  }

  void convert(onnx::TensorProto& tensor, const std::string& name, const ChannelLayout& layout,
               std::shared_ptr<const ChannelScales> scales) {
    onnx::TensorProto source = std::exchange(tensor, {});
    tensor.set_name(name);
    *tensor.mutable_dims() = source.dims();
    tensor.set_data_type(onnx::TensorProto::UINT8);
    model_.set_derived(tensor,
                       {.source = std::move(source),
                        .source_slice_bytes = layout.period() * sizeof(float),
                        .slice_bytes = layout.period(),
                        .convert = [layout, scales](std::span<const std::byte> from, std::span<std::byte> to, auto) {
                          quantize(layout, *scales, floats(from), octets(to));
                        }});
  }

  /// Dequantizing nodes go to the front of their graph, in the place of Constant nodes.
  void insert() {
    for (auto& [graph, added] : added_) {
      model::remove_nodes(*graph, [&](const onnx::NodeProto& node) { return added.replaced.contains(&node); });
      std::vector<onnx::NodeProto*> nodes(static_cast<std::size_t>(graph->node_size()));
      graph->mutable_node()->ExtractSubrange(0, graph->node_size(), nodes.data());
      for (onnx::NodeProto& node : added.nodes) *graph->add_node() = std::move(node);
      for (onnx::NodeProto* node : nodes) graph->mutable_node()->AddAllocated(node);
      for (onnx::TensorProto& tensor : added.tensors) *graph->add_initializer() = std::move(tensor);
    }
  }

  void describe(rewrite::PassReport& report) const {
    if (tensors_ == 0) {
      report.nothing_to_convert =
          not_usable_ > 0
              ? fmt::format("none of the {} weights has a range that 8 bits can divide", not_usable_)
              : fmt::format("no MatMul, Gemm or Conv has constant float32 weights of more than {} bytes for itself",
                            model::Model::kInlineBytes);
      return;
    }
    report.weights_converted += tensors_;
    report.notes.push_back(fmt::format("{} weight{} stored as uint8 by channel: {} instead of {}", tensors_,
                                       tensors_ == 1 ? "" : "s", base::human_bytes(bytes_after_),
                                       base::human_bytes(bytes_before_)));
    if (not_usable_ > 0)
      report.notes.push_back(
          fmt::format("{} weights stay float32: NaN, infinities or too wide or narrow a range", not_usable_));
  }

  struct Added {
    std::vector<onnx::NodeProto> nodes;
    std::vector<onnx::TensorProto> tensors;
    std::set<const onnx::NodeProto*> replaced;  ///< Constant nodes whose tensor became an initializer
  };
  model::Model& model_;
  rewrite::ValueTable table_;
  model::UniqueNames names_;
  std::set<const onnx::NodeProto*> kept_;
  std::unordered_map<onnx::GraphProto*, Added> added_;
  int tensors_ = 0;
  int not_usable_ = 0;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t bytes_after_ = 0;
};

void store_weights_as_int8(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  rewrite::prepare_graph(model);
  WeightQuantizer(model, context).run(report);
}

}  // namespace

const rewrite::Pass kStoreWeightsAsInt8{"store_weights_as_int8",
                                        "stores weights of MatMul, Gemm and Conv in 8 bits, computes in float32",
                                        store_weights_as_int8};

}  // namespace autoaccel::quantize
