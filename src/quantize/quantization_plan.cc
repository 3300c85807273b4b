#include "quantize/quantization_plan.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "model/graph.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::quantize {

namespace {

using onnx::NodeProto;
using rewrite::is_op;
using rewrite::Use;
using rewrite::Value;
using Kind = QuantizationSurvey::Kind;
using Node = QuantizationSurvey::Node;

bool is_named(const std::set<std::string>& names, const Node& node) {
  return names.contains(node.id) || (!node.node->name().empty() && names.contains(node.node->name()));
}

class Planner {
 public:
  Planner(const QuantizationSurvey& survey, const std::set<std::string>& keep) : survey_(survey) {
    for (const Node& node : survey.nodes()) {
      const bool is_kept = is_named(keep, node);
      reasons_[node.node] = is_kept && node.refusal.empty() ? "asked to stay float" : node.refusal;
      if (reasons_[node.node].empty() && node.kind == Kind::layer) quantize(node);
    }
  }

  QuantizationPlan run() {
    if (!survey_.dialect().followers.empty()) {
      follow();
      drop_idle_followers();
    }
    QuantizationPlan plan{.dialect = &survey_.dialect(), .weight_levels = survey_.rules().weight_levels};
    for (const Node& node : survey_.nodes()) plan_node(node, plan);
    if (survey_.dialect().has_residuals) plan_residuals(plan);
    return plan;
  }

 private:
  bool is_quantized(const NodeProto* node) const { return quantized_.contains(node); }

  /// The values that a quantized node makes and puts a Q behind; none for open layers.
  std::vector<const Value*> closed_by(const Node& node) const {
    if (node.kind == Kind::layer && !is_any(*node.node, survey_.dialect().closed_layers)) return {};
    if (const ClosingValue closing = closing_value(survey_.table(), *node.node); closing.value != nullptr)
      return {closing.value};
    std::vector<const Value*> values;
    for (int i = 0; i < node.node->output_size(); ++i) {
      if (const Value* output = survey_.table().output(*node.node, i)) values.push_back(output);
    }
    return values;
  }

  void quantize(const Node& node) {
    quantized_.insert(node.node);
    for (const Value* value : closed_by(node)) closed_.insert(value);
  }

  /// Followers all of whose activations come from quantized nodes, in the graph's order.
  void follow() {
    for (const Node& node : survey_.nodes()) {
      if (node.kind != Kind::follower && node.kind != Kind::mover) continue;
      if (!reasons_[node.node].empty()) continue;
      const std::vector<int> slots = activation_slots(survey_.table(), *node.node);
      const auto is_closed = [&](int slot) { return closed_.contains(survey_.table().input(*node.node, slot)); };
      if (!slots.empty() && std::ranges::all_of(slots, is_closed))
        quantize(node);
      else
        reasons_[node.node] = "reads floats";
    }
  }

  /// A follower whose result only float nodes read would round for nothing.
  void drop_idle_followers() {
    for (auto node = survey_.nodes().rbegin(); node != survey_.nodes().rend(); ++node) {
      if (node->kind == Kind::layer || !is_quantized(node->node)) continue;
      const std::vector<const Value*> values = closed_by(*node);
      const auto has_integer_reader = [&](const Value* value) {
        return std::ranges::any_of(value->uses, [&](const Use& use) { return is_quantized(use.node); });
      };
      if (std::ranges::any_of(values, has_integer_reader)) continue;
      quantized_.erase(node->node);
      for (const Value* value : values) closed_.erase(value);
      reasons_[node->node] = "only float nodes read its result";
    }
  }

  void plan_node(const Node& node, QuantizationPlan& plan) const {
    QuantizationPlan::Decision& decision = plan.nodes[node.id];
    if (!is_quantized(node.node)) {
      if (!decision.is_quantized) decision.reason = reasons_.at(node.node);
      return;
    }
    decision = {.is_quantized = true, .slots = slots_of(node), .figures = survey_.figures(node.id)};
    for (const int slot : decision.slots) add_value(survey_.table().input(*node.node, slot)->name, plan);
    const Value* input = survey_.table().input(*node.node, 0);
    for (const Value* value : closed_by(node)) {
      const bool is_moved = node.kind == Kind::mover && plan.values.contains(input->name);
      const Grid& grid = is_moved ? plan.values.at(input->name).grid : *survey_.grid(value->name);
      plan.values[value->name] = {grid, true};
    }
    if (const NodeProto* absorbed = absorbed_by(node)) plan.nodes[absorbed->output(0)] = {.is_quantized = true};
  }

  const NodeProto* absorbed_by(const Node& node) const {
    const std::vector<const Value*> closed = closed_by(node);
    return closed.empty() ? nullptr : closing_value(survey_.table(), *node.node).absorbed;
  }

  std::vector<int> slots_of(const Node& node) const {
    if (node.kind != Kind::layer) return activation_slots(survey_.table(), *node.node);
    return node.layer->is_product() ? std::vector{0, 1} : std::vector{0};
  }

  void add_value(const std::string& name, QuantizationPlan& plan) const {
    plan.values.try_emplace(name, QuantizationPlan::PlannedValue{*survey_.grid(name), false});
  }

  /// Sums that a layer feeds alone: their other term is quantized, so that both are one kernel.
  void plan_residuals(QuantizationPlan& plan) const {
    for (const rewrite::PlacedNode& placed : survey_.table().nodes()) {
      if (!is_op(*placed.node, "Add") || activation_slots(survey_.table(), *placed.node).size() != 2) continue;
      const auto is_fed = [&](int slot) {
        const Value* term = survey_.table().input(*placed.node, slot);
        return term->producer != nullptr && is_quantized(term->producer) && term->uses.size() == 1;
      };
      const int other = is_fed(0) ? 1 : 0;
      const std::string& name = placed.node->input(other);
      if (!is_fed(1 - other) || survey_.grid(name) == nullptr || !survey_.grid(name)->factors.empty()) continue;
      plan.nodes[placed.id] = {.is_quantized = true, .slots = {other}};
      add_value(name, plan);
    }
  }

  const QuantizationSurvey& survey_;
  std::map<const NodeProto*, std::string> reasons_;
  std::unordered_set<const NodeProto*> quantized_;
  std::unordered_set<const Value*> closed_;
};

}  // namespace

QuantizationPlan plan_quantization(const QuantizationSurvey& survey, const std::set<std::string>& keep) {
  return Planner(survey, keep).run();
}

}  // namespace autoaccel::quantize
