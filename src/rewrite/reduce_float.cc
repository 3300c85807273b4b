#include "rewrite/reduce_float.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "rewrite/apply_precision.h"
#include "rewrite/passes.h"
#include "rewrite/precision_plan.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

/// Nodes by the float type that they compute in.
struct NodesByType {
  int float32 = 0;
  int reduced = 0;  ///< float16 or bfloat16
};

NodesByType count_nodes(const ValueTable& table, bool heavy_only) {
  NodesByType count;
  for (const PlacedNode& placed : table.nodes()) {
    if (heavy_only ? !is_heavy(*placed.node) : is_op(*placed.node, "Cast") || is_op(*placed.node, "Constant")) continue;
    const Value* input = table.input(*placed.node, 0);
    if (input == nullptr) continue;
    if (input->type == ElementType::float32) ++count.float32;
    if (input->type == ElementType::float16 || input->type == ElementType::bfloat16) ++count.reduced;
  }
  return count;
}

/// Islands of float32 in a model that somebody has made 16 bits already are there for a reason.
std::string reason_if_reduced(const ValueTable& table) {
  NodesByType nodes = count_nodes(table, true);
  const bool has_heavy = nodes.float32 + nodes.reduced > 0;
  if (!has_heavy) nodes = count_nodes(table, false);
  if (nodes.reduced == 0 || (has_heavy && nodes.reduced < nodes.float32)) return {};
  return fmt::format("already 16 bits: {} of {} {} compute in float16 or bfloat16", nodes.reduced,
                     nodes.reduced + nodes.float32, has_heavy ? "convolutions, matrix products and the like" : "nodes");
}

std::string reason_if_unchanged(const PrecisionPlan& plan, const ValueTable& table) {
  std::map<std::string, int> reasons;
  for (const PlacedNode& placed : table.nodes()) {
    const auto found = plan.nodes.find(placed.id);
    if (found == plan.nodes.end()) continue;
    if (found->second.low) return {};
    ++reasons[fmt::format("{}: {}", placed.node->op_type(), found->second.reason)];
  }
  if (reasons.empty()) return "nothing in the model computes in float32";
  const auto most = std::ranges::max_element(reasons, {}, &std::pair<const std::string, int>::second);
  return fmt::format("{} suits no node; the most frequent reason is {} ({} of {} nodes)", to_text(plan.low),
                     most->first, most->second, plan.nodes.size());
}

void convert_float_to_float16(model::Model& model, const PassContext& context, PassReport& report) {
  reduce_float(model, ElementType::float16, context, report);
}

}  // namespace

PrecisionPlan plan_reduction(model::Model& model, WeightSurvey& survey, ElementType low, const PassContext& context) {
  return plan_precision(
      model, survey,
      {.low = low, .input_shapes = context.input_shapes, .keep = context.keep_nodes, .convert = context.convert_nodes});
}

void reduce_float(model::Model& model, ElementType low, const PassContext& context, PassReport& report) {
  prepare_graph(model);
  const ValueTable table(model.proto());
  report.nothing_to_convert = reason_if_reduced(table);
  if (!report.nothing_to_convert.empty()) return;
  WeightSurvey survey(model, low);
  const PrecisionPlan plan = plan_reduction(model, survey, low, context);
  report.nothing_to_convert = reason_if_unchanged(plan, table);
  if (!report.nothing_to_convert.empty()) return;
  apply_precision(model, plan, survey, context.io, report);
}

const Pass kConvertFloatToFloat16{"convert_float_to_float16", "lets every node that can compute in float16",
                                  convert_float_to_float16};

}  // namespace autoaccel::rewrite
