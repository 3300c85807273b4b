#include "quantize/quantization_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "model/graph.h"
#include "quantize/smooth.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::quantize {

namespace {

using onnx::NodeProto;
using rewrite::is_op;
using rewrite::Value;
using rewrite::ValueTable;

// Of all multiply-adds. A layer below it cannot be worth its rounding: squeeze-and-excitation, heads of one pixel.
constexpr double kLightShare = 1.0 / 2000;

constexpr RangeRules kUnsigned{.levels = 256, .symmetric = false};
constexpr RangeRules kSigned{.levels = 256, .symmetric = true};

const RangeRules& range_rules(const Dialect& dialect) { return dialect.is_symmetric ? kSigned : kUnsigned; }

/// nullopt: the range is empty, or too narrow for a step that is a normal number.
std::optional<Grid> grid_of(const Range& range, const RangeRules& rules) {
  Grid grid{.type = rules.symmetric ? ElementType::int8 : ElementType::uint8};
  if (rules.symmetric) {
    grid.scale = range.high / 127;
  } else {
    grid.scale = (range.high - range.low) / 255;
    grid.zero_point = static_cast<int>(std::clamp(std::nearbyint(-range.low / grid.scale), 0.0f, 255.0f));
  }
  if (!std::isfinite(grid.scale) || grid.scale < std::numeric_limits<float>::min()) return std::nullopt;
  return grid;
}

std::span<const float> floats(const Tensor& tensor) { return tensor.as<float>(); }

/// Is the value made by a Softmax, possibly moved?
bool is_probability(const ValueTable& table, const Value* value) {
  while (value != nullptr && value->producer != nullptr) {
    if (is_op(*value->producer, "Softmax")) return true;
    if (!rewrite::is_movement(*value->producer)) return false;
    value = table.input(*value->producer, 0);
  }
  return false;
}

/// E[x] or E[x²] by channel; empty when nothing was seen by this axis, or of another number of channels.
std::vector<double> channel_mean(const TensorStatistics& seen, const std::vector<double>& sums, std::size_t channels) {
  if (sums.size() != channels || seen.count_per_channel() == 0) return {};
  std::vector<double> means = sums;
  for (double& mean : means) mean /= static_cast<double>(seen.count_per_channel());
  return means;
}

/// The id of the node that a layer's bias belongs to.
std::string bias_node(const QuantizationSurvey::Node& node) {
  if (!is_op(*node.node, "MatMul")) return node.id;
  return node.layer->bias_add == nullptr ? "" : node.layer->bias_add->output(0);
}

/// Of a weight's kernel, the part that falls on one element of the result, in the mean over its places: a transposed
/// convolution of stride 2 puts every other tap on each.
double part_of_kernel(const NodeProto& node) {
  double part = 1;
  const auto* strides = is_op(node, "ConvTranspose") ? model::find_attribute(node, "strides") : nullptr;
  if (strides == nullptr) return part;
  for (const std::int64_t stride : strides->ints()) part /= static_cast<double>(stride);
  return part;
}

/// Does what was seen of the value lie along the axis that the layer's channels have?
bool is_along(const TensorStatistics& seen, const IntegerLayer& layer) {
  return layer.input_axis() == 1 ? seen.channel_axis == 1 : seen.channel_axis >= 0;
}

}  // namespace

std::vector<int> activation_slots(const ValueTable& table, const NodeProto& node) {
  std::vector<int> slots;
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* input = table.input(node, i);
    if (input != nullptr && input->type == ElementType::float32 && !input->is_constant()) slots.push_back(i);
  }
  return slots;
}

ClosingValue closing_value(const ValueTable& table, const NodeProto& node) {
  const Value* output = table.output(node, 0);
  if (output == nullptr || node.output_size() != 1) return {};
  if (output->uses.size() != 1 || output->uses[0].node == nullptr) return {output, nullptr};
  const NodeProto& reader = *output->uses[0].node;
  const bool is_bounded =
      is_op(reader, "Relu") || (is_op(reader, "Clip") && activation_slots(table, reader).size() == 1);
  if (!is_bounded || output->uses[0].graph != output->graph) return {output, nullptr};
  return {table.output(reader, 0), &reader};
}

QuantizationSurvey::QuantizationSurvey(const model::Model& model, const Statistics& statistics, QuantizationRules rules)
    : rules_(std::move(rules)), model_(model.clone()), table_(std::make_unique<ValueTable>(model_.proto())) {
  find_grids(statistics);
  find_nodes();
  refuse_light_layers();
  if (dialect().has_products) sign_products(statistics);
  if (rules_.smooths) smooth(statistics);
  measure_weights(statistics);
}

const Grid* QuantizationSurvey::grid(const std::string& value) const {
  const auto found = grids_.find(value);
  return found == grids_.end() ? nullptr : &found->second;
}

std::shared_ptr<const LayerFigures> QuantizationSurvey::figures(const std::string& id) const {
  const auto found = figures_.find(id);
  return found == figures_.end() ? nullptr : found->second;
}

