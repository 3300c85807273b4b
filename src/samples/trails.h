#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.h"
#include "model/model.h"

namespace autoaccel::samples {

/// A graph with its subgraphs, each with its view.
struct Scope {
  model::GraphView view;
  const Scope* outer = nullptr;
  const onnx::NodeProto* owner = nullptr;  ///< the node that this subgraph belongs to; nullptr for the main graph
  std::vector<std::unique_ptr<Scope>> inner;
};

/// What a node on the way did to a value.
enum class StepKind {
  view,     ///< moved, reshaped, cast, padded or cut it; its values are the same
  shift,    ///< added or subtracted a constant
  scale,    ///< multiplied or divided by a constant
  compare,  ///< compared it with a constant: true or false from here on
  invert,   ///< Not, or a constant minus it
};

/// One node that a value passed through.
struct Step {
  StepKind kind = StepKind::view;
  const onnx::NodeProto* node = nullptr;
  std::vector<double> operand;  ///< the constant, for the kinds that have one
};

/// A place that an input's values reach: input number `input` of `node`, after `steps`.
struct Trail {
  const onnx::NodeProto* node = nullptr;
  int input = 0;
  const Scope* scope = nullptr;  ///< where the node is
  std::vector<Step> steps;

  /// Do the values arrive unchanged but for steps of these kinds?
  bool passes_only(std::initializer_list<StepKind> kinds) const;
  bool is(std::string_view op_type) const { return node->op_type() == op_type; }
};

/// Follows values through a model: through operators that only move or shift them, into subgraphs and out of them
/// again. Functions of the model are not entered.
class Trails {
 public:
  explicit Trails(const model::Model& model);

  /// Every place that the graph input reaches, nearest first; each once. Stops after kMaxTrails.
  std::vector<Trail> follow(std::string_view input) const;

  /// The values of a constant, also when it was cast, reshaped, expanded, or is a Range of constants; nullopt for
  /// anything else and above 65536 elements.
  std::optional<std::vector<double>> constant(const Scope& scope, std::string_view name, int depth = 0) const;

  /// The shape of a value where the graph alone tells it (initializers, constants, and those cast or dequantized).
  std::optional<Shape> shape(const Scope& scope, std::string_view name, int depth = 0) const;

  const Scope& main() const { return *main_; }

  static constexpr std::size_t kMaxTrails = 4096;
  static constexpr int kMaxDepth = 32;  ///< nodes between a value and the constant behind it; ends at a cycle too

 private:
  const model::Model* model_;
  std::unique_ptr<Scope> main_;
};

}  // namespace autoaccel::samples
