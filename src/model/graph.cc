#include "model/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/model.h"

namespace autoaccel::model {
namespace {

auto& nodes(const onnx::GraphProto& graph) { return graph.node(); }
auto& nodes(onnx::GraphProto& graph) { return *graph.mutable_node(); }
auto& initializers(const onnx::GraphProto& graph) { return graph.initializer(); }
auto& initializers(onnx::GraphProto& graph) { return *graph.mutable_initializer(); }

std::optional<Tensor> bounded(const Model& model, const onnx::TensorProto& tensor, std::uint64_t max_bytes) {
  if (tensor.data_type() == onnx::TensorProto::STRING) return std::nullopt;
  if (Model::weight_bytes(tensor) > max_bytes) return std::nullopt;
  return model.read_weight(tensor);
}

template <typename T, typename Values>
Tensor tensor_from(ElementType type, Shape shape, const Values& values) {
  Tensor tensor(type, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<T>().begin());
  return tensor;
}

std::optional<Tensor> value_of_constant(const Model& model, const onnx::NodeProto& node, std::uint64_t max_bytes) {
  if (const auto* value = find_attribute(node, "value"); value && value->has_t()) {
    return bounded(model, value->t(), max_bytes);
  }
  if (const auto* value = find_attribute(node, "value_int")) {
    return tensor_from<std::int64_t>(ElementType::int64, {}, std::vector{value->i()});
  }
  if (const auto* value = find_attribute(node, "value_float")) {
    return tensor_from<float>(ElementType::float32, {}, std::vector{value->f()});
  }
  const auto* ints = find_attribute(node, "value_ints");
  if (ints && static_cast<std::uint64_t>(ints->ints_size()) * sizeof(std::int64_t) <= max_bytes) {
    return tensor_from<std::int64_t>(ElementType::int64, {ints->ints_size()}, ints->ints());
  }
  const auto* floats = find_attribute(node, "value_floats");
  if (floats && static_cast<std::uint64_t>(floats->floats_size()) * sizeof(float) <= max_bytes) {
    return tensor_from<float>(ElementType::float32, {floats->floats_size()}, floats->floats());
  }
  return std::nullopt;
}

bool is_constant_node(const onnx::NodeProto& node) { return node.op_type() == "Constant" && is_standard(node); }

/// Adds the names that `graph` reads and does not make itself.
void collect_captured(const onnx::GraphProto& graph, std::set<std::string>& captured) {
  std::set<std::string_view> own;
  for (const auto& input : graph.input()) own.insert(input.name());
  for (const auto& tensor : graph.initializer()) own.insert(tensor.name());
  for (const auto& sparse : graph.sparse_initializer()) own.insert(sparse.values().name());
  for (const auto& node : graph.node()) own.insert(node.output().begin(), node.output().end());

  std::set<std::string> read;
  for (const auto& node : graph.node()) {
    read.insert(node.input().begin(), node.input().end());
    for (const auto* inner : subgraphs(node)) collect_captured(*inner, read);
  }
  for (const auto& output : graph.output()) read.insert(output.name());
  for (const auto& name : read) {
    if (!name.empty() && !own.contains(name)) captured.insert(name);
  }
}

/// Kahn's algorithm on indices; among those that are ready the first in the graph's order comes first.
std::vector<int> topological_order(const onnx::GraphProto& graph) {
  std::unordered_map<std::string_view, int> maker;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const auto& output : graph.node(i).output()) {
      if (!output.empty()) maker.emplace(output, i);
    }
  }
  std::vector<int> missing(static_cast<std::size_t>(graph.node_size()), 0);
  std::vector<std::vector<int>> readers(missing.size());
  for (int i = 0; i < graph.node_size(); ++i) {
    std::set<int> makers;
    const auto need = [&](const std::string& name) {
      if (const auto found = maker.find(name); found != maker.end()) makers.insert(found->second);
    };
    for (const auto& input : graph.node(i).input()) need(input);
    for (const auto& name : captured_names(graph.node(i))) need(name);
    for (const int each : makers) readers[static_cast<std::size_t>(each)].push_back(i);
    missing[static_cast<std::size_t>(i)] = static_cast<int>(makers.size());
  }
  std::set<int> ready;
  for (int i = 0; i < graph.node_size(); ++i) {
    if (missing[static_cast<std::size_t>(i)] == 0) ready.insert(i);
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int next = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(next);
    for (const int reader : readers[static_cast<std::size_t>(next)]) {
      if (--missing[static_cast<std::size_t>(reader)] == 0) ready.insert(reader);
    }
  }
  if (order.size() != missing.size()) {
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](int count) { return count > 0; });
    throw Error(Cause::model, fmt::format("the graph has a cycle: {} needs its own result",
                                          describe(graph.node(static_cast<int>(stuck - missing.begin())))));
  }
  return order;
}

}  // namespace

template <typename Graph>
BasicGraphView<Graph>::BasicGraphView(const Model& model, Graph& graph, const BasicGraphView* outer)
    : model_(&model), graph_(&graph), outer_(outer) {
  for (auto& tensor : initializers(graph)) initializers_.emplace(tensor.name(), &tensor);
  for (const auto& input : graph.input()) inputs_.insert(input.name());
  for (const auto& output : graph.output()) outputs_.insert(output.name());
  for (auto& node : nodes(graph)) {
    for (const auto& output : node.output()) {
      if (!output.empty()) producers_.emplace(output, &node);
    }
    for (int i = 0; i < node.input_size(); ++i) {
      if (!node.input(i).empty()) consumers_[node.input(i)].push_back({&node, i});
    }
    for (const auto& name : captured_names(node)) capturing_[name].push_back(&node);
  }
}

