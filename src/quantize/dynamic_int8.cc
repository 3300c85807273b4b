#include "quantize/dynamic_int8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "base/parallel.h"
#include "quantize/calibrator.h"
#include "quantize/dialect.h"
#include "quantize/integer_layer.h"
#include "quantize/smooth.h"
#include "quantize/statistics.h"
#include "quantize/weight_only_plan.h"
#include "rewrite/passes.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/raise_opset.h"

namespace autoaccel::quantize {

namespace {

constexpr int kDynamicOpset = 11;           // of DynamicQuantizeLinear
constexpr int kLevels = 127;                // of weights
constexpr double kLightShare = 1.0 / 2000;  // of all multiply-adds: less is not worth the rounding
constexpr std::array<std::string_view, 2> kLayers{"MatMul", "Gemm"};

model::Model prepared(const model::Model& model) {
  model::Model clone = model.clone();
  rewrite::raise_opset(clone, kDynamicOpset);
  rewrite::prepare_graph(clone);
  return clone;
}

std::string why_none(int light, int unusable) {
  if (unusable > 0) return fmt::format("the weights of {} MatMul and Gemm have no scale", unusable);
  if (light > 0) return fmt::format("the {} MatMul and Gemm with constant weights compute too little", light);
  return "no MatMul or Gemm has constant float32 weights of two axes";
}

}  // namespace

DynamicInt8::DynamicInt8(const model::Model& model, const rewrite::PassContext& context) : model_(prepared(model)) {
  const Weights weights = find_layers(context);
  if (context.statistics != nullptr) smooth(weights, *context.statistics);
  choose_scales(weights);
}

DynamicInt8::Weights DynamicInt8::find_layers(const rewrite::PassContext& context) {
  const rewrite::ValueTable table(model_.proto());
  const std::map<std::string, TensorInfo> types = model::infer_types(model_, context.use_shapes);
  const std::set<const onnx::NodeProto*> kept = kept_nodes(table, context);
  double total = 0;
  std::set<std::string> unknown;  // by id: layers whose work is not known
  Weights weights;
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    const FoundLayer found = integer_layer(placed, table, types);
    if (!found.layer) continue;
    total += found.layer->multiply_adds;
    if (found.layer->is_product() || !is_any(*placed.node, kLayers) || kept.contains(placed.node)) continue;
    layers_.push_back({.id = placed.id,
                       .input = found.layer->input->name,
                       .layout = found.layer->layout,
                       .multiply_adds = found.layer->multiply_adds,
                       .scales = {}});
    if (!found.layer->is_work_known) unknown.insert(placed.id);
    weights.emplace(placed.id, found.layer->weight->weight);
  }
  light_ = static_cast<int>(std::erase_if(layers_, [&](const auto& layer) {
    return layer.multiply_adds < kLightShare * total && !unknown.contains(layer.id);
  }));
  return weights;
}

void DynamicInt8::smooth(const Weights& weights, const Statistics& statistics) {
  std::map<std::string, std::vector<DynamicLayer*>> readers;
  for (DynamicLayer& layer : layers_) readers[layer.input].push_back(&layer);
  for (const auto& [input, layers] : readers) {
    const TensorStatistics* seen = statistics.find(input);
    const std::size_t channels = layers[0]->layout.ins;
    if (seen == nullptr || seen->channel_min.size() != channels || seen->count_per_channel() == 0) continue;
    ChannelRanges ranges{seen->channel_min, seen->channel_max, seen->channel_sum_squares};
    for (double& squares : ranges.mean_square) squares /= static_cast<double>(seen->count_per_channel());
    std::vector<LayerSensitivity> sensitivities;
    for (const DynamicLayer* layer : layers) {
      const Tensor weight = model_.read_weight(*weights.at(layer->id));
      sensitivities.push_back(sensitivity_of(layer->layout, weight.as<float>()));
    }
    Smoothing smoothing = choose_smoothing(ranges, {seen->min, seen->max}, {}, sensitivities, kLevels);
    if (smoothing.factors.empty()) continue;
    const auto factors = std::make_shared<const std::vector<float>>(std::move(smoothing.factors));
    for (DynamicLayer* layer : layers) layer->factors = factors;
  }
}

