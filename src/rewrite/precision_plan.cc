#include "rewrite/precision_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numeric.h"
#include "model/graph.h"
#include "rewrite/low_slots.h"
#include "rewrite/precision_rules.h"
#include "rewrite/sensitive_nodes.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

using onnx::NodeProto;
using Types = std::map<std::string, TensorInfo>;

// float16 has 11 significant bits: a running sum of equal terms stops growing after 2^11 of them.
constexpr std::int64_t kLongestSum = 2048;

bool is_named(const std::set<std::string>& names, const PlacedNode& placed) {
  return names.contains(placed.id) || (!placed.node->name().empty() && names.contains(placed.node->name()));
}

/// The axes that a reduction sums over; nullopt when they are not constant.
std::optional<std::vector<std::int64_t>> reduced_axes(const model::Model& model, const ValueTable& table,
                                                      const NodeProto& node) {
  std::vector<std::int64_t> axes;
  if (const auto* attribute = model::find_attribute(node, "axes")) {
    axes.assign(attribute->ints().begin(), attribute->ints().end());
  } else if (const Value* input = table.input(node, 1)) {
    if (input->weight == nullptr) return std::nullopt;
    const Tensor values = model.read_weight(*input->weight);
    for (std::int64_t i = 0; i < values.size(); ++i) {
      axes.push_back(static_cast<std::int64_t>(base::element_as_double(values, i)));
    }
  }
  return axes;
}

/// How many elements each result of a ReduceSum or ReduceL1 adds up; nullopt when shapes do not tell.
std::optional<std::int64_t> reduced_elements(const model::Model& model, const ValueTable& table, const Types& types,
                                             const NodeProto& node) {
  const Value* input = table.input(node, 0);
  const auto info = input == nullptr ? types.end() : types.find(input->name);
  std::optional<std::vector<std::int64_t>> axes = reduced_axes(model, table, node);
  if (info == types.end() || !info->second.shape || !axes) return std::nullopt;
  const Shape& shape = *info->second.shape;
  if (axes->empty()) {
    if (model::attribute_int(node, "noop_with_empty_axes", 0) != 0) return 1;
    axes->resize(shape.size());
    std::iota(axes->begin(), axes->end(), 0);
  }
  std::int64_t elements = 1;
  for (std::int64_t axis : *axes) {
    if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
    if (axis < 0 || axis >= static_cast<std::int64_t>(shape.size()) || shape[axis] < 0) return std::nullopt;
    elements *= shape[axis];
  }
  return elements;
}

/// Reasons that stand in the node's attributes and shapes.
std::string reason_in_node(const model::Model& model, const ValueTable& table, const Types& types,
                           const NodeProto& node) {
  if (is_op(node, "ReduceSum") || is_op(node, "ReduceL1")) {
    const auto elements = reduced_elements(model, table, types, node);
    if (!elements) return "adds up an unknown number of elements";
    if (*elements > kLongestSum) return fmt::format("adds up more than {} elements", kLongestSum);
  }
  if (const auto* reduction = model::find_attribute(node, "reduction"); is_movement(node) && reduction != nullptr) {
    if (reduction->s() != "none") return "computes where elements meet, which runtimes do not do in float16";
  }
  const std::int64_t statistics = model::attribute_int(node, "stash_type", onnx::TensorProto::FLOAT);
  return statistics == onnx::TensorProto::FLOAT ? "" : "computes its statistics in another type than float32";
}

std::string reason_in_observations(const ValueTable& table, const PlanRequest& request, const NodeProto& node) {
  const double limit = request.observed_share * limits_of(request.low).largest;
  for (int i = 0; i < node.input_size() + node.output_size(); ++i) {
    const bool is_input = i < node.input_size();
    const Value* value = is_input ? table.input(node, i) : table.output(node, i - node.input_size());
    if (value == nullptr || value->type != ElementType::float32) continue;
    const auto seen = request.observed.find(value->name);
    if (seen != request.observed.end() && seen->second > limit)
      return fmt::format("values above {:g} were seen", limit);
  }
  return {};
}

/// Is it a node that the plan is about?
bool is_planned(const NodeProto& node, const ValueTable& table, ElementType low) {
  if (is_op(node, "Constant") || !computes_in_float32(node, table)) return false;
  if (is_op(node, "Cast")) return false;
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* input = table.input(node, i);
    if (input == nullptr || input->type != ElementType::float32) continue;
    if (!takes_either(node, i, table, low)) return true;
  }
  for (int i = 0; i < node.output_size(); ++i) {
    const Value* output = table.output(node, i);
    if (output != nullptr && output->type == ElementType::float32) return true;
  }
  return false;
}

/// Groups of low nodes that exchange 16-bit values, found by joining neighbours.
class LowGroups {
 public:
  explicit LowGroups(std::size_t nodes) : parent_(nodes) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t of(std::size_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }
  void join(std::size_t a, std::size_t b) { parent_[of(a)] = of(b); }

