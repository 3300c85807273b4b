#include "samples/trails.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "base/numeric.h"

namespace autoaccel::samples {
namespace {

/// An operator that hands values on, and the inputs (a bit for each) that it hands on to all its outputs.
struct Passage {
  std::string_view op_type;
  unsigned inputs;
  StepKind kind = StepKind::view;
};
constexpr unsigned kFirst = 1;

constexpr std::array<Passage, 33> kPassages = {{
    {"Cast", kFirst},
    {"CastLike", kFirst},
    {"Reshape", kFirst},
    {"Unsqueeze", kFirst},
    {"Squeeze", kFirst},
    {"Flatten", kFirst},
    {"Transpose", kFirst},
    {"Identity", kFirst},
    {"Expand", kFirst},
    {"Tile", kFirst},
    {"Slice", kFirst},
    {"Pad", kFirst},
    {"Split", kFirst},
    {"SplitToSequence", kFirst},
    {"Dropout", kFirst},
    {"Gather", kFirst},
    {"GatherND", kFirst},
    {"GatherElements", kFirst},
    {"Clip", kFirst},
    {"QuantizeLinear", kFirst},
    {"DequantizeLinear", kFirst},
    {"Concat", ~0u},
    {"Where", 0b110},
    {"Not", kFirst, StepKind::invert},
    {"Add", 0b11, StepKind::shift},
    {"Sub", 0b11, StepKind::shift},
    {"Mul", 0b11, StepKind::scale},
    {"Div", kFirst, StepKind::scale},
    {"Equal", 0b11, StepKind::compare},
    {"Greater", 0b11, StepKind::compare},
    {"Less", 0b11, StepKind::compare},
    {"GreaterOrEqual", 0b11, StepKind::compare},
    {"LessOrEqual", 0b11, StepKind::compare},
}};

const Passage* passage_of(const onnx::NodeProto& node, int input) {
  if (!model::is_standard(node)) return nullptr;
  for (const Passage& passage : kPassages) {
    if (passage.op_type == node.op_type()) return (passage.inputs >> std::min(input, 31) & 1) != 0 ? &passage : nullptr;
  }
  return nullptr;
}

/// A tensor's elements; nullopt when they are too many or no numbers.
std::optional<std::vector<double>> numbers(const Tensor& tensor) {
  constexpr std::int64_t kMaxElements = 65536;
  if (tensor.size() > kMaxElements) return std::nullopt;
  const int bits = bits_per_element(tensor.type());
  const bool known =
      tensor.type() == ElementType::boolean || is_float(tensor.type()) || (is_integer(tensor.type()) && bits >= 8);
  if (!known) return std::nullopt;
  std::vector<double> values(static_cast<std::size_t>(tensor.size()));
  for (std::int64_t i = 0; i < tensor.size(); ++i) values[i] = base::element_as_double(tensor, i);
  return values;
}

bool defines(const Scope& scope, std::string_view name) {
  return scope.view.producer(name) != nullptr || scope.view.initializer(name) != nullptr ||
         scope.view.is_graph_input(name);
}

std::unique_ptr<Scope> make_scope(const model::Model& model, const onnx::GraphProto& graph, const Scope* outer,
                                  const onnx::NodeProto* owner) {
  auto scope =
      std::make_unique<Scope>(Scope{model::GraphView(model, graph, outer ? &outer->view : nullptr), outer, owner, {}});
  for (const onnx::NodeProto& node : graph.node()) {
    for (const onnx::GraphProto* inner : model::subgraphs(node)) {
      scope->inner.push_back(make_scope(model, *inner, scope.get(), &node));
    }
  }
  return scope;
}

/// A value on its way.
struct Carried {
  const Scope* scope;
  std::string name;
  std::vector<Step> steps;
};

/// One walk: the places found so far and the values still to be followed, nearest first.
class Walk {
 public:
  Walk(const Trails& trails, std::string_view input) : trails_(trails) {
    waiting_.push_back({&trails.main(), std::string(input), {}});
  }

  std::vector<Trail> run() {
    while (!waiting_.empty() && found_.size() < Trails::kMaxTrails) {
      const Carried value = std::move(waiting_.front());
      waiting_.pop_front();
      if (!seen_values_.insert({value.scope, value.name}).second) continue;
      visit(*value.scope, value);
    }
    return std::move(found_);
  }

 private:
  void visit(const Scope& scope, const Carried& value) {
    for (const model::GraphView::Use& use : scope.view.consumers(value.name)) {
      found_.push_back({use.node, use.input, &scope, value.steps});
      pass(scope, *use.node, use.input, value.steps);
    }
    leave(scope, value);
    for (const auto& inner : scope.inner) {
      if (!defines(*inner, value.name)) visit(*inner, value);
    }
  }