void DynamicInt8::choose_scales(const Weights& weights) {
  base::for_each_parallel(layers_.size(), [&](std::size_t i) {
    DynamicLayer& layer = layers_[i];
    const Tensor weight = model_.read_weight(*weights.at(layer.id));
    const std::span<const float> factors = layer.factors ? std::span(*layer.factors) : std::span<const float>();
    layer.scales = channel_scales(layer.layout, weight.as<float>(), factors, kLevels);
  });
  unusable_ = static_cast<int>(std::erase_if(layers_, [](const auto& layer) { return layer.scales.empty(); }));
}

LowNodes DynamicInt8::low_nodes() const {
  LowNodes low;
  for (const DynamicLayer& layer : layers_) low.nodes.push_back({layer.id, layer.multiply_adds});
  low.with_kept = [this](const std::set<std::string>& kept) {
    rewrite::PassReport unread;
    return with_kept(kept, unread);
  };
  return low;
}

model::Model DynamicInt8::with_kept(const std::set<std::string>& kept, rewrite::PassReport& report) const {
  std::vector<DynamicLayer> low = layers_;
  std::erase_if(low, [&](const DynamicLayer& layer) { return kept.contains(layer.id); });
  model::Model result = model_.clone();
  if (low.empty()) {
    report.nothing_to_convert = why_none(light_, unusable_);
    return result;
  }
  insert_dynamic(result, low);
  rewrite::PassReport unread;
  rewrite::kRemoveDeadNodes.apply(result, {}, unread);
  report.nodes_converted += static_cast<int>(low.size());
  report.nodes_kept += static_cast<int>(layers_.size() - low.size()) + light_ + unusable_;
  if (const std::size_t spared = layers_.size() - low.size(); spared > 0)
    report.kept_by_reason["MatMul and Gemm: asked to stay float"] += static_cast<int>(spared);
  if (light_ > 0) report.kept_by_reason["MatMul and Gemm: compute too little to be worth their rounding"] += light_;
  if (unusable_ > 0) report.kept_by_reason["MatMul and Gemm: weights without a scale"] += unusable_;
  const auto smoothed = std::ranges::count_if(low, [](const DynamicLayer& layer) { return layer.factors != nullptr; });
  if (smoothed > 0) report.notes.push_back(fmt::format("activations smoothed before {} layers", smoothed));
  return result;
}

namespace {

void quantize_dynamically(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  DynamicInt8 quantizer(model, context);
  if (quantizer.low_nodes().nodes.empty()) {
    static_cast<void>(quantizer.with_kept({}, report));  // says why
    return;
  }
  model = quantizer.with_kept({}, report);
}

void quantize_dynamically_within_limit(model::Model& model, const rewrite::PassContext& context,
                                       rewrite::PassReport& report) {
  const DynamicInt8 quantizer(model, context);
  const LowNodes low = quantizer.low_nodes();
  if (context.judge == nullptr || low.nodes.empty()) return quantize_dynamically(model, context, report);
  Kept kept = kept_within_limit(low, *context.judge);
  model = quantizer.with_kept(kept.nodes, report);
  std::ranges::move(kept.notes, std::back_inserter(report.notes));
}

}  // namespace

const rewrite::Pass kQuantizeDynamically{.name = "quantize_dynamically",
                                         .what = "multiplies matrices as 8-bit integers, ranges of every inference",
                                         .apply = quantize_dynamically,
                                         .reads_statistics = true};

const rewrite::Pass kQuantizeDynamicallyWithinLimit{
    .name = "quantize_dynamically_within_limit",
    .what = "multiplies those matrices as 8-bit integers that cost no more than the limit",
    .apply = quantize_dynamically_within_limit,
    .reads_statistics = true};

}  // namespace autoaccel::quantize
