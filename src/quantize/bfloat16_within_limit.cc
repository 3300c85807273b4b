#include "quantize/bfloat16_within_limit.h"

#include <algorithm>
#include <iterator>

#include "quantize/spare_nodes.h"
#include "rewrite/node_work.h"
#include "rewrite/passes.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/reduce_float.h"

namespace autoaccel::quantize {

namespace {

using rewrite::PassContext;
using rewrite::PassReport;

constexpr ElementType kLow = ElementType::bfloat16;

/// The nodes that a conversion without limits would change, in the graph's order.
std::vector<LowNode> low_nodes(model::Model& model, const PassContext& context) {
  rewrite::WeightSurvey survey(model, kLow);
  const rewrite::PrecisionPlan plan = rewrite::plan_reduction(model, survey, kLow, context);
  const rewrite::ValueTable table(model.proto());
  const auto types = model::infer_types(model, context.input_shapes);
  std::vector<LowNode> nodes;
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    if (plan.is_low(placed.id)) nodes.push_back({placed.id, rewrite::node_work(*placed.node, table, types)});
  }
  return nodes;
}

void convert(model::Model& model, const PassContext& context, PassReport& report) {
  rewrite::prepare_graph(model);
  if (context.judge == nullptr) {
    rewrite::reduce_float(model, kLow, context, report);
    return;
  }
  const auto converted = [&](const std::set<std::string>& kept, PassReport& about) {
    PassContext told = context;
    told.keep_nodes.insert(kept.begin(), kept.end());
    model::Model candidate = model.clone();
    rewrite::reduce_float(candidate, kLow, told, about);
    rewrite::kRemoveRedundantCasts.apply(candidate, told, about);
    return candidate;
  };
  const std::vector<LowNode> nodes = low_nodes(model, context);
  Kept kept;
  if (!nodes.empty()) {
    kept = kept_within_limit({.nodes = nodes,
                              .with_kept =
                                  [&](const std::set<std::string>& spared) {
                                    PassReport unread;
                                    return converted(spared, unread);
                                  }},
                             *context.judge);
  }
  model = converted(kept.nodes, report);
  std::ranges::move(kept.notes, std::back_inserter(report.notes));
}

}  // namespace

const rewrite::Pass kConvertFloatToBfloat16WithinLimit{
    "convert_float_to_bfloat16_within_limit", "lets every node compute in bfloat16 that costs no more than the limit",
    convert};

}  // namespace autoaccel::quantize
