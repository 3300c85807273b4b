#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::model {

class Model;

/// An index over one graph: who makes each value, who reads it, and what is constant.
///
/// A snapshot: node pointers and answers hold until nodes or initializers are added to or removed from the graph;
/// then make a new view. `Graph` is onnx::GraphProto, const for reading only. Names are those of one graph; the view
/// of the graph around a subgraph is given as `outer` (it must outlive this one) and is asked where a name is not here.
template <typename Graph>
class BasicGraphView {
 public:
  using Node = std::conditional_t<std::is_const_v<Graph>, const onnx::NodeProto, onnx::NodeProto>;
  using Initializer = std::conditional_t<std::is_const_v<Graph>, const onnx::TensorProto, onnx::TensorProto>;

  /// Input number `input` of `node` reads the value.
  struct Use {
    Node* node;
    int input;
  };

  BasicGraphView(const Model& model, Graph& graph, const BasicGraphView* outer = nullptr);

  Graph& graph() const { return *graph_; }
  const BasicGraphView* outer() const { return outer_; }

  /// The node of this graph that makes `name`; nullptr for inputs, initializers, outer and unknown names.
  Node* producer(std::string_view name) const;

  /// Direct uses by nodes of this graph, in node order; a node that reads the value twice is there twice.
  const std::vector<Use>& consumers(std::string_view name) const;

  /// Nodes of this graph whose subgraphs, at any depth, read the value from here.
  const std::vector<Node*>& capturing_nodes(std::string_view name) const;

  /// Does anything read the value: a node, a subgraph, or the graph's outputs.
  bool is_used(std::string_view name) const;

  bool is_graph_input(std::string_view name) const;   ///< of this graph; old models list initializers there as well
  bool is_graph_output(std::string_view name) const;  ///< of this graph
  std::vector<std::string> output_names() const;      ///< of this graph, in its order

  /// The dense initializer of that name in this graph; nullptr when there is none.
  Initializer* initializer(std::string_view name) const;

  /// The tensor behind an initializer or a Constant node (any of its attributes but sparse and strings), here or in the
  /// graphs around; nullopt for anything else and for tensors of more than `max_bytes`.
  std::optional<Tensor> constant_value(std::string_view name, std::uint64_t max_bytes = 1 << 20) const;

  /// Is the value an initializer or made by a Constant node, here or in the graphs around? Reads no weight.
  bool is_constant(std::string_view name) const;

  /// The nodes so that each stands after those whose values it reads, directly or in its subgraphs; stable.
  /// errors  model: a cycle, with a node on it
  std::vector<Node*> nodes_in_order() const;

 private:
  const Model* model_;
  Graph* graph_;
  const BasicGraphView* outer_;
  std::unordered_map<std::string, Node*> producers_;
  std::unordered_map<std::string, std::vector<Use>> consumers_;
  std::unordered_map<std::string, std::vector<Node*>> capturing_;
  std::unordered_map<std::string, Initializer*> initializers_;
  std::set<std::string, std::less<>> inputs_;
  std::set<std::string, std::less<>> outputs_;
};

using GraphView = BasicGraphView<const onnx::GraphProto>;
using MutableGraphView = BasicGraphView<onnx::GraphProto>;

/// Visits the main graph, the training graphs, and every subgraph of these and of the functions, outer graphs first.
void for_each_graph(onnx::ModelProto& model, const std::function<void(onnx::GraphProto&)>& visit);
void for_each_graph(const onnx::ModelProto& model, const std::function<void(const onnx::GraphProto&)>& visit);

/// Visits every node of the main graph, all subgraphs and all functions.
void for_each_node(const onnx::ModelProto& model, const std::function<void(const onnx::NodeProto&)>& visit);

/// Visits every dense tensor anywhere: initializers, attributes, subgraphs, functions, training graphs, and the values
/// and indices of sparse tensors.
void for_each_tensor(onnx::ModelProto& model, const std::function<void(onnx::TensorProto&)>& visit);
void for_each_tensor(const onnx::ModelProto& model, const std::function<void(const onnx::TensorProto&)>& visit);

/// The subgraphs that are attributes of this node, themselves only.
std::vector<onnx::GraphProto*> subgraphs(onnx::NodeProto& node);
std::vector<const onnx::GraphProto*> subgraphs(const onnx::NodeProto& node);

/// Names that the node's subgraphs, at any depth, read from the graphs around them; sorted, each once.
std::vector<std::string> captured_names(const onnx::NodeProto& node);

/// Brings the graph's nodes into topological order (stable), e.g. after nodes were appended at the end.
/// errors  model: a cycle, with a node on it
void sort_nodes(onnx::GraphProto& graph);

/// Removes the nodes for which `drop` is true, keeping the order of the rest.
void remove_nodes(onnx::GraphProto& graph, const std::function<bool(const onnx::NodeProto&)>& drop);

/// nullptr when the node has no attribute of that name.
const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name);

/// The attribute's integer, or `otherwise` when it is absent.
std::int64_t attribute_int(const onnx::NodeProto& node, std::string_view name, std::int64_t otherwise);

/// `Conv 'name'`, or `Conv making 'first output'` for a node without a name; printable. For messages.
std::string describe(const onnx::NodeProto& node);

/// Is the operator ONNX's own (domain "" or "ai.onnx")?
bool is_standard(const onnx::NodeProto& node);

/// Names that no value or node of the model has, in any of its graphs.
class UniqueNames {
 public:
  explicit UniqueNames(const onnx::ModelProto& model);

  /// `stem`, or `stem_1`, `stem_2`, …: the first that is free; it is taken from then on.
  std::string make(std::string_view stem);

 private:
  std::set<std::string, std::less<>> taken_;
};

}  // namespace autoaccel::model
