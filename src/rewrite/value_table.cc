#include "rewrite/value_table.h"

#include <utility>

#include "model/graph.h"
#include "rewrite/element_types.h"

namespace autoaccel::rewrite {

namespace {

onnx::TensorProto* constant_tensor(onnx::NodeProto& node) {
  if (node.op_type() != "Constant" || !model::is_standard(node)) return nullptr;
  for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.name() == "value" && attribute.has_t()) return attribute.mutable_t();
  }
  return nullptr;
}

ElementType declared_type(const onnx::GraphProto& graph, const std::string& name) {
  for (const auto& info : graph.output()) {
    if (info.name() == name) return element_type(info.type());
  }
  for (const auto& info : graph.value_info()) {
    if (info.name() == name) return element_type(info.type());
  }
  return ElementType::undefined;
}

/// Types that the node's body has at its inputs when they are not declared: those of the node's own inputs.
std::vector<ElementType> body_input_types(const onnx::NodeProto& node, const std::vector<ElementType>& inputs) {
  if (node.op_type() != "Loop") return inputs;  // Scan hands its inputs on; If bodies have none
  std::vector<ElementType> types{ElementType::int64, ElementType::boolean};  // iteration number, condition
  if (inputs.size() > 2) types.insert(types.end(), inputs.begin() + 2, inputs.end());
  return types;
}

}  // namespace

std::string canonical_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

bool Value::is_constant() const {
  return origin == Origin::initializer ||
         (producer != nullptr && producer->op_type() == "Constant" && model::is_standard(*producer));
}

/// A graph's names on top of those around it.
struct ValueTable::Scope {
  onnx::GraphProto* graph;
  const Scope* outer;
  std::unordered_map<std::string, Value*>* names;

  Value* find(const std::string& name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
      if (const auto found = scope->names->find(name); found != scope->names->end()) return found->second;
    }
    return nullptr;
  }
};

ValueTable::ValueTable(onnx::ModelProto& model) {
  for (const auto& import : model.opset_import()) {
    opsets_[canonical_domain(import.domain())] = static_cast<int>(import.version());
  }
  add_graph(*model.mutable_graph(), nullptr, "", {});
}

Value& ValueTable::define(Scope& scope, Value value) {
  value.graph = scope.graph;
  Value& added = values_.emplace_back(std::move(value));
  scope.names->emplace(added.name, &added);
  return added;
}

void ValueTable::add_inputs(Scope& scope, const std::vector<ElementType>& types) {
  for (int i = 0; i < scope.graph->input_size(); ++i) {
    const onnx::ValueInfoProto& info = scope.graph->input(i);
    if (scope.names->contains(info.name())) continue;  // an initializer that is listed as an input as well
    ElementType type = element_type(info.type());
    if (type == ElementType::undefined && i < static_cast<int>(types.size())) type = types[i];
    define(scope, {.name = info.name(), .type = type, .origin = Value::Origin::input, .slot = i});
  }
}

void ValueTable::add_graph(onnx::GraphProto& graph, const Scope* outer, const std::string& path,
                           const std::vector<ElementType>& input_types) {
  Scope scope{&graph, outer, &scopes_[&graph]};
  for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
    define(scope, {.name = tensor.name(),
                   .type = static_cast<ElementType>(tensor.data_type()),
                   .origin = Value::Origin::initializer,
                   .weight = &tensor});
  }
  for (const auto& sparse : graph.sparse_initializer()) {
    define(scope, {.name = sparse.values().name(),
                   .type = static_cast<ElementType>(sparse.values().data_type()),
                   .origin = Value::Origin::initializer});
  }
  add_inputs(scope, input_types);
  for (onnx::NodeProto& node : *graph.mutable_node()) add_node(scope, node, path);
  std::vector<Value*>& outputs = graph_outputs_[&graph];
  for (int i = 0; i < graph.output_size(); ++i) {
    outputs.push_back(scope.find(graph.output(i).name()));
    if (outputs.back() != nullptr) outputs.back()->uses.push_back({&graph, nullptr, i});
  }
}

