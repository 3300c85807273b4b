#include "quantize/weight_only.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "quantize/embedding.h"
#include "quantize/integer_tensors.h"
#include "quantize/weight_only_feedback.h"
#include "quantize/weight_only_plan.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/raise_opset.h"

namespace autoaccel::quantize {

namespace {

using rewrite::Value;
using Scales = std::shared_ptr<const BlockScales>;
using Rounded = std::map<const Value*, RoundedWeight>;

constexpr int kByBlockOpset = 21;
constexpr int kBroadcastOpset = 7;

/// Weights of one kind, for the report.
struct Stored {
  int tensors = 0;
  std::uint64_t bytes_before = 0, bytes_after = 0;
  double error = 0, energy = 0;

  std::string text(const std::string& how) const {
    const std::string precision = error > 0 ? fmt::format("{:.1f} dB", 10 * std::log10(energy / error)) : "exact";
    return fmt::format("{} weight{} stored {}: {} instead of {}, {}", tensors, tensors == 1 ? "" : "s", how,
                       base::human_bytes(bytes_after), base::human_bytes(bytes_before), precision);
  }
};

class WeightStorer {
 public:
  explicit WeightStorer(model::Model& model) : model_(model), names_(model.proto()) {}

  /// rounded  weights whose integers are known
  void store(const std::vector<StorableWeight>& weights, const std::vector<StorableTable>& tables, Rounded rounded) {
    std::vector<ScaleJob> jobs;
    for (const StorableTable& table : tables) jobs.push_back({table.value->weight, table.layout, 8});
    for (const StorableWeight& weight : weights)
      if (!rounded.contains(weight.value)) jobs.push_back({weight.value->weight, weight.layout, weight.bits});
    std::vector<BlockScales> scales = choose_scales(model_, jobs);
    auto next = scales.begin();
    const auto shared = [](BlockScales& chosen) { return std::make_shared<const BlockScales>(std::move(chosen)); };
    // Tables first: taking nodes out of a graph moves the others about.
    for (const StorableTable& table : tables) store(table, shared(*next++));
    for (const StorableWeight& weight : weights) {
      const auto known = rounded.find(weight.value);
      if (known == rounded.end()) {
        store(weight, shared(*next++), {});
      } else {
        store(weight, shared(known->second.scales), known->second.integers);
      }
    }
    for (auto& [graph, changes] : changes_) carry_out(*graph, changes);
  }

  void describe(rewrite::PassReport& report) const {
    for (const auto& [how, stored] : stored_) {
      report.weights_converted += stored.tensors;
      report.notes.push_back(stored.text(how));
    }
    if (stored_.empty()) {
      report.nothing_to_convert =
          fmt::format("none of the {} weights has a finite range that can be divided", not_usable_);
    } else if (not_usable_ > 0) {
      report.notes.push_back(fmt::format("{} weights stay float32: NaN, infinities or too wide a range", not_usable_));
    }
  }

 private:
  struct Changes {
    std::vector<onnx::NodeProto> nodes;
    std::vector<onnx::TensorProto> tensors;
    std::set<const onnx::NodeProto*> constants_to_go;
    std::set<std::string> initializers_to_go;
  };

  /// integers  empty: to be rounded to nearest when the model is saved
  void store(const StorableWeight& weight, const Scales& scales, std::span<const std::uint8_t> integers) {
    if (scales->scale.empty()) return void(++not_usable_);
    const Value& value = *weight.value;
    const IntegerTensors made =
        integers.empty()
            ? integer_tensors(model_, *value.weight, value.name, weight.layout, scales, weight.shape, names_)
            : integer_tensors(model_, value.name, integers, scales, weight.shape, names_);
    count(value, *scales,
          fmt::format("{}{}", weight.by_block ? fmt::format("by blocks of {}", weight.layout.block) : "by channel",
                      integers.empty() ? "" : ", later errors against earlier ones"),
          made);
    Changes& changes = replace(value, made);
    if (weight.restoring == Restoring::dequantize) {
      dequantize(weight, made, changes.nodes);
    } else {
      multiply(weight, made, changes);
    }
  }

  void store(const StorableTable& table, const Scales& scales) {
    if (scales->scale.empty()) return void(++not_usable_);
    const Value& value = *table.value;
    const IntegerTensors made =
        integer_tensors(model_, *value.weight, value.name, table.layout, scales, table.shape, names_);
    count(value, *scales, "by rows of a table", made);
    gather_integers(table, made, names_, replace(value, made).tensors);
  }

  /// The integers go where the weight was.
  Changes& replace(const Value& value, const IntegerTensors& made) {
    Changes& changes = changes_[value.graph];
    changes.tensors.insert(changes.tensors.end(), {made.integers, made.scale, made.zero_point});
    if (value.producer != nullptr) {
      changes.constants_to_go.insert(value.producer);
    } else {
      changes.initializers_to_go.insert(value.name);
    }
    return changes;
  }

  static void dequantize(const StorableWeight& weight, const IntegerTensors& made,
                         std::vector<onnx::NodeProto>& nodes) {
    nodes.push_back(make_node("DequantizeLinear", {made.integers.name(), made.scale.name(), made.zero_point.name()},
                              weight.value->name));
    set_attribute(nodes.back(), "axis", weight.axis);
    if (weight.by_block) set_attribute(nodes.back(), "block_size", static_cast<std::int64_t>(weight.layout.block));
  }

