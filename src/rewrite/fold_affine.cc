#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/graph.h"
#include "rewrite/layer.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;
using Types = std::map<std::string, TensorInfo>;

/// y = scale · x + shift, one pair for each channel of axis 1.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;

  bool is_finite() const {
    const auto finite = [](double x) { return std::isfinite(static_cast<float>(x)); };
    return std::ranges::all_of(scale, finite) && std::ranges::all_of(shift, finite);
  }
  bool shifts() const {
    return std::ranges::any_of(shift, [](double x) { return x != 0; });
  }
};

/// The constant as one number for each channel of axis 1 in a tensor of that rank; nullopt when it is more than that.
std::optional<std::vector<double>> by_channel(const model::Model& model, const Value* value, int rank,
                                              std::size_t channels) {
  if (!is_float32_constant(value)) return std::nullopt;
  const onnx::TensorProto& tensor = *value->weight;
  const int axis = 1 - (rank - tensor.dims_size());  // of the channels in the constant
  const std::size_t count = element_count(tensor);
  if (tensor.dims_size() > rank) return std::nullopt;
  if (count != 1 && (count != channels || axis < 0 || tensor.dims(axis) != static_cast<std::int64_t>(channels)))
    return std::nullopt;
  std::vector<double> result = numbers(model, tensor);
  if (count == 1) result.assign(channels, result[0]);
  return result;
}

/// Which of an operator's two inputs is not constant; nullopt when both or none are.
std::optional<int> data_slot(const NodeProto& node, const ValueTable& table) {
  if (node.input_size() != 2) return std::nullopt;
  const bool first = is_float32_constant(table.input(node, 0));
  const bool second = is_float32_constant(table.input(node, 1));
  if (first == second) return std::nullopt;
  return first ? 1 : 0;
}

