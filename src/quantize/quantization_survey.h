#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "quantize/calibrator.h"
#include "quantize/dialect.h"
#include "quantize/integer_layer.h"
#include "quantize/statistics.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

/// How static quantization goes about it.
struct QuantizationRules {
  const Dialect* dialect = nullptr;
  std::map<std::string, Shape> use_shapes = {};
  Calibrator calibrator = Calibrator::mse;
  bool smooths = true;         ///< smooth.h
  bool corrects_means = true;  ///< LayerFigures::lost_means
  int weight_levels = 127;     ///< 63 where the processor's sums of 8-bit products saturate
};

/// x ≈ (q − zero_point) · scale.
struct Grid {
  ElementType type = ElementType::uint8;
  float scale = 1;
  int zero_point = 0;

  /// What each channel is divided by before; empty: nothing.
  std::vector<float> factors = {};
  Shape factors_shape = {};  ///< that broadcasts over the value
};

/// What quantizing a layer's constant weight needs and costs.
struct LayerFigures {
  WeightLayout layout;
  std::string bias_node;  ///< id of the node that adds the bias, the layer's own or that of an Add; empty: none can
  int bias_slot = 2;
  std::vector<float> scales;       ///< by output channel
  std::vector<float> factors;      ///< of its input (Grid::factors); empty: none
  std::vector<double> lost_means;  ///< what its result loses in the mean, by output channel; empty: not known
};

/// All that a plan is made from, looked up once: it does not depend on which nodes stay float, so that hundreds of
/// plans cost little.
///
/// Only nodes of the main graph: values of subgraphs are not watched. Layers whose multiply-adds are less than a
/// thousandth of the model's stay float.
class QuantizationSurvey {
 public:
  /// model       cloned; its weights are read once, on several threads
  /// statistics  of the original's values, by name; only used here
  QuantizationSurvey(const model::Model& model, const Statistics& statistics, QuantizationRules rules);

  enum class Kind { layer, follower, mover };
  struct Node {
    std::string id;
    const onnx::NodeProto* node = nullptr;
    Kind kind = Kind::layer;
    std::optional<IntegerLayer> layer = {};
    std::string refusal = {};  ///< why it stays float in any plan; empty: it need not
  };

  const QuantizationRules& rules() const { return rules_; }
  const Dialect& dialect() const { return *rules_.dialect; }
  const rewrite::ValueTable& table() const { return *table_; }

  /// The nodes that the dialect could have on integers and that read float32 activations, in the graph's order.
  const std::vector<Node>& nodes() const { return nodes_; }

  /// nullptr when nothing was seen of the value, or nothing that integers can stand for.
  const Grid* grid(const std::string& value) const;

  /// By id, of layers with a constant weight that are not refused. Shared with the plans.
  std::shared_ptr<const LayerFigures> figures(const std::string& id) const;

 private:
  void find_nodes();
  std::string refusal_of(const IntegerLayer& layer) const;
  std::string refusal_of_follower(const Node& node) const;
  std::string refusal_to_close(const rewrite::Value* value) const;  ///< why no Q can stand behind it
  void refuse_light_layers();
  void find_grids(const Statistics& statistics);
  void sign_products(const Statistics& statistics);
  void smooth(const Statistics& statistics);
  void measure_weights(const Statistics& statistics);
  std::map<const rewrite::Value*, std::vector<const Node*>> layers_by_input() const;

  QuantizationRules rules_;
  model::Model model_;
  std::unique_ptr<rewrite::ValueTable> table_;
  std::vector<Node> nodes_;
  std::map<std::string, Grid> grids_;
  std::map<std::string, std::shared_ptr<const LayerFigures>> figures_;
};

/// The value that a node of a closed dialect puts its Q behind: its output, or that of a Relu or Clip which alone reads
/// it and which the Q makes redundant. `absorbed` is that Relu or Clip.
struct ClosingValue {
  const rewrite::Value* value = nullptr;  ///< nullptr: the node has several outputs or none
  const onnx::NodeProto* absorbed = nullptr;
};
ClosingValue closing_value(const rewrite::ValueTable& table, const onnx::NodeProto& node);

/// Input slots of a node that hold float32 activations.
std::vector<int> activation_slots(const rewrite::ValueTable& table, const onnx::NodeProto& node);

}  // namespace autoaccel::quantize
