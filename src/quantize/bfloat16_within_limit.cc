#include "quantize/bfloat16_within_limit.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

constexpr std::array<std::string_view, 7> kLayers{"Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN"};

/// Rounding errors of bfloat16 are everywhere alike, and few layers turn them into most of the damage, often ones of
/// little work (squeeze and excite): worth a few per cent of the gain.
constexpr SpareLimits kLimits{.comfort_db = 12, .comfort_share = 0.04};

/// What stays float32 or not together: a layer and the nodes that follow it, up to the next ones. Between the two there
/// would be casts, and a runtime fuses them.
struct Unit {
  std::vector<std::string> nodes;
  double gain = 0;
};

/// The units of the nodes that a conversion without limits would change, in the graph's order, by their first node.
std::vector<std::pair<std::string, Unit>> units_of(model::Model& model, const PassContext& context) {
  rewrite::WeightSurvey survey(model, kLow);
  const rewrite::PrecisionPlan plan = rewrite::plan_reduction(model, survey, kLow, context);
  const rewrite::ValueTable table(model.proto());
  const auto types = model::infer_types(model, context.use_shapes);
  std::vector<std::pair<std::string, Unit>> units;
  std::map<std::string, std::size_t> unit_of;  // by value
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    if (!plan.is_low(placed.id)) continue;
    const onnx::NodeProto& node = *placed.node;
    std::size_t unit = units.size();
    if (std::ranges::find(kLayers, node.op_type()) == kLayers.end()) {
      for (const std::string& input : node.input()) {
        const auto known = unit_of.find(input);
        if (known == unit_of.end()) continue;
        unit = known->second;
        break;
      }
    }
    if (unit == units.size()) units.push_back({placed.id, {}});
    units[unit].second.nodes.push_back(placed.id);
    units[unit].second.gain += rewrite::node_work(node, table, types);
    for (const std::string& output : node.output()) unit_of.emplace(output, unit);
  }
  return units;
}

void convert(model::Model& model, const PassContext& context, PassReport& report) {
  rewrite::prepare_graph(model);
  if (context.judge == nullptr) {
    rewrite::reduce_float(model, kLow, context, report);
    return;
  }
  const auto units = units_of(model, context);
  const auto converted = [&](const std::set<std::string>& kept, PassReport& about) {
    PassContext told = context;
    for (const auto& [id, unit] : units)
      if (kept.contains(id)) told.keep_nodes.insert(unit.nodes.begin(), unit.nodes.end());
    model::Model candidate = model.clone();
    rewrite::reduce_float(candidate, kLow, told, about);
    rewrite::kRemoveRedundantCasts.apply(candidate, told, about);
    return candidate;
  };
  std::vector<LowNode> nodes;
  for (const auto& [id, unit] : units) nodes.push_back({id, unit.gain});
  Kept kept;
  if (!nodes.empty()) {
    kept = kept_within_limit({.nodes = nodes,
                              .with_kept =
                                  [&](const std::set<std::string>& spared) {
                                    PassReport unread;
                                    return converted(spared, unread);
                                  }},
                             *context.judge, kLimits);
  }
  model = converted(kept.nodes, report);
  std::ranges::move(kept.notes, std::back_inserter(report.notes));
}

}  // namespace

const rewrite::Pass kConvertFloatToBfloat16WithinLimit{
    "convert_float_to_bfloat16_within_limit", "lets every node compute in bfloat16 that costs no more than the limit",
    convert};

}  // namespace autoaccel::quantize