  /// Goes on behind the node, if it hands the value on.
  void pass(const Scope& scope, const onnx::NodeProto& node, int input, std::vector<Step> steps) {
    enter_body(scope, node, input, steps);
    const Passage* passage = passage_of(node, input);
    if (passage == nullptr) return;
    Step step{passage->kind, &node, {}};
    if (passage->kind != StepKind::view && passage->kind != StepKind::invert) {
      const auto operand = trails_.constant(scope, node.input(1 - input));
      if (!operand) return;  // two values met: neither is what it was
      step.operand = *operand;
      if (node.op_type() == "Sub" && input == 1) step.kind = StepKind::invert;
    }
    steps.push_back(std::move(step));
    for (const std::string& output : node.output()) waiting_.push_back({&scope, output, steps});
  }

  /// Loop and Scan hand their inputs to the body's by position.
  void enter_body(const Scope& scope, const onnx::NodeProto& node, int input, const std::vector<Step>& steps) {
    if (node.op_type() != "Loop" && node.op_type() != "Scan") return;
    for (const auto& inner : scope.inner) {
      if (inner->owner != &node || input >= inner->view.graph().input_size()) continue;
      waiting_.push_back({inner.get(), inner->view.graph().input(input).name(), steps});
    }
  }

  /// A subgraph's outputs are its node's, those of a Loop one place later (the first is the condition).
  void leave(const Scope& scope, const Carried& value) {
    if (scope.owner == nullptr || !scope.view.is_graph_output(value.name)) return;
    const int shift = scope.owner->op_type() == "Loop" ? 1 : 0;
    const std::vector<std::string> outputs = scope.view.output_names();
    for (int i = shift; i < static_cast<int>(outputs.size()) && i - shift < scope.owner->output_size(); ++i) {
      if (outputs[i] == value.name) waiting_.push_back({scope.outer, scope.owner->output(i - shift), value.steps});
    }
  }

  const Trails& trails_;
  std::deque<Carried> waiting_;
  std::set<std::pair<const Scope*, std::string>> seen_values_;
  std::vector<Trail> found_;
};

/// The scope, this or one around it, that defines the name; nullptr when none does.
const Scope* definer(const Scope& scope, std::string_view name) {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    if (defines(*at, name)) return at;
  }
  return nullptr;
}

/// Operators through which a constant keeps its set of values.
bool keeps_values(std::string_view op_type) {
  constexpr std::array<std::string_view, 7> kOps = {"Cast",     "Reshape", "Unsqueeze", "Squeeze",
                                                    "Identity", "Expand",  "CastLike"};
  return std::find(kOps.begin(), kOps.end(), op_type) != kOps.end();
}

}  // namespace

bool Trail::passes_only(std::initializer_list<StepKind> kinds) const {
  return std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.kind == StepKind::view || std::find(kinds.begin(), kinds.end(), step.kind) != kinds.end();
  });
}

Trails::Trails(const model::Model& model)
    : model_(&model), main_(make_scope(model, model.proto().graph(), nullptr, nullptr)) {}

std::vector<Trail> Trails::follow(std::string_view input) const { return Walk(*this, input).run(); }

std::optional<std::vector<double>> Trails::constant(const Scope& scope, std::string_view name, int depth) const {
  if (depth == kMaxDepth) return std::nullopt;
  if (const auto tensor = scope.view.constant_value(name)) return numbers(*tensor);
  const Scope* at = definer(scope, name);
  const onnx::NodeProto* node = at == nullptr ? nullptr : at->view.producer(name);
  if (node == nullptr || !model::is_standard(*node) || node->input_size() == 0) return std::nullopt;
  if (keeps_values(node->op_type())) return constant(*at, node->input(0), depth + 1);
  if (node->op_type() != "Range" || node->input_size() != 3) return std::nullopt;
  const auto start = constant(*at, node->input(0), depth + 1), limit = constant(*at, node->input(1), depth + 1),
             step = constant(*at, node->input(2), depth + 1);
  if (!start || !limit || !step || start->size() != 1 || limit->size() != 1 || step->size() != 1 || step->front() <= 0)
    return std::nullopt;
  if ((limit->front() - start->front()) / step->front() > 65536) return std::nullopt;
  std::vector<double> values;
  for (double value = start->front(); value < limit->front(); value += step->front()) values.push_back(value);
  return values;
}

std::optional<Shape> Trails::shape(const Scope& scope, std::string_view name, int depth) const {
  const Scope* at = definer(scope, name);
  if (at == nullptr || depth == kMaxDepth) return std::nullopt;
  if (const onnx::TensorProto* tensor = at->view.initializer(name))
    return Shape(tensor->dims().begin(), tensor->dims().end());
  const onnx::NodeProto* node = at->view.producer(name);
  if (node == nullptr || !model::is_standard(*node)) return std::nullopt;
  if (node->op_type() == "Constant") {
    const onnx::AttributeProto* value = model::find_attribute(*node, "value");
    if (value == nullptr || !value->has_t()) return std::nullopt;
    return Shape(value->t().dims().begin(), value->t().dims().end());
  }
  const bool same_shape =
      node->op_type() == "Cast" || node->op_type() == "Identity" || node->op_type() == "DequantizeLinear";
  return same_shape ? shape(*at, node->input(0), depth + 1) : std::nullopt;
}

}  // namespace autoaccel::samples