void QuantizationSurvey::find_grids(const Statistics& statistics) {
  for (const auto& [name, value] : table_->values_of(model_.proto().graph())) {
    const TensorStatistics* seen = value->type == ElementType::float32 ? statistics.find(name) : nullptr;
    if (seen == nullptr || seen->nan > 0 || seen->infinite > 0) continue;
    if (const auto grid = grid_of(range_of(*seen, rules_.calibrator, range_rules(dialect())), range_rules(dialect())))
      grids_.emplace(name, *grid);
  }
}

void QuantizationSurvey::find_nodes() {
  const std::map<std::string, TensorInfo> types = model::infer_types(model_, rules_.use_shapes);
  for (const rewrite::PlacedNode& placed : table_->nodes()) {
    const bool is_layer = is_any(*placed.node, dialect().layers), is_mover = is_any(*placed.node, dialect().movers);
    if (!is_layer && !is_mover && !is_any(*placed.node, dialect().followers)) continue;
    if (activation_slots(*table_, *placed.node).empty()) continue;
    Node& node = nodes_.emplace_back(Node{.id = placed.id, .node = placed.node});
    node.kind = is_layer ? Kind::layer : is_mover ? Kind::mover : Kind::follower;
    if (placed.graph != &model_.proto().graph()) {
      node.refusal = "stands in a body, whose values are not watched";
    } else if (is_layer) {
      FoundLayer found = integer_layer(placed, *table_, types);
      node.refusal = found.layer ? refusal_of(*found.layer) : found.refusal;
      node.layer = std::move(found.layer);
    } else {
      node.refusal = refusal_of_follower(node);
    }
  }
}

std::string QuantizationSurvey::refusal_of(const IntegerLayer& layer) const {
  const auto refusal_of_value = [&](const Value* value) -> std::string {
    if (value->producer != nullptr && is_op(*value->producer, "DequantizeLinear")) return "reads integers already";
    return grid(value->name) == nullptr ? "nothing was seen of its input that integers can stand for" : "";
  };
  if (std::string reason = refusal_of_value(layer.input); !reason.empty()) return reason;
  if (layer.is_product()) {
    if (!dialect().has_products) return "multiplies two activations";
    if (std::string reason = refusal_of_value(layer.weight); !reason.empty()) return reason;
  } else {
    if (layer.is_depthwise() && !dialect().is_quick_depthwise) return "reads more than it computes, channel by channel";
    if (layer.layout.outs < static_cast<std::size_t>(dialect().least_channels) ||
        (layer.input_axis() != 1 && layer.layout.ins < static_cast<std::size_t>(dialect().least_channels)))
      return fmt::format("has fewer than {} channels", dialect().least_channels);
  }
  if (!is_any(*layer.node, dialect().closed_layers)) return {};
  return refusal_to_close(closing_value(*table_, *layer.node).value);
}

std::string QuantizationSurvey::refusal_to_close(const Value* value) const {
  const auto is_output = [](const rewrite::Use& use) { return use.node == nullptr; };
  if (value != nullptr && std::ranges::any_of(value->uses, is_output))
    return "makes an output, which would be quantized as well";
  if (value == nullptr || grid(value->name) == nullptr)
    return "nothing was seen of its result that integers can stand for";
  return {};
}

std::string QuantizationSurvey::refusal_of_follower(const Node& node) const {
  if (is_op(*node.node, "Resize")) {
    const auto* mode = model::find_attribute(*node.node, "mode");
    if (mode != nullptr && mode->s() != "nearest") return "computes new values";
  }
  for (int i = 0; i < node.node->output_size(); ++i) {
    const Value* output = table_->output(*node.node, i);
    if (std::string reason = refusal_to_close(output); !reason.empty()) return reason;
  }
  for (int i = 0; i < node.node->input_size(); ++i) {
    const Value* input = table_->input(*node.node, i);
    if (input == nullptr || input->type != ElementType::float32 || is_op(*node.node, "Resize")) continue;
    if (input->is_constant() && input->weight == nullptr)
      return "reads a constant that is not stored as a dense tensor";
  }
  return {};
}

void QuantizationSurvey::refuse_light_layers() {
  double total = 0;
  for (const Node& node : nodes_) {
    if (node.layer) total += node.layer->multiply_adds;
  }
  for (Node& node : nodes_) {
    if (!node.refusal.empty() || !node.layer || !node.layer->is_work_known) continue;
    if (node.layer->multiply_adds < total * kLightShare) node.refusal = "computes too little to be worth its rounding";
  }
}

std::map<const Value*, std::vector<const QuantizationSurvey::Node*>> QuantizationSurvey::layers_by_input() const {
  std::map<const Value*, std::vector<const Node*>> readers;
  for (const Node& node : nodes_) {
    if (!node.layer || !node.refusal.empty()) continue;
    readers[node.layer->input].push_back(&node);
    if (node.layer->is_product()) readers[node.layer->weight].push_back(&node);
  }
  return readers;
}

