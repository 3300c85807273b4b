#include "rewrite/apply_precision.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "rewrite/low_slots.h"
#include "rewrite/low_weights.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;

/// The names under which a float32 value of the original exists afterwards.
struct Forms {
  ElementType made = ElementType::float32;   ///< as its producer makes it, or as the constant is stored
  ElementType named = ElementType::float32;  ///< of the form that has the value's own name
  std::string made_name;
  std::optional<std::string> twin;  ///< of a constant that is there twice: the name of the `low` one
};

class PrecisionRewriter {
 public:
  PrecisionRewriter(model::Model& model, const PrecisionPlan& plan, WeightSurvey& survey, IoTypes io,
                    PassReport& report)
      : model_(model),
        plan_(plan),
        survey_(survey),
        io_(io),
        report_(report),
        table_(model.proto()),
        names_(model.proto()) {
    for (const PlacedNode& placed : table_.nodes()) {
      if (!plan.is_low(placed.id)) continue;
      LowSlots slots = low_slots(*placed.node, table_, plan.low);
      if (!slots.refusal.empty()) {
        throw Error(Cause::defect, fmt::format("{} was to compute in {}: {}", model::describe(*placed.node),
                                               to_text(plan.low), slots.refusal));
      }
      low_nodes_.emplace(placed.node, std::move(slots));
    }
    for (const Value& value : table_.values()) {
      if (value.type == ElementType::float32) forms_.emplace(&value, choose_forms(value));
    }
  }

  void run() {
    rewrite(*model_.proto().mutable_graph());
    count();
  }

 private:
  GraphProto& main_graph() { return *model_.proto().mutable_graph(); }

  /// The type in which the reader wants the value; nullopt: either will do.
  std::optional<ElementType> wanted(const Use& use) {
    if (use.node == nullptr) {
      return use.graph == &main_graph() && io_ == IoTypes::reduced ? plan_.low : ElementType::float32;
    }
    const auto low = low_nodes_.find(use.node);
    if (low != low_nodes_.end() && low->second.inputs[use.slot]) return plan_.low;
    if (takes_either(*use.node, use.slot, table_, plan_.low)) return std::nullopt;
    return ElementType::float32;
  }

  Forms choose_forms(const Value& value) {
    bool wants_low = false;
    bool wants_float32 = false;
    std::optional<ElementType> as_output;  // of its own graph, where its name is given
    for (const Use& use : value.uses) {
      const std::optional<ElementType> type = wanted(use);
      wants_low |= type == plan_.low;
      wants_float32 |= type == ElementType::float32;
      if (use.node == nullptr && use.graph == value.graph) as_output = type;
    }
    Forms forms;
    if (value.is_constant()) {
      const bool can_change = value.weight != nullptr;
      if (can_change && wants_low && !wants_float32) forms.made = plan_.low;
      if (can_change && wants_low && wants_float32) forms.twin = "";
    } else if (value.producer != nullptr) {
      const auto low = low_nodes_.find(value.producer);
      if (low != low_nodes_.end() && low->second.outputs[value.slot]) forms.made = plan_.low;
    } else if (value.graph == &main_graph() && io_ == IoTypes::reduced) {
      if (wants_low || !wants_float32) forms.made = plan_.low;
    }
    forms.named = as_output.value_or(forms.made);
    forms.made_name = forms.named == forms.made ? value.name : new_name(value, forms.made);
    if (forms.twin) forms.twin = forms.named == plan_.low ? value.name : new_name(value, plan_.low);
    return forms;
  }

  std::string new_name(const Value& value, ElementType type) {
    return names_.make(fmt::format("{}_{}", value.name, to_text(type)));
  }

  /// The name of the value in that type, for readers in `graph`; adds a Cast at the end of its nodes where it is
  /// missing.
  std::string name_in(const Value& value, ElementType type, GraphProto& graph) {
    const Forms& forms = forms_.at(&value);
    if (type == forms.made) return forms.made_name;
    if (forms.twin) return *forms.twin;
    if (type == forms.named && &graph == value.graph) return value.name;
    std::string& name = casts_[&graph][&value];
    if (name.empty()) {
      name = new_name(value, type);
      add_cast(graph, forms.made_name, name, type);
    }
    return name;
  }

  void add_cast(GraphProto& graph, const std::string& from, const std::string& to, ElementType type) {
    NodeProto& cast = *graph.add_node();
    cast.set_op_type("Cast");
    cast.set_name(names_.make(to + "_cast"));
    cast.add_input(from);
    cast.add_output(to);
    onnx::AttributeProto& attribute = *cast.add_attribute();
    attribute.set_name("to");
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(static_cast<int>(type));
    ++casts_added_;
  }

  void rewrite(GraphProto& graph) {
    set_input_types(graph);
    rewrite_initializers(graph);
    std::vector<NodeProto*> nodes(graph.node_size());
    graph.mutable_node()->ExtractSubrange(0, graph.node_size(), nodes.data());
    for (NodeProto* node : nodes) {
      for (int i = 0; i < node->input_size(); ++i) {
        const Value* value = table_.input(*node, i);
        if (value == nullptr || !forms_.contains(value)) continue;
        node->set_input(i, name_in(*value, wanted({&graph, node, i}).value_or(forms_.at(value).made), graph));
      }
      for (onnx::AttributeProto& attribute : *node->mutable_attribute()) {
        if (attribute.has_g()) rewrite(*attribute.mutable_g());
        for (GraphProto& body : *attribute.mutable_graphs()) rewrite(body);
      }
      graph.mutable_node()->AddAllocated(node);
      rewrite_outputs(graph, *node);
    }
    rewrite_graph_outputs(graph);
    set_declared_types(graph);
  }

