#include "quantize/embedding.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "quantize/weight_only_plan.h"

namespace autoaccel::quantize {

namespace {

using rewrite::Use;
using rewrite::Value;

bool is_gather_of_rows(const Use& use) {
  return use.node != nullptr && use.slot == 0 && model::is_standard(*use.node) && use.node->op_type() == "Gather" &&
         model::attribute_int(*use.node, "axis", 0) == 0;
}

bool is_table(const Value& value, const std::set<const onnx::NodeProto*>& kept) {
  return value.weight != nullptr && value.type == ElementType::float32 && value.weight->dims_size() == 2 &&
         model::Model::weight_bytes(*value.weight) > model::Model::kInlineBytes && !value.uses.empty() &&
         std::ranges::all_of(value.uses,
                             [&](const Use& use) { return is_gather_of_rows(use) && !kept.contains(use.node); });
}

/// Of the row numbers that a Gather reads.
std::optional<std::size_t> rank_of(const std::map<std::string, TensorInfo>& types, const onnx::NodeProto& gather) {
  const auto found = types.find(gather.input(1));
  if (found == types.end() || !found->second.shape) return std::nullopt;
  return found->second.shape->size();
}

/// What stands in the place of one Gather.
class Gathering {
 public:
  Gathering(onnx::NodeProto gather, model::UniqueNames& names) : gather_(std::move(gather)), names_(names) {}

  std::vector<onnx::NodeProto> nodes(const StorableTable& table, const IntegerTensors& tensors, std::size_t rank,
                                     std::vector<onnx::TensorProto>& added) {
    const std::string rows = as_float(gathered(tensors.integers.name()));
    const std::string zero_points = as_float(gathered(tensors.zero_point.name()));
    const std::string scales = gathered(tensors.scale.name());
    const std::string steps = add("Sub", {rows, zero_points}, "steps");
    if (table.shape.integers.size() == 2) {
      nodes_.push_back(make_node("Mul", {steps, scales}, output()));
    } else {
      const std::string blocks = add("Mul", {steps, scales}, "blocks");
      std::vector<std::int64_t> dims(rank, 0);  // as in the input
      dims.push_back(-1);
      added.push_back(int64_constant(names_.make(output() + "_shape"), dims));
      nodes_.push_back(make_node("Reshape", {blocks, added.back().name()}, output()));
    }
    return std::move(nodes_);
  }

 private:
  const std::string& output() const { return gather_.output(0); }

  std::string add(const std::string& op, const std::vector<std::string>& inputs, const std::string& what) {
    nodes_.push_back(make_node(op, inputs, names_.make(output() + "_" + what)));
    return nodes_.back().output(0);
  }

  std::string gathered(const std::string& from) {
    nodes_.push_back(gather_);
    nodes_.back().set_input(0, from);
    nodes_.back().set_output(0, names_.make(from + "_rows"));
    nodes_.back().set_name(nodes_.back().output(0));
    return nodes_.back().output(0);
  }

  std::string as_float(const std::string& integers) {
    nodes_.push_back(make_node("Cast", {integers}, names_.make(integers + "_float")));
    set_attribute(nodes_.back(), "to", onnx::TensorProto::FLOAT);
    return nodes_.back().output(0);
  }

  const onnx::NodeProto gather_;
  model::UniqueNames& names_;
  std::vector<onnx::NodeProto> nodes_;
};

}  // namespace

std::vector<StorableTable> storable_tables(const model::Model& model, rewrite::ValueTable& table,
                                           const rewrite::PassContext& context) {
  const std::set<const onnx::NodeProto*> kept = kept_nodes(table, context);
  std::vector<StorableTable> tables;
  for (Value& value : table.values()) {
    if (is_table(value, kept)) tables.push_back({.value = &value, .layout = {}, .shape = {}});
  }
  if (tables.empty()) return tables;
  const std::map<std::string, TensorInfo> types = model::infer_types(model, context.input_shapes);
  for (StorableTable& each : tables) {
    const auto& dims = each.value->weight->dims();
    for (const Use& use : each.value->uses) {
      if (const auto rank = rank_of(types, *use.node)) each.ranks.push_back(*rank);
    }
    if (each.ranks.size() < each.value->uses.size()) each.ranks.clear();
    const std::int64_t block = each.ranks.empty() ? 0 : block_of(dims[1]);
    each.layout.block = static_cast<std::size_t>(block > 0 ? block : dims[1]);
    each.shape = {{dims[0], dims[1]}, {dims[0], 1}};
    if (block > 0 && block < dims[1]) each.shape = {{dims[0], dims[1] / block, block}, {dims[0], dims[1] / block, 1}};
  }
  return tables;
}

void gather_integers(const StorableTable& table, const IntegerTensors& tensors, model::UniqueNames& names,
                     std::vector<onnx::TensorProto>& added) {
  for (std::size_t i = 0; i < table.value->uses.size(); ++i) {
    const Use& use = table.value->uses[i];
    const std::size_t rank = table.ranks.empty() ? 0 : table.ranks[i];
    replace_nodes(*use.graph, {{use.node, Gathering(*use.node, names).nodes(table, tensors, rank, added)}});
  }
}

}  // namespace autoaccel::quantize