 private:
  std::vector<std::size_t> parent_;
};

/// Gives groups of light nodes back to float32 when casts to and from float32 nodes would be as many as the nodes.
class LonelyNodes {
 public:
  LonelyNodes(const ValueTable& table, const PlanRequest& request, PrecisionPlan& plan)
      : table_(table), request_(request), plan_(plan), groups_(table.nodes().size()) {
    for (std::size_t i = 0; i < table.nodes().size(); ++i) index_[table.nodes()[i].node] = i;
  }

  void give_back() {
    join_neighbours();
    count();
    for (std::size_t i = 0; i < table_.nodes().size(); ++i) {
      if (!is_low(i)) continue;
      const Count& count = counts_[groups_.of(i)];
      if (count.worth_it || count.casts == 0 || count.casts < count.nodes) continue;
      lonely_.push_back(i);
    }
    for (const std::size_t i : lonely_) {
      plan_.nodes[table_.nodes()[i].id] = {false, "stands between float32 nodes"};
    }
  }

 private:
  struct Count {
    int nodes = 0;
    int casts = 0;
    bool worth_it = false;
  };

  bool is_low(std::size_t node) const { return plan_.is_low(table_.nodes()[node].id); }

  /// Calls `visit` with each float32 value between the node and a neighbour, and that neighbour.
  template <typename Visit>
  void for_each_neighbour(const NodeProto& node, const Visit& visit) const {
    for (int i = 0; i < node.input_size(); ++i) {
      const Value* value = table_.input(node, i);
      if (value == nullptr || value->type != ElementType::float32 || value->is_constant()) continue;
      if (value->producer != nullptr && !is_op(*value->producer, "Cast")) visit(*value, *value->producer);
    }
    for (int i = 0; i < node.output_size(); ++i) {
      const Value* value = table_.output(node, i);
      if (value == nullptr || value->type != ElementType::float32) continue;
      for (const Use& use : value->uses) {
        if (use.node != nullptr && !takes_either(*use.node, use.slot)) visit(*value, *use.node);
      }
    }
  }

  void join_neighbours() {
    for (std::size_t i = 0; i < table_.nodes().size(); ++i) {
      if (!is_low(i)) continue;
      for_each_neighbour(*table_.nodes()[i].node, [&](const Value&, const NodeProto& other) {
        const std::size_t neighbour = index_.at(&other);
        if (is_low(neighbour)) groups_.join(i, neighbour);
      });
    }
  }

  void count() {
    std::set<std::pair<std::size_t, const Value*>> crossing;
    for (std::size_t i = 0; i < table_.nodes().size(); ++i) {
      if (!is_low(i)) continue;
      const std::size_t group = groups_.of(i);
      Count& count = counts_[group];
      ++count.nodes;
      count.worth_it |= is_heavy(*table_.nodes()[i].node) || is_named(request_.convert, table_.nodes()[i]);
      for_each_neighbour(*table_.nodes()[i].node, [&](const Value& value, const NodeProto& other) {
        if (!is_low(index_.at(&other)) && crossing.emplace(group, &value).second) ++count.casts;
      });
    }
  }

  const ValueTable& table_;
  const PlanRequest& request_;
  PrecisionPlan& plan_;
  LowGroups groups_;
  std::map<const NodeProto*, std::size_t> index_;
  std::map<std::size_t, Count> counts_;
  std::vector<std::size_t> lonely_;
};

}  // namespace

PrecisionPlan plan_precision(model::Model& model, WeightSurvey& survey, const PlanRequest& request) {
  const ValueTable table(model.proto());
  const Types types = model::infer_types(model, request.input_shapes);
  KeptNodes kept;
  keep_for_constants(table, survey, limits_of(request.low), kept);
  keep_sensitive_chains(model, table, kept);

  PrecisionPlan plan{.low = request.low, .nodes = {}};
  for (const PlacedNode& placed : table.nodes()) {
    const NodeProto& node = *placed.node;
    if (!is_planned(node, table, request.low)) continue;
    std::string reason;
    const auto decide = [&](auto&& find) {
      if (reason.empty()) reason = find();
    };
    const bool asked = is_named(request.convert, placed);
    if (is_named(request.keep, placed)) reason = "asked to stay float32";
    decide([&] { return asked && model::subgraphs(node).empty() ? std::string() : std::string(reason_to_keep(node)); });
    decide([&] { return low_slots(node, table, request.low).refusal; });
    if (!asked) {
      decide([&] { return reason_in_node(model, table, types, node); });
      decide([&] { return reason_in_observations(table, request, node); });
      decide([&] { return kept.contains(&node) ? kept.at(&node) : std::string(); });
    }
    plan.nodes[placed.id] = {reason.empty(), reason};
  }
  LonelyNodes(table, request, plan).give_back();
  return plan;
}

}  // namespace autoaccel::rewrite
