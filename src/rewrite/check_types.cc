#include "rewrite/check_types.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "base/text.h"
#include "model/graph.h"
#include "rewrite/element_types.h"
#include "rewrite/precision_rules.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

constexpr std::size_t kMostConflicts = 5;

class TypeChecker {
 public:
  explicit TypeChecker(onnx::ModelProto& model) : model_(model), table_(model) {}

  std::vector<std::string> run() {
    for (const PlacedNode& placed : table_.nodes()) {
      check_inputs(*placed.node);
      check_bodies(*placed.node);
      if (conflicts_.size() >= kMostConflicts) break;
    }
    const onnx::GraphProto& graph = model_.graph();
    for (int i = 0; i < graph.output_size(); ++i) {
      check_same(fmt::format("output {}", base::printable(graph.output(i).name())), "declared",
                 element_type(graph.output(i).type()), "made", type(table_.graph_output(graph, i)));
    }
    return std::move(conflicts_);
  }

 private:
  static ElementType type(const Value* value) { return value == nullptr ? ElementType::undefined : value->type; }

  void check_same(const std::string& place, std::string_view first, ElementType a, std::string_view second,
                  ElementType b) {
    if (a == b || a == ElementType::undefined || b == ElementType::undefined) return;
    conflicts_.push_back(fmt::format("{}: {} {}, {} {}", place, first, to_text(a), second, to_text(b)));
  }

  void check_inputs(const onnx::NodeProto& node) {
    const onnx::OpSchema* schema = table_.schema(node);
    if (schema == nullptr) return;
    std::map<std::string_view, ElementType> variables;
    for (int i = 0; i < node.input_size(); ++i) {
      const FormalParameter* formal = parameter(schema->inputs(), i);
      const ElementType input = type(table_.input(node, i));
      if (formal == nullptr || input == ElementType::undefined) continue;
      if (!allows(*formal, input)) {
        conflicts_.push_back(fmt::format("{}: input {} is {}, which opset {} does not allow", model::describe(node), i,
                                         to_text(input), table_.opset(node)));
      }
      if (!formal->GetIsHomogeneous()) continue;
      const auto bound = variables.emplace(formal->GetTypeStr(), input).first;
      check_same(model::describe(node), "an input is", bound->second, fmt::format("input {} is", i), input);
    }
  }

  /// Bodies of one node against each other and against what goes in.
  void check_bodies(const onnx::NodeProto& node) {
    for (const onnx::GraphProto* body : model::subgraphs(node)) {
      const bool is_loop = is_op(node, "Loop");
      if (!is_loop && !is_op(node, "If") && !is_op(node, "Scan")) continue;
      const int first_output = is_loop ? 1 : 0;  // the condition
      for (int i = first_output; i < body->output_size(); ++i) {
        const ElementType made = type(table_.graph_output(*body, i));
        const std::string place = fmt::format("{}, output {} of its body", model::describe(node), i);
        check_same(place, "gives", type(table_.output(node, i - first_output)), "makes", made);
        check_same(place, "declared", element_type(body->output(i).type()), "made", made);
        if (is_loop && i + 1 < node.input_size()) {
          check_same(place, "takes", type(table_.input(node, i + 1)), "returns", made);
        }
      }
      for (int i = 2; is_loop && i < body->input_size() && i < node.input_size(); ++i) {
        check_same(fmt::format("{}, input {} of its body", model::describe(node), i), "declared",
                   element_type(body->input(i).type()), "given", type(table_.input(node, i)));
      }
    }
  }

  const onnx::ModelProto& model_;
  const ValueTable table_;
  std::vector<std::string> conflicts_;
};

}  // namespace

std::vector<std::string> type_conflicts(onnx::ModelProto& model) { return TypeChecker(model).run(); }

}  // namespace autoaccel::rewrite