  void rewrite_outputs(GraphProto& graph, NodeProto& node) {
    for (int i = 0; i < node.output_size(); ++i) {
      const Value* value = table_.output(node, i);
      if (value == nullptr || !forms_.contains(value)) continue;
      const Forms& forms = forms_.at(value);
      if (value->is_constant()) {
        rewrite_constant_node(graph, node, *value);
        continue;
      }
      node.set_output(i, forms.made_name);
      if (forms.named != forms.made) add_cast(graph, forms.made_name, value->name, forms.named);
    }
  }

  void rewrite_constant_node(GraphProto& graph, NodeProto& node, const Value& value) {
    const Forms& forms = forms_.at(&value);
    node.set_output(0, forms.made_name);
    if (forms.twin) {
      NodeProto& twin = *graph.add_node();
      twin = node;
      if (!node.name().empty()) twin.set_name(names_.make(node.name() + "_" + to_text(plan_.low)));
      twin.set_output(0, *forms.twin);
      for (onnx::AttributeProto& attribute : *twin.mutable_attribute()) {
        if (attribute.name() == "value") change(*attribute.mutable_t());
      }
    } else if (forms.made == plan_.low) {
      change(*value.weight);
    } else if (forms.named != forms.made) {
      add_cast(graph, forms.made_name, value.name, forms.named);
    }
  }

  void rewrite_initializers(GraphProto& graph) {
    std::vector<onnx::TensorProto> twins;
    for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
      const Value* value = table_.values_of(graph).at(tensor.name());
      const auto found = forms_.find(value);
      if (found == forms_.end() || value->weight != &tensor) continue;
      const Forms& forms = found->second;
      if (forms.twin) {
        twins.push_back(tensor);
        twins.back().set_name(*forms.twin);
        change(twins.back());
      } else if (forms.made == plan_.low) {
        change(tensor);
      }
      tensor.set_name(forms.made_name);
    }
    for (onnx::TensorProto& twin : twins) *graph.add_initializer() = std::move(twin);
  }

  void change(onnx::TensorProto& tensor) {
    const WeightFigures figures = survey_.of(tensor);
    weights_.add(tensor, figures);
    convert_weight(model_, tensor, plan_.low, figures.overflows());
  }

  void set_input_types(GraphProto& graph) {
    if (&graph != &main_graph()) return;
    for (onnx::ValueInfoProto& info : *graph.mutable_input()) {
      const auto found = forms_.find(table_.values_of(graph).at(info.name()));
      if (found == forms_.end() || found->first->origin != Value::Origin::input) continue;
      info.mutable_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(found->second.made));
      if (io_ == IoTypes::reduced && found->second.made == ElementType::float32) {
        report_.notes.push_back(
            fmt::format("input {} stays float32: only float32 nodes read it", base::printable(info.name())));
      }
    }
  }

  void rewrite_graph_outputs(GraphProto& graph) {
    for (int i = 0; i < graph.output_size(); ++i) {
      const Value* value = table_.graph_output(graph, i);
      if (value == nullptr || !forms_.contains(value)) continue;
      const ElementType type = *wanted({&graph, nullptr, i});
      onnx::ValueInfoProto& info = *graph.mutable_output(i);
      if (value->graph != &graph) info.set_name(name_in(*value, type, graph));
      if (&graph == &main_graph()) info.mutable_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(type));
    }
  }

  void set_declared_types(GraphProto& graph) {
    for (onnx::ValueInfoProto& info : *graph.mutable_value_info()) {
      const auto value = table_.values_of(graph).find(info.name());
      if (value == table_.values_of(graph).end() || !info.type().has_tensor_type()) continue;
      const auto forms = forms_.find(value->second);
      if (forms == forms_.end()) continue;
      info.mutable_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(forms->second.named));
    }
  }

  void count() {
    for (const PlacedNode& placed : table_.nodes()) {
      const auto decision = plan_.nodes.find(placed.id);
      if (decision == plan_.nodes.end()) continue;
      if (decision->second.low) {
        ++report_.nodes_converted;
      } else {
        ++report_.nodes_kept;
        ++report_.kept_by_reason[fmt::format("{}: {}", placed.node->op_type(), decision->second.reason)];
      }
    }
    weights_.describe(plan_.low, report_);
    if (casts_added_ > 0) {
      report_.notes.push_back(fmt::format("{} cast{} between {} and float32", casts_added_,
                                          casts_added_ == 1 ? "" : "s", to_text(plan_.low)));
    }
  }

  model::Model& model_;
  const PrecisionPlan& plan_;
  WeightSurvey& survey_;
  const IoTypes io_;
  PassReport& report_;
  const ValueTable table_;
  model::UniqueNames names_;
  std::unordered_map<const NodeProto*, LowSlots> low_nodes_;
  std::unordered_map<const Value*, Forms> forms_;
  std::unordered_map<const GraphProto*, std::unordered_map<const Value*, std::string>> casts_;
  ConvertedWeights weights_;
  int casts_added_ = 0;
};

}  // namespace

void apply_precision(model::Model& model, const PrecisionPlan& plan, WeightSurvey& survey, IoTypes io,
                     PassReport& report) {
  PrecisionRewriter(model, plan, survey, io, report).run();
}

}  // namespace autoaccel::rewrite