  std::string as_float(const std::string& integers, std::vector<onnx::NodeProto>& nodes) {
    nodes.push_back(make_node("Cast", {integers}, names_.make(integers + "_float")));
    set_attribute(nodes.back(), "to", onnx::TensorProto::FLOAT);
    return nodes.back().output(0);
  }

  void multiply(const StorableWeight& weight, const IntegerTensors& made, Changes& changes) {
    const std::string& name = weight.value->name;
    std::vector<onnx::NodeProto>& nodes = changes.nodes;
    const std::string integers = as_float(made.integers.name(), nodes);
    const std::string zero_point = as_float(made.zero_point.name(), nodes);
    const std::string steps = names_.make(name + "_steps");
    nodes.push_back(make_node("Sub", {integers, zero_point}, steps));
    const std::vector<std::int64_t> dims(weight.value->weight->dims().begin(), weight.value->weight->dims().end());
    if (weight.shape.integers == dims) {
      nodes.push_back(make_node("Mul", {steps, made.scale.name()}, name));
      return;
    }
    const std::string blocks = names_.make(name + "_blocks");
    const std::string shape = names_.make(name + "_shape");
    nodes.push_back(make_node("Mul", {steps, made.scale.name()}, blocks));
    nodes.push_back(make_node("Reshape", {blocks, shape}, name));
    changes.tensors.push_back(int64_constant(shape, dims));
  }

  void count(const Value& value, const BlockScales& scales, const std::string& how, const IntegerTensors& made) {
    Stored& stored = stored_[fmt::format("in {} bits {}", scales.bits, how)];
    ++stored.tensors;
    stored.bytes_before += model::Model::weight_bytes(*value.weight);
    stored.bytes_after += made.bytes();
    stored.error += scales.error;
    stored.energy += scales.energy;
  }

  static void carry_out(onnx::GraphProto& graph, Changes& changes) {
    model::remove_nodes(graph, [&](const onnx::NodeProto& node) { return changes.constants_to_go.contains(&node); });
    auto& initializers = *graph.mutable_initializer();
    const auto goes = [&](const onnx::TensorProto& tensor) {
      return changes.initializers_to_go.contains(tensor.name());
    };
    initializers.erase(std::remove_if(initializers.begin(), initializers.end(), goes), initializers.end());
    insert_in_front(graph, std::move(changes.nodes));
    for (onnx::TensorProto& tensor : changes.tensors) *graph.add_initializer() = std::move(tensor);
  }

  model::Model& model_;
  model::UniqueNames names_;
  std::map<onnx::GraphProto*, Changes> changes_;
  std::map<std::string, Stored> stored_;  ///< by how
  int not_usable_ = 0;
};

/// Raises the opset where blocks of matrices need it. Without, 8 bits have another form; 4 bits have none.
void raise_for_blocks(model::Model& model, const rewrite::PassContext& context, int bits) {
  rewrite::ValueTable table(model.proto());
  const auto weights = storable_weights(table, context, {.bits = bits, .opset = kByBlockOpset});
  if (std::ranges::none_of(weights, &StorableWeight::by_block)) return;
  try {
    rewrite::raise_opset(model, kByBlockOpset);
  } catch (const Error& error) {
    if (bits == 4 || error.cause() != Cause::unsupported) throw;
  }
}

std::string nothing_to_store(int bits) {
  if (bits == 4) return "no MatMul or Gemm has constant float32 weights for itself that blocks of 16 divide";
  return fmt::format("no MatMul, Gemm, Conv or Gather has constant float32 weights of more than {} bytes for itself",
                     model::Model::kInlineBytes);
}

void store_weights(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report, int bits) {
  rewrite::prepare_graph(model);
  raise_for_blocks(model, context, bits);
  rewrite::ValueTable table(model.proto());
  const auto weights = storable_weights(table, context, {.bits = bits, .opset = model.opset()});
  const auto tables = storable_tables(model, table, context);
  const bool is_any = bits == 4 ? std::ranges::any_of(weights, [](const auto& weight) { return weight.bits == 4; })
                                : weights.size() + tables.size() > 0;
  if (!is_any) {
    report.nothing_to_convert = nothing_to_store(bits);
    return;
  }
  if (model.opset() < kBroadcastOpset) {
    throw Error(Cause::unsupported, fmt::format("scales need opset {}, whose nodes broadcast, and the model has {}",
                                                kBroadcastOpset, model.opset()));
  }
  WeightStorer storer(model);
  Rounded rounded;
  if (context.products != nullptr) rounded = rounded_with_feedback(model, table, weights, *context.products);
  storer.store(weights, tables, std::move(rounded));
  storer.describe(report);
}

void store_weights_as_int8(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  store_weights(model, context, report, 8);
}

void store_weights_as_int4(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  store_weights(model, context, report, 4);
}

}  // namespace

const rewrite::Pass kStoreWeightsAsInt8{
    .name = "store_weights_as_int8",
    .what = "stores weights of MatMul, Gemm and Conv, and tables of Gather, in 8 bits",
    .apply = store_weights_as_int8};

const rewrite::Pass kStoreWeightsAsInt4{.name = "store_weights_as_int4",
                                        .what = "stores weights of MatMul and Gemm in 4 bits, others in 8",
                                        .apply = store_weights_as_int4};

}  // namespace autoaccel::quantize
