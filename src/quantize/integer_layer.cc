#include "quantize/integer_layer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/graph.h"
#include "rewrite/layer.h"
#include "rewrite/node_work.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::quantize {

namespace {

using onnx::NodeProto;
using rewrite::is_op;
using rewrite::Value;
using rewrite::ValueTable;
using Types = std::map<std::string, TensorInfo>;

FoundLayer refused(std::string_view reason) { return {std::nullopt, std::string(reason)}; }

bool is_other_than(const NodeProto& node, std::string_view name, float usual) {
  const auto* attribute = model::find_attribute(node, name);
  return attribute != nullptr && attribute->f() != usual;
}

/// The axes of the weight; nullopt when it has others.
std::optional<WeightLayout> layout_of(const NodeProto& node, const onnx::TensorProto& weight) {
  const bool is_matrix = is_op(node, "MatMul") || is_op(node, "Gemm");
  const int rank = weight.dims_size();
  if (is_matrix ? rank != 2 : rank < 3) return std::nullopt;
  WeightLayout layout;
  layout.is_out_first = is_op(node, "Conv") || (is_op(node, "Gemm") && model::attribute_int(node, "transB", 0) != 0);
  layout.outs = static_cast<std::size_t>(weight.dims(layout.is_out_first ? 0 : 1));
  layout.ins = static_cast<std::size_t>(weight.dims(layout.is_out_first ? 1 : 0));
  for (int i = 2; i < rank; ++i) layout.kernel *= static_cast<std::size_t>(weight.dims(i));
  if (!is_matrix)
    layout.groups = static_cast<std::size_t>(std::max<std::int64_t>(1, model::attribute_int(node, "group", 1)));
  if (layout.size() == 0 || (layout.is_out_first && layout.outs % layout.groups != 0)) return std::nullopt;
  return layout;
}

/// Does the constant hold one number for each of `channels`, along its last axis?
bool is_by_channel(const Value* value, std::size_t channels) {
  if (!rewrite::is_float32_constant(value)) return false;
  const auto& dims = value->weight->dims();
  return !dims.empty() && dims[dims.size() - 1] == static_cast<std::int64_t>(channels) &&
         std::ranges::all_of(dims.begin(), dims.end() - 1, [](std::int64_t dim) { return dim == 1; });
}

/// Gives the layer the bias that an Add behind its MatMul adds.
void find_added_bias(const ValueTable& table, IntegerLayer& layer) {
  const Value* output = table.output(*layer.node, 0);
  if (output == nullptr || output->uses.size() != 1 || output->uses[0].node == nullptr) return;
  const NodeProto& add = *output->uses[0].node;
  if (!is_op(add, "Add")) return;
  const int slot = 1 - output->uses[0].slot;
  const Value* bias = table.input(add, slot);
  if (!is_by_channel(bias, layer.layout.outs)) return;
  layer.bias = bias;
  layer.bias_add = &add;
  layer.bias_slot = slot;
}

bool has_known_shape(const Types& types, const Value* value) {
  const auto found = value == nullptr ? types.end() : types.find(value->name);
  return found != types.end() && found->second.shape &&
         std::ranges::all_of(*found->second.shape, [](std::int64_t dim) { return dim >= 0; });
}

}  // namespace

int IntegerLayer::input_axis() const { return is_op(*node, "MatMul") || is_op(*node, "Gemm") ? -1 : 1; }

FoundLayer integer_layer(const rewrite::PlacedNode& placed, const ValueTable& table, const Types& types) {
  const NodeProto& node = *placed.node;
  IntegerLayer layer{.node = &node, .input = table.input(node, 0), .weight = table.input(node, 1)};
  if (layer.input == nullptr || layer.weight == nullptr || layer.input->type != ElementType::float32 ||
      layer.weight->type != ElementType::float32)
    return refused("does not compute in float32");
  if (layer.input->is_constant()) return refused("its first input is a constant");
  const bool is_matmul = is_op(node, "MatMul");
  if (layer.is_product()) {
    if (!is_matmul) return refused("its weight is not a constant");
  } else {
    if (layer.weight->weight == nullptr) return refused("its weight is not stored as a dense tensor");
    const auto layout = layout_of(node, *layer.weight->weight);
    if (!layout) return refused("its weight has no axis of output channels");
    layer.layout = *layout;
    if (layer.layout.groups > 1 && !layer.layout.is_out_first)
      return refused("its weight mixes channels of its groups");
  }
  if (is_op(node, "Gemm") && (is_other_than(node, "alpha", 1) || is_other_than(node, "beta", 1) ||
                              model::attribute_int(node, "transA", 0) != 0))
    return refused("scales or transposes what it multiplies");
  if (const Value* bias = table.input(node, 2); bias != nullptr && !is_matmul) {
    if (!is_by_channel(bias, layer.layout.outs)) return refused("its bias is not one constant number a channel");
    layer.bias = bias;
  }
  if (is_matmul && !layer.is_product()) find_added_bias(table, layer);
  layer.multiply_adds = rewrite::node_work(node, table, types);
  layer.is_work_known = has_known_shape(types, layer.input) && has_known_shape(types, table.output(node, 0));
  return {layer, {}};
}

}  // namespace autoaccel::quantize
