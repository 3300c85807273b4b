#include "quantize/int8_static.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "quantize/insert_qdq.h"
#include "quantize/judge.h"
#include "rewrite/passes.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

namespace {

constexpr int kPerChannelOpset = 13;
constexpr std::array<std::string_view, 1> kResidualOps{"Add"};
constexpr std::array<std::string_view, 2> kMatrixOps{"MatMul", "Gemm"};

model::Model prepared(const model::Model& model) {
  if (model.opset() < kPerChannelOpset) {
    throw Error(Cause::unsupported,
                fmt::format("scales by channel need opset {}, and the model has {}", kPerChannelOpset, model.opset()));
  }
  model::Model clone = model.clone();
  rewrite::prepare_graph(clone);
  return clone;
}

/// Ways to lower the error that help on average and hurt some models; docs/precision.md has what each buys.
struct Ways {
  bool smooths;
  bool corrects_means;
  Calibrator calibrator;
  std::string_view what;
};
constexpr std::array<Ways, 5> kWays{{{true, true, Calibrator::mse, "smoothing and correction of means"},
                                     {false, true, Calibrator::mse, "correction of means"},
                                     {true, false, Calibrator::mse, "smoothing"},
                                     {false, false, Calibrator::mse, "neither"},
                                     {true, true, Calibrator::percentile, "both, with ranges by percentile"}}};

}  // namespace

Int8Static::Int8Static(const model::Model& model, const Statistics& statistics, QuantizationRules rules)
    : model_(prepared(model)), survey_(model_, statistics, std::move(rules)) {}

LowNodes Int8Static::low_nodes() const {
  LowNodes low;
  const QuantizationPlan plan = plan_quantization(survey_);
  for (const QuantizationSurvey::Node& node : survey_.nodes()) {
    if (!plan.nodes.at(node.id).is_quantized) continue;
    low.nodes.push_back({node.id, node.layer ? node.layer->multiply_adds : 0});
  }
  low.with_kept = [this](const std::set<std::string>& keep) {
    rewrite::PassReport report;
    return with_kept(keep, report);
  };
  return low;
}

model::Model Int8Static::with_kept(const std::set<std::string>& keep, rewrite::PassReport& report) const {
  model::Model result = model_.clone();
  insert_qdq(result, plan_quantization(survey_, keep), report);
  report.notes.insert(report.notes.end(), notes_.begin(), notes_.end());
  if (report.weights_converted == 0) report.nothing_to_convert = "no layer can compute on integers";
  rewrite::PassReport ignored;
  rewrite::kRemoveDeadNodes.apply(result, {}, ignored);
  return result;
}

std::map<std::string, std::optional<int>> values_to_watch(const model::Model& model, const Dialect& dialect) {
  model::Model clone = prepared(model);
  const rewrite::ValueTable table(clone.proto());
  std::map<std::string, std::optional<int>> axes;
  const auto watch = [&](const rewrite::Value* value, std::optional<int> axis) {
    if (value == nullptr || value->type != ElementType::float32 || value->is_constant()) return;
    std::optional<int>& known = axes[value->name];
    if (axis) known = axis;
  };
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    const onnx::NodeProto& node = *placed.node;
    if (placed.graph != &clone.proto().graph()) continue;
    const bool is_layer = is_any(node, dialect.layers);
    const bool is_follower = is_any(node, dialect.followers) || is_any(node, dialect.movers);
    if (!is_layer && !is_follower && !(dialect.has_residuals && is_any(node, kResidualOps))) continue;
    const bool is_matrix = is_any(node, kMatrixOps);
    for (int i = 0; i < node.input_size(); ++i)
      watch(table.input(node, i), is_layer && i == 0 ? std::optional(is_matrix ? -1 : 1) : std::nullopt);
    if (is_follower || is_any(node, dialect.closed_layers)) {
      watch(closing_value(table, node).value, std::nullopt);
      for (int i = 0; i < node.output_size(); ++i) watch(table.output(node, i), std::nullopt);
    }
  }
  return axes;
}

Int8Static int8_static_for(const model::Model& model, const rewrite::PassContext& context) {
  const Dialect* dialect = find_dialect(context.runtime);
  if (dialect == nullptr) {
    throw Error(Cause::unsupported, fmt::format("static INT8 is made for a runtime, and there is no dialect for '{}'",
                                                base::printable(context.runtime)));
  }
  if (context.statistics == nullptr) throw Error(Cause::unsupported, "static INT8 needs what calibration has seen");
  const auto made = [&](const Ways& ways) {
    return Int8Static(model, *context.statistics,
                      {.dialect = dialect,
                       .use_shapes = context.use_shapes,
                       .calibrator = ways.calibrator,
                       .smooths = ways.smooths,
                       .corrects_means = ways.corrects_means});
  };
  Int8Static best = made(kWays[0]);
  if (context.judge == nullptr || best.low_nodes().nodes.empty()) return best;
  const auto slack_of = [&](const Int8Static& candidate) {
    rewrite::PassReport unread;
    return context.judge->judge(candidate.with_kept(context.keep_nodes, unread)).slack_db;
  };
  double most = slack_of(best);
  std::string found = fmt::format("{} {:.1f} dB", kWays[0].what, most);
  for (const Ways& ways : std::span(kWays).subspan(1)) {
    Int8Static candidate = made(ways);
    const double slack = slack_of(candidate);
    found += fmt::format(", {} {:.1f} dB", ways.what, slack);
    if (slack <= most) continue;
    most = slack;
    best = std::move(candidate);
  }
  best.add_note("inside the limit (outside: negative), all layers on integers: " + found);
  return best;
}

namespace {

void quantize_activations(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  model = int8_static_for(model, context).with_kept(context.keep_nodes, report);
}

}  // namespace

const rewrite::Pass kQuantizeActivations{
    .name = "quantize_activations",
    .what = "computes layers on 8-bit integers, with ranges that calibration has seen",
    .apply = quantize_activations,
    .reads_statistics = true};

}  // namespace autoaccel::quantize