template <typename Graph>
auto BasicGraphView<Graph>::producer(std::string_view name) const -> Node* {
  const auto found = producers_.find(std::string(name));
  return found == producers_.end() ? nullptr : found->second;
}

template <typename Graph>
auto BasicGraphView<Graph>::consumers(std::string_view name) const -> const std::vector<Use>& {
  static const std::vector<Use> none;
  const auto found = consumers_.find(std::string(name));
  return found == consumers_.end() ? none : found->second;
}

template <typename Graph>
auto BasicGraphView<Graph>::capturing_nodes(std::string_view name) const -> const std::vector<Node*>& {
  static const std::vector<Node*> none;
  const auto found = capturing_.find(std::string(name));
  return found == capturing_.end() ? none : found->second;
}

template <typename Graph>
bool BasicGraphView<Graph>::is_used(std::string_view name) const {
  return !consumers(name).empty() || !capturing_nodes(name).empty() || is_graph_output(name);
}

template <typename Graph>
bool BasicGraphView<Graph>::is_graph_input(std::string_view name) const {
  return inputs_.contains(name);
}

template <typename Graph>
bool BasicGraphView<Graph>::is_graph_output(std::string_view name) const {
  return outputs_.contains(name);
}

template <typename Graph>
std::vector<std::string> BasicGraphView<Graph>::output_names() const {
  std::vector<std::string> names;
  for (const auto& output : graph_->output()) names.push_back(output.name());
  return names;
}

template <typename Graph>
auto BasicGraphView<Graph>::initializer(std::string_view name) const -> Initializer* {
  const auto found = initializers_.find(std::string(name));
  return found == initializers_.end() ? nullptr : found->second;
}

template <typename Graph>
std::optional<Tensor> BasicGraphView<Graph>::constant_value(std::string_view name, std::uint64_t max_bytes) const {
  if (const auto* tensor = initializer(name)) return bounded(*model_, *tensor, max_bytes);
  if (const auto* node = producer(name)) {
    return is_constant_node(*node) ? value_of_constant(*model_, *node, max_bytes) : std::nullopt;
  }
  if (is_graph_input(name) || outer_ == nullptr) return std::nullopt;
  return outer_->constant_value(name, max_bytes);
}

template <typename Graph>
bool BasicGraphView<Graph>::is_constant(std::string_view name) const {
  if (initializer(name)) return true;
  if (const auto* node = producer(name)) return is_constant_node(*node);
  return !is_graph_input(name) && outer_ != nullptr && outer_->is_constant(name);
}

template <typename Graph>
auto BasicGraphView<Graph>::nodes_in_order() const -> std::vector<Node*> {
  std::vector<Node*> ordered;
  for (const int index : topological_order(*graph_)) ordered.push_back(&nodes(*graph_)[index]);
  return ordered;
}

template class BasicGraphView<const onnx::GraphProto>;
template class BasicGraphView<onnx::GraphProto>;

std::vector<std::string> captured_names(const onnx::NodeProto& node) {
  std::set<std::string> captured;
  for (const auto* graph : subgraphs(node)) collect_captured(*graph, captured);
  return {captured.begin(), captured.end()};
}

void sort_nodes(onnx::GraphProto& graph) {
  const std::vector<int> order = topological_order(graph);
  if (std::is_sorted(order.begin(), order.end())) return;
  google::protobuf::RepeatedPtrField<onnx::NodeProto> sorted;
  sorted.Reserve(graph.node_size());
  for (const int index : order) sorted.Add()->Swap(graph.mutable_node(index));
  graph.mutable_node()->Swap(&sorted);
}

void remove_nodes(onnx::GraphProto& graph, const std::function<bool(const onnx::NodeProto&)>& drop) {
  auto& list = *graph.mutable_node();
  list.erase(std::remove_if(list.begin(), list.end(), drop), list.end());
}

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name) {
  const auto found = std::find_if(node.attribute().begin(), node.attribute().end(),
                                  [&](const auto& attribute) { return attribute.name() == name; });
  return found == node.attribute().end() ? nullptr : &*found;
}

std::int64_t attribute_int(const onnx::NodeProto& node, std::string_view name, std::int64_t otherwise) {
  const auto* attribute = find_attribute(node, name);
  return attribute ? attribute->i() : otherwise;
}

std::string describe(const onnx::NodeProto& node) {
  const std::string type = base::printable(node.op_type());
  if (!node.name().empty()) return fmt::format("{} '{}'", type, base::printable(node.name()));
  if (node.output_size() > 0) return fmt::format("{} making '{}'", type, base::printable(node.output(0)));
  return type;
}

bool is_standard(const onnx::NodeProto& node) { return node.domain().empty() || node.domain() == "ai.onnx"; }

UniqueNames::UniqueNames(const onnx::ModelProto& model) {
  const auto take = [this](const std::string& name) { taken_.insert(name); };
  for_each_graph(model, [&](const onnx::GraphProto& graph) {
    for (const auto& value : graph.input()) take(value.name());
    for (const auto& value : graph.output()) take(value.name());
    for (const auto& value : graph.value_info()) take(value.name());
    for (const auto& tensor : graph.initializer()) take(tensor.name());
    for (const auto& sparse : graph.sparse_initializer()) take(sparse.values().name());
  });
  for_each_node(model, [&](const onnx::NodeProto& node) {
    take(node.name());
    std::for_each(node.input().begin(), node.input().end(), take);
    std::for_each(node.output().begin(), node.output().end(), take);
  });
}

std::string UniqueNames::make(std::string_view stem) {
  std::string name(stem);
  for (int i = 1; name.empty() || taken_.contains(name); ++i) name = fmt::format("{}_{}", stem, i);
  taken_.insert(name);
  return name;
}

}  // namespace autoaccel::model
