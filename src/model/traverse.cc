#include <algorithm>

#include "model/graph.h"

namespace autoaccel::model {
namespace {

// One walk serves const and mutable protos; these give the same list of either.
auto& nodes(const onnx::GraphProto& graph) { return graph.node(); }
auto& nodes(onnx::GraphProto& graph) { return *graph.mutable_node(); }
auto& nodes(const onnx::FunctionProto& function) { return function.node(); }
auto& nodes(onnx::FunctionProto& function) { return *function.mutable_node(); }
auto& attributes(const onnx::NodeProto& node) { return node.attribute(); }
auto& attributes(onnx::NodeProto& node) { return *node.mutable_attribute(); }
auto& defaults(const onnx::FunctionProto& function) { return function.attribute_proto(); }
auto& defaults(onnx::FunctionProto& function) { return *function.mutable_attribute_proto(); }
auto& functions(const onnx::ModelProto& model) { return model.functions(); }
auto& functions(onnx::ModelProto& model) { return *model.mutable_functions(); }
auto& trainings(const onnx::ModelProto& model) { return model.training_info(); }
auto& trainings(onnx::ModelProto& model) { return *model.mutable_training_info(); }
auto& initializers(const onnx::GraphProto& graph) { return graph.initializer(); }
auto& initializers(onnx::GraphProto& graph) { return *graph.mutable_initializer(); }
auto& sparse_initializers(const onnx::GraphProto& graph) { return graph.sparse_initializer(); }
auto& sparse_initializers(onnx::GraphProto& graph) { return *graph.mutable_sparse_initializer(); }
auto& graphs(const onnx::AttributeProto& attribute) { return attribute.graphs(); }
auto& graphs(onnx::AttributeProto& attribute) { return *attribute.mutable_graphs(); }
auto& tensors(const onnx::AttributeProto& attribute) { return attribute.tensors(); }
auto& tensors(onnx::AttributeProto& attribute) { return *attribute.mutable_tensors(); }
auto& sparse_tensors(const onnx::AttributeProto& attribute) { return attribute.sparse_tensors(); }
auto& sparse_tensors(onnx::AttributeProto& attribute) { return *attribute.mutable_sparse_tensors(); }

// Of fields that are set; asking for a mutable one that is not would set it.
auto& graph_of(const onnx::ModelProto& model) { return model.graph(); }
auto& graph_of(onnx::ModelProto& model) { return *model.mutable_graph(); }
auto& graph_of(const onnx::AttributeProto& attribute) { return attribute.g(); }
auto& graph_of(onnx::AttributeProto& attribute) { return *attribute.mutable_g(); }
auto& tensor_of(const onnx::AttributeProto& attribute) { return attribute.t(); }
auto& tensor_of(onnx::AttributeProto& attribute) { return *attribute.mutable_t(); }
auto& sparse_tensor_of(const onnx::AttributeProto& attribute) { return attribute.sparse_tensor(); }
auto& sparse_tensor_of(onnx::AttributeProto& attribute) { return *attribute.mutable_sparse_tensor(); }
auto& values_of(const onnx::SparseTensorProto& sparse) { return sparse.values(); }
auto& values_of(onnx::SparseTensorProto& sparse) { return *sparse.mutable_values(); }
auto& indices_of(const onnx::SparseTensorProto& sparse) { return sparse.indices(); }
auto& indices_of(onnx::SparseTensorProto& sparse) { return *sparse.mutable_indices(); }
auto& initialization_of(const onnx::TrainingInfoProto& training) { return training.initialization(); }
auto& initialization_of(onnx::TrainingInfoProto& training) { return *training.mutable_initialization(); }
auto& algorithm_of(const onnx::TrainingInfoProto& training) { return training.algorithm(); }
auto& algorithm_of(onnx::TrainingInfoProto& training) { return *training.mutable_algorithm(); }

template <typename Attribute, typename Visit>
void visit_subgraphs(Attribute& attribute, const Visit& visit) {
  if (attribute.has_g()) visit(graph_of(attribute));
  for (auto& graph : graphs(attribute)) visit(graph);
}

template <typename Graph, typename Visit>
void walk_graphs(Graph& graph, const Visit& visit);

template <typename Attributes, typename Visit>
void walk_graphs_below(Attributes& list, const Visit& visit) {
  for (auto& attribute : list) {
    visit_subgraphs(attribute, [&](auto& inner) { walk_graphs(inner, visit); });
  }
}

template <typename Graph, typename Visit>
void walk_graphs(Graph& graph, const Visit& visit) {
  visit(graph);
  for (auto& node : nodes(graph)) walk_graphs_below(attributes(node), visit);
}

template <typename Model, typename Visit>
void walk_graphs_of_model(Model& model, const Visit& visit) {
  if (model.has_graph()) walk_graphs(graph_of(model), visit);
  for (auto& training : trainings(model)) {
    if (training.has_initialization()) walk_graphs(initialization_of(training), visit);
    if (training.has_algorithm()) walk_graphs(algorithm_of(training), visit);
  }
  for (auto& function : functions(model)) {
    walk_graphs_below(defaults(function), visit);
    for (auto& node : nodes(function)) walk_graphs_below(attributes(node), visit);
  }
}

template <typename Sparse, typename Visit>
void visit_sparse(Sparse& sparse, const Visit& visit) {
  if (sparse.has_values()) visit(values_of(sparse));
  if (sparse.has_indices()) visit(indices_of(sparse));
}

/// The tensors of one attribute, without those of its graphs.
template <typename Attribute, typename Visit>
void visit_attribute_tensors(Attribute& attribute, const Visit& visit) {
  if (attribute.has_t()) visit(tensor_of(attribute));
  for (auto& tensor : tensors(attribute)) visit(tensor);
  if (attribute.has_sparse_tensor()) visit_sparse(sparse_tensor_of(attribute), visit);
  for (auto& sparse : sparse_tensors(attribute)) visit_sparse(sparse, visit);
}

template <typename Model, typename Visit>
void walk_tensors(Model& model, const Visit& visit) {
  walk_graphs_of_model(model, [&](auto& graph) {
    for (auto& tensor : initializers(graph)) visit(tensor);
    for (auto& sparse : sparse_initializers(graph)) visit_sparse(sparse, visit);
    for (auto& node : nodes(graph)) {
      for (auto& attribute : attributes(node)) visit_attribute_tensors(attribute, visit);
    }
  });
  for (auto& function : functions(model)) {
    for (auto& attribute : defaults(function)) visit_attribute_tensors(attribute, visit);
    for (auto& node : nodes(function)) {
      for (auto& attribute : attributes(node)) visit_attribute_tensors(attribute, visit);
    }
  }
}

template <typename Node>
auto subgraphs_of(Node& node) {
  std::vector<std::remove_reference_t<decltype(graph_of(attributes(node)[0]))>*> found;
  for (auto& attribute : attributes(node)) visit_subgraphs(attribute, [&](auto& graph) { found.push_back(&graph); });
  return found;
}

}  // namespace

void for_each_graph(onnx::ModelProto& model, const std::function<void(onnx::GraphProto&)>& visit) {
  walk_graphs_of_model(model, visit);
}

void for_each_graph(const onnx::ModelProto& model, const std::function<void(const onnx::GraphProto&)>& visit) {
  walk_graphs_of_model(model, visit);
}

void for_each_node(const onnx::ModelProto& model, const std::function<void(const onnx::NodeProto&)>& visit) {
  walk_graphs_of_model(model, [&](const onnx::GraphProto& graph) {
    for (const auto& node : graph.node()) visit(node);
  });
  for (const auto& function : model.functions()) {
    for (const auto& node : function.node()) visit(node);
  }
}

void for_each_tensor(onnx::ModelProto& model, const std::function<void(onnx::TensorProto&)>& visit) {
  walk_tensors(model, visit);
}

void for_each_tensor(const onnx::ModelProto& model, const std::function<void(const onnx::TensorProto&)>& visit) {
  walk_tensors(model, visit);
}

std::vector<onnx::GraphProto*> subgraphs(onnx::NodeProto& node) { return subgraphs_of(node); }
std::vector<const onnx::GraphProto*> subgraphs(const onnx::NodeProto& node) { return subgraphs_of(node); }

}  // namespace autoaccel::model