void ValueTable::add_node(Scope& scope, onnx::NodeProto& node, const std::string& path) {
  std::string id = path;
  for (const std::string& output : node.output()) {
    if (output.empty()) continue;
    id += output;
    break;
  }
  nodes_.push_back({&node, scope.graph, id});
  NodeLinks links;
  std::vector<ElementType> input_types;
  for (int i = 0; i < node.input_size(); ++i) {
    Value* value = node.input(i).empty() ? nullptr : scope.find(node.input(i));
    if (value != nullptr) value->uses.push_back({scope.graph, &node, i});
    links.inputs.push_back(value);
    input_types.push_back(value == nullptr ? ElementType::undefined : value->type);
  }
  for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    const std::string inner = id + "/" + attribute.name() + "/";
    if (attribute.has_g()) add_graph(*attribute.mutable_g(), &scope, inner, body_input_types(node, input_types));
    for (onnx::GraphProto& graph : *attribute.mutable_graphs()) add_graph(graph, &scope, inner, {});
  }
  std::vector<ElementType> types = output_types(node, input_types, schema(node));
  const std::vector<ElementType> from_bodies = control_flow_types(node);
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty()) {
      links.outputs.push_back(nullptr);
      continue;
    }
    if (i < static_cast<int>(from_bodies.size())) types[i] = from_bodies[i];
    if (types[i] == ElementType::undefined) types[i] = declared_type(*scope.graph, node.output(i));
    Value& value = define(scope, {.name = node.output(i), .type = types[i], .producer = &node, .slot = i});
    value.weight = constant_tensor(node);
    links.outputs.push_back(&value);
  }
  links_[&node] = std::move(links);
}

std::vector<ElementType> ValueTable::control_flow_types(const onnx::NodeProto& node) const {
  if (!model::is_standard(node)) return {};
  const bool is_loop = node.op_type() == "Loop";
  if (!is_loop && node.op_type() != "If" && node.op_type() != "Scan") return {};
  std::vector<ElementType> types;
  for (const onnx::GraphProto* body : model::subgraphs(node)) {
    const std::vector<Value*>& outputs = graph_outputs_.at(body);
    const std::size_t first = is_loop ? 1 : 0;  // a loop's body gives its condition first
    for (std::size_t i = first; i < outputs.size(); ++i) {
      const std::size_t k = i - first;
      if (types.size() <= k) types.resize(k + 1, ElementType::undefined);
      if (types[k] == ElementType::undefined && outputs[i] != nullptr) types[k] = outputs[i]->type;
    }
  }
  return types;
}

Value* ValueTable::input(const onnx::NodeProto& node, int slot) const {
  const auto found = links_.find(&node);
  if (found == links_.end() || slot < 0 || slot >= static_cast<int>(found->second.inputs.size())) return nullptr;
  return found->second.inputs[slot];
}

Value* ValueTable::output(const onnx::NodeProto& node, int slot) const {
  const auto found = links_.find(&node);
  if (found == links_.end() || slot < 0 || slot >= static_cast<int>(found->second.outputs.size())) return nullptr;
  return found->second.outputs[slot];
}

Value* ValueTable::graph_output(const onnx::GraphProto& graph, int slot) const {
  const auto found = graph_outputs_.find(&graph);
  if (found == graph_outputs_.end() || slot < 0 || slot >= static_cast<int>(found->second.size())) return nullptr;
  return found->second[slot];
}

const std::unordered_map<std::string, Value*>& ValueTable::values_of(const onnx::GraphProto& graph) const {
  static const std::unordered_map<std::string, Value*> kNone;
  const auto found = scopes_.find(&graph);
  return found == scopes_.end() ? kNone : found->second;
}

int ValueTable::opset(const onnx::NodeProto& node) const {
  const auto found = opsets_.find(canonical_domain(node.domain()));
  return found == opsets_.end() ? 0 : found->second;
}

const onnx::OpSchema* ValueTable::schema(const onnx::NodeProto& node) const {
  const int version = opset(node);
  if (version <= 0) return nullptr;
  return onnx::OpSchemaRegistry::Schema(node.op_type(), version, canonical_domain(node.domain()));
}

}  // namespace autoaccel::rewrite