/// Gives the factors of products symmetric grids, but for probabilities, whose grid begins at 0 anyway.
void QuantizationSurvey::sign_products(const Statistics& statistics) {
  const auto readers = layers_by_input();
  for (Node& node : nodes_) {
    if (!node.layer || !node.refusal.empty() || !node.layer->is_product()) continue;
    const Value* factors[] = {node.layer->input, node.layer->weight};
    for (const Value* factor : factors) {
      const auto is_other = [](const Node* reader) { return !reader->layer->is_product(); };
      if (std::ranges::any_of(readers.at(factor), is_other))
        node.refusal = "shares an input with a layer of unsigned ones";
    }
    if (!node.refusal.empty()) continue;
    for (const Value* factor : factors) {
      if (is_probability(*table_, factor)) continue;
      const auto grid = grid_of(range_of(*statistics.find(factor->name), rules_.calibrator, kSigned), kSigned);
      if (grid) grids_.at(factor->name) = *grid;
    }
  }
}

void QuantizationSurvey::smooth(const Statistics& statistics) {
  for (const auto& [value, readers] : layers_by_input()) {
    const auto fits = [&](const Node* reader) {
      return !reader->layer->is_product() && reader->layer->layout.groups == 1 &&
             reader->layer->input_axis() == readers[0]->layer->input_axis() &&
             reader->layer->layout.ins == readers[0]->layer->layout.ins &&
             (dialect().smooths_before_any_layer || reader->layer->input_axis() == -1);
    };
    if (!std::ranges::all_of(readers, fits)) continue;
    const IntegerLayer& first = *readers[0]->layer;
    const bool may_be_closed =
        !dialect().closed_layers.empty() && value->producer != nullptr &&
        (is_any(*value->producer, dialect().closed_layers) || is_any(*value->producer, dialect().followers) ||
         is_any(*value->producer, dialect().movers));
    const TensorStatistics& seen = *statistics.find(value->name);
    std::vector<double> squares = channel_mean(seen, seen.channel_sum_squares, first.layout.ins);
    if (may_be_closed || squares.empty() || !is_along(seen, first)) continue;
    std::vector<LayerSensitivity> layers;
    for (const Node* reader : readers)
      layers.push_back(
          sensitivity_of(reader->layer->layout, floats(model_.read_weight(*reader->layer->weight->weight))));
    const Range range = range_of(seen, rules_.calibrator, range_rules(dialect()));
    ChannelRanges channels{seen.channel_min, seen.channel_max, std::move(squares)};
    Smoothing smoothing = choose_smoothing(channels, range, range_rules(dialect()), layers, rules_.weight_levels);
    auto grid = smoothing.factors.empty() ? std::nullopt : grid_of(smoothing.range, range_rules(dialect()));
    if (!grid) continue;
    grid->factors = std::move(smoothing.factors);
    grid->factors_shape = {static_cast<std::int64_t>(first.layout.ins)};
    if (first.input_axis() == 1) grid->factors_shape.resize(first.weight->weight->dims_size() - 1, 1);
    grids_.at(value->name) = std::move(*grid);
  }
}

void QuantizationSurvey::measure_weights(const Statistics& statistics) {
  std::vector<Node*> layers;
  for (Node& node : nodes_)
    if (node.layer && node.refusal.empty() && !node.layer->is_product()) layers.push_back(&node);
  std::vector<LayerFigures> figures(layers.size());
  base::for_each_parallel(layers.size(), [&](std::size_t i) {
    const IntegerLayer& layer = *layers[i]->layer;
    const Tensor weight = model_.read_weight(*layer.weight->weight);
    LayerFigures& found = figures[i];
    found.layout = layer.layout;
    found.bias_node = bias_node(*layers[i]);
    found.bias_slot = layer.bias_slot;
    found.factors = grids_.at(layer.input->name).factors;
    found.scales = channel_scales(layer.layout, floats(weight), found.factors, rules_.weight_levels);
    const TensorStatistics& seen = *statistics.find(layer.input->name);
    std::vector<double> means = channel_mean(seen, seen.channel_sum, layer.layout.inputs());
    if (!rules_.corrects_means || found.scales.empty() || means.empty() || !is_along(seen, layer)) return;
    for (double& mean : means) mean *= part_of_kernel(*layer.node);
    for (std::size_t c = 0; c < found.factors.size(); ++c) means[c] /= found.factors[c];
    found.lost_means =
        lost_means(layer.layout, floats(weight), found.factors, found.scales, rules_.weight_levels, means);
  });
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (figures[i].scales.empty())
      layers[i]->refusal = "its weight holds NaN, infinities, or only tiny numbers";
    else
      figures_.emplace(layers[i]->id, std::make_shared<const LayerFigures>(std::move(figures[i])));
  }
}

}  // namespace autoaccel::quantize
