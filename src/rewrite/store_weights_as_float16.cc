#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/graph.h"
#include "rewrite/low_weights.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"
#include "rewrite/weight_survey.h"

namespace autoaccel::rewrite {

namespace {

constexpr ElementType kLow = ElementType::float16;

/// Scales of a quantized region must stand beside their node as they are.
bool is_read_by_quantized(const Value& value) {
  static constexpr std::string_view kQuantized[] = {"QuantizeLinear", "DequantizeLinear", "QLinearConv",
                                                    "QLinearMatMul"};
  return std::ranges::any_of(value.uses,
                             [&](const Use& use) { return use.node != nullptr && is_op(*use.node, kQuantized); });
}

bool is_candidate(const Value& value) {
  return value.type == ElementType::float32 && value.weight != nullptr && !value.uses.empty() &&
         model::Model::weight_bytes(*value.weight) > model::Model::kInlineBytes && !is_read_by_quantized(value);
}

onnx::NodeProto make_cast(const std::string& from, const std::string& to, const std::string& name) {
  onnx::NodeProto cast;
  cast.set_op_type("Cast");
  cast.set_name(name);
  cast.add_input(from);
  cast.add_output(to);
  onnx::AttributeProto& attribute = *cast.add_attribute();
  attribute.set_name("to");
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(onnx::TensorProto::FLOAT);
  return cast;
}

class WeightStorer {
 public:
  explicit WeightStorer(model::Model& model)
      : model_(model), table_(model.proto()), names_(model.proto()), survey_(model, kLow) {}

  void run(PassReport& report) {
    std::vector<const onnx::TensorProto*> tensors;
    for (const Value& value : table_.values()) {
      if (is_candidate(value)) tensors.push_back(value.weight);
    }
    if (tensors.empty()) {
      report.nothing_to_convert = fmt::format("no float32 weights above {} bytes", model::Model::kInlineBytes);
      return;
    }
    survey_.read_ahead(tensors);
    for (Value& value : table_.values()) {
      if (is_candidate(value)) store(value);
    }
    for (auto& [graph, casts] : casts_) add_in_front(*graph, casts);
    describe(report);
  }

 private:
  /// The stored constant gets a new name, and a Cast makes the old one: nothing that reads it changes.
  void store(Value& value) {
    const WeightFigures figures = survey_.of(*value.weight);
    if (figures.overflows() || figures.underflows(survey_.limits())) {
      ++(figures.overflows() ? too_large_ : too_small_);
      return;
    }
    weights_.add(*value.weight, figures);
    convert_weight(model_, *value.weight, kLow, false);
    const std::string stored = names_.make(value.name + "_float16");
    if (value.producer != nullptr) {
      value.producer->set_output(0, stored);
    } else {
      value.weight->set_name(stored);
    }
    casts_[value.graph].push_back(make_cast(stored, value.name, names_.make(stored + "_cast")));
  }

  /// Each Cast right after its Constant node, those of initializers first.
  static void add_in_front(onnx::GraphProto& graph, std::vector<onnx::NodeProto>& casts) {
    std::unordered_map<std::string, onnx::NodeProto*> waiting;
    for (onnx::NodeProto& cast : casts) waiting.emplace(cast.input(0), &cast);
    std::vector<onnx::NodeProto*> nodes(graph.node_size());
    graph.mutable_node()->ExtractSubrange(0, graph.node_size(), nodes.data());
    for (const onnx::TensorProto& tensor : graph.initializer()) {
      if (const auto cast = waiting.find(tensor.name()); cast != waiting.end())
        *graph.add_node() = std::move(*cast->second);
    }
    for (onnx::NodeProto* node : nodes) {
      graph.mutable_node()->AddAllocated(node);
      const auto cast = node->output_size() == 0 ? waiting.end() : waiting.find(node->output(0));
      if (cast != waiting.end()) *graph.add_node() = std::move(*cast->second);
    }
  }

  void describe(PassReport& report) const {
    if (weights_.tensors == 0) {
      report.nothing_to_convert =
          fmt::format("none of the {} large float32 weights fits float16", too_large_ + too_small_);
    }
    weights_.describe(kLow, report);
    if (too_large_ > 0)
      report.notes.push_back(fmt::format("{} constants stay float32: values beyond ±65504", too_large_));
    if (too_small_ > 0)
      report.notes.push_back(fmt::format("{} constants stay float32: too small for float16", too_small_));
  }

  model::Model& model_;
  ValueTable table_;
  model::UniqueNames names_;
  WeightSurvey survey_;
  std::unordered_map<onnx::GraphProto*, std::vector<onnx::NodeProto>> casts_;
  ConvertedWeights weights_;
  int too_large_ = 0;
  int too_small_ = 0;
};

/// Large float32 constants are stored as float16 and cast back before they are used; nodes compute as before.
///
/// Constants that do not fit float16 stay, and so do scales of quantized nodes.
void store_weights_as_float16(model::Model& model, const PassContext&, PassReport& report) {
  prepare_graph(model);
  WeightStorer(model).run(report);
}

}  // namespace

const Pass kStoreWeightsAsFloat16{"store_weights_as_float16", "stores weights as float16, computes in float32",
                                  store_weights_as_float16};

}  // namespace autoaccel::rewrite