/// What Add, Sub, Mul or Div with a constant does to its other input.
std::optional<Affine> affine_of_arithmetic(const model::Model& model, const ValueTable& table, const NodeProto& node,
                                           int rank, std::size_t channels) {
  const auto data = data_slot(node, table);
  if (!data) return std::nullopt;
  const auto constant = by_channel(model, table.input(node, 1 - *data), rank, channels);
  if (!constant) return std::nullopt;
  Affine affine{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  for (std::size_t c = 0; c < channels; ++c) {
    const double k = (*constant)[c];
    if (is_op(node, "Add")) {
      affine.shift[c] = k;
    } else if (is_op(node, "Sub")) {
      affine.scale[c] = *data == 0 ? 1 : -1;
      affine.shift[c] = *data == 0 ? -k : k;
    } else if (is_op(node, "Mul")) {
      affine.scale[c] = k;
    } else if (is_op(node, "Div") && *data == 0) {
      affine.scale[c] = 1 / k;
    } else {
      return std::nullopt;
    }
  }
  return affine;
}

std::optional<Affine> affine_of_batch_norm(const model::Model& model, const ValueTable& table, const NodeProto& node,
                                           std::size_t channels) {
  if (!is_op(node, "BatchNormalization") || node.input_size() != 5 || node.output_size() != 1 ||
      model::attribute_int(node, "training_mode", 0) != 0)
    return std::nullopt;
  std::vector<std::vector<double>> inputs(1);
  for (int i = 1; i < 5; ++i) {
    const Value* value = table.input(node, i);
    if (!is_float32_constant(value) || element_count(*value->weight) != channels) return std::nullopt;
    inputs.push_back(numbers(model, *value->weight));
  }
  const auto* attribute = model::find_attribute(node, "epsilon");
  const double epsilon = attribute == nullptr ? 1e-5f : attribute->f();
  Affine affine{std::vector<double>(channels), std::vector<double>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    affine.scale[c] = inputs[1][c] / std::sqrt(inputs[4][c] + epsilon);
    affine.shift[c] = inputs[2][c] - inputs[3][c] * affine.scale[c];
  }
  return affine;
}

bool is_padded(const NodeProto& node) {
  const auto* mode = model::find_attribute(node, "auto_pad");
  if (mode != nullptr && mode->s() != "NOTSET" && mode->s() != "VALID") return true;
  const auto* pads = model::find_attribute(node, "pads");
  return pads != nullptr && std::ranges::any_of(pads->ints(), [](std::int64_t pad) { return pad != 0; });
}

/// One look at the model: folds what can be folded without touching a node twice.
class AffineFolder {
 public:
  /// keeps_values  makes no value that the model did not have
  AffineFolder(model::Model& model, const Types& types, bool keeps_values)
      : model_(model), types_(types), keeps_values_(keeps_values), table_(model.proto()), names_(model.proto()) {}

  /// Returns how many nodes went.
  int run() {
    for (const PlacedNode& placed : table_.nodes()) {
      if (touched_.contains(placed.node)) continue;
      if (const auto layer = layer_of(placed, table_)) fold_follower(*layer);
    }
    for (const PlacedNode& placed : table_.nodes()) {
      if (!touched_.contains(placed.node)) fold_into_readers(placed);
    }
    for (GraphProto* graph : graphs_)
      model::remove_nodes(*graph, [&](const NodeProto& node) { return removed_.contains(&node); });
    return static_cast<int>(removed_.size());
  }

 private:
  /// The only reader of the node's first output, in the same graph; nullptr otherwise.
  NodeProto* only_reader(const NodeProto& node, const GraphProto* graph) const {
    const Value* output = table_.output(node, 0);
    if (output == nullptr || output->uses.size() != 1) return nullptr;
    const Use& use = output->uses[0];
    return use.node != nullptr && use.graph == graph && !touched_.contains(use.node) ? use.node : nullptr;
  }

  void remove(NodeProto& node, GraphProto& graph) {
    removed_.insert(&node);
    touched_.insert(&node);
    graphs_.insert(&graph);
  }

  /// Takes what follows a layer into its weight and bias: the layer makes what the follower made.
  void fold_follower(const Layer& layer) {
    NodeProto* follower = only_reader(*layer.node, layer.graph);
    if (follower == nullptr) return;
    std::optional<Affine> affine = affine_of_arithmetic(model_, table_, *follower, layer.rank(), layer.channels);
    if (!affine && follower->input_size() > 0 && follower->input(0) == layer.node->output(0))
      affine = affine_of_batch_norm(model_, table_, *follower, layer.channels);
    if (!affine || !affine->is_finite()) return;
    std::vector<double> bias = bias_of(model_, layer);
    for (std::size_t c = 0; c < layer.channels; ++c) bias[c] = bias[c] * affine->scale[c] + affine->shift[c];
    scale_outputs(model_, layer, affine->scale);
    set_bias(layer, bias, names_);
    layer.node->set_output(0, follower->output(0));
    touched_.insert(layer.node);
    remove(*follower, *layer.graph);
  }

  /// The convolutions that read the value, each by its first input, with weights of their own and that rank; empty when
  /// anything else reads it.
  std::vector<Layer> only_convolutions(const Value& value, int rank) const {
    std::vector<Layer> layers;
    for (const Use& use : value.uses) {
      if (use.node == nullptr || use.graph != value.graph || use.slot != 0 || touched_.contains(use.node)) return {};
      const auto layer = is_op(*use.node, "Conv") ? layer_of({use.node, use.graph, {}}, table_) : std::nullopt;
      if (!layer || layer->rank() != rank) return {};
      layers.push_back(*layer);
    }
    return layers;
  }

  /// Takes a scale, and where nothing is padded a shift, into the convolutions that read it.
  void fold_into_readers(const PlacedNode& placed) {
    NodeProto& node = *placed.node;
    const auto data = data_slot(node, table_);
    const Value* input = data ? table_.input(node, *data) : nullptr;
    const auto info = input == nullptr ? types_.end() : types_.find(input->name);
    if (info == types_.end() || !info->second.shape || info->second.shape->size() < 3) return;
    const Shape& shape = *info->second.shape;
    if (shape[1] < 1) return;
    const auto rank = static_cast<int>(shape.size());
    const auto affine = affine_of_arithmetic(model_, table_, node, rank, static_cast<std::size_t>(shape[1]));
    const Value* output = table_.output(node, 0);
    if (!affine || !affine->is_finite() || output == nullptr) return;
    const std::vector<Layer> readers = only_convolutions(*output, rank);
    if (readers.empty()) {
      if (!keeps_values_) fold_through_shift(placed, *data, *affine, rank);
      return;
    }
    const auto padded = [](const Layer& layer) { return is_padded(*layer.node); };
    if (affine->shifts() && std::ranges::any_of(readers, padded)) return;
    for (const Layer& layer : readers) {
      if (affine->shifts()) add_to_bias(layer, affine->shift);
      scale_inputs(model_, layer, affine->scale);
      layer.node->set_input(0, node.input(*data));
      touched_.insert(layer.node);
    }
    remove(node, *placed.graph);
  }

  void add_to_bias(const Layer& layer, const std::vector<double>& shift) {
    std::vector<double> bias = bias_of(model_, layer);
    const std::vector<double> response = response_to_constant(model_, layer, shift);
    for (std::size_t c = 0; c < bias.size(); ++c) bias[c] += response[c];
    set_bias(layer, bias, names_);
  }

  /// A scale in front of a shift that has to stay, because its readers pad: s·x + k = s·(x + k/s), and the convolutions
  /// take the s.
  void fold_through_shift(const PlacedNode& placed, int data, const Affine& scale, int rank) {
    NodeProto* add = scale.shifts() ? nullptr : only_reader(*placed.node, placed.graph);
    if (add == nullptr || !is_op(*add, "Add")) return;
    const auto add_data = data_slot(*add, table_);
    const Value* output = table_.output(*add, 0);
    if (!add_data || output == nullptr) return;
    auto shift = by_channel(model_, table_.input(*add, 1 - *add_data), rank, scale.scale.size());
    const std::vector<Layer> readers = only_convolutions(*output, rank);
    if (!shift || readers.empty()) return;
    for (std::size_t c = 0; c < shift->size(); ++c) (*shift)[c] /= scale.scale[c];
    if (!Affine{scale.scale, *shift}.is_finite()) return;
    // The value of the Add is another one now, and needs another name.
    const std::string name = names_.make(add->output(0) + "_unscaled");
    add->set_output(0, name);
    add->set_input(*add_data, placed.node->input(data));
    add->set_input(1 - *add_data, add_constant(*placed.graph, name + "_shift", *shift, rank));
    for (const Layer& layer : readers) {
      scale_inputs(model_, layer, scale.scale);
      layer.node->set_input(0, name);
      touched_.insert(layer.node);
    }
    touched_.insert(add);
    remove(*placed.node, *placed.graph);
  }

  std::string add_constant(GraphProto& graph, const std::string& stem, const std::vector<double>& by_channel,
                           int rank) {
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(names_.make(stem));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(static_cast<std::int64_t>(by_channel.size()));
    for (int i = 2; i < rank; ++i) tensor.add_dims(1);
    const std::vector<float> values(by_channel.begin(), by_channel.end());
    model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
    return tensor.name();
  }

  model::Model& model_;
  const Types& types_;
  const bool keeps_values_;
  const ValueTable table_;
  model::UniqueNames names_;
  std::set<const NodeProto*> touched_;
  std::set<const NodeProto*> removed_;
  std::set<GraphProto*> graphs_;
};

/// Declarations of values that nothing makes any more.
void drop_stale_declarations(onnx::ModelProto& proto) {
  model::for_each_graph(proto, [](GraphProto& graph) {
    std::set<std::string> made;
    for (const NodeProto& node : graph.node()) made.insert(node.output().begin(), node.output().end());
    for (const onnx::TensorProto& tensor : graph.initializer()) made.insert(tensor.name());
    auto& infos = *graph.mutable_value_info();
    infos.erase(
        std::remove_if(infos.begin(), infos.end(), [&](const auto& info) { return !made.contains(info.name()); }),
        infos.end());
  });
}

void fold(model::Model& model, const PassContext& context, PassReport& report, bool keeps_values) {
  prepare_graph(model);
  const Types types = model::infer_types(model, context.input_shapes);
  int folded = 0;
  while (const int nodes = AffineFolder(model, types, keeps_values).run()) folded += nodes;
  if (folded == 0) return;
  kRemoveDeadNodes.apply(model, context, report);
  drop_stale_declarations(model.proto());
  report.notes.push_back(std::to_string(folded) +
                         " scales, shifts and batch normalisations taken into the layers beside them");
}

void fold_affine(model::Model& model, const PassContext& context, PassReport& report) {
  fold(model, context, report, false);
}

void fold_affine_keeping_values(model::Model& model, const PassContext& context, PassReport& report) {
  fold(model, context, report, true);
}

}  // namespace

const Pass kFoldAffine{
    "fold_affine", "takes constant scales, shifts and batch normalisations into the layers beside them", fold_affine};
const Pass kFoldAffineKeepingValues{"fold_affine_keeping_values",
                                    "the same, but makes no value that the model did not have: for statistics by name",
                                    fold_affine_keeping_values};

}  // namespace autoaccel::rewrite
