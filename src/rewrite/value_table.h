#pragma once

#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::rewrite {

/// A place that reads a value: input number `slot` of `node`; or, when node is null, output number `slot` of `graph`.
struct Use {
  onnx::GraphProto* graph = nullptr;  ///< where the reader stands, which may be deeper than the value
  onnx::NodeProto* node = nullptr;
  int slot = 0;
};

/// One value of a model, in whichever of its graphs.
struct Value {
  enum class Origin { input, initializer, node };
  std::string name;
  ElementType type = ElementType::undefined;  ///< undefined: not a tensor, or nothing tells
  Origin origin = Origin::node;
  onnx::GraphProto* graph = nullptr;
  onnx::NodeProto* producer = nullptr;  ///< null for inputs and initializers
  int slot = 0;                         ///< number of the producer's output
  onnx::TensorProto* weight = nullptr;  ///< the tensor of an initializer, or of a Constant node with a `value`
  std::vector<Use> uses = {};           ///< in the order of the graph; subgraphs where their node stands

  /// An initializer or what a Constant node makes.
  bool is_constant() const;
};

/// A node with the graph that it stands in.
///
/// id  the name of its first output, and for a node in a subgraph `<id of the outer node>/<attribute>/` before it:
///     unique in the model, also where nodes have no names or siblings share value names
struct PlacedNode {
  onnx::NodeProto* node = nullptr;
  onnx::GraphProto* graph = nullptr;
  std::string id;
};

/// Who makes and who reads each value of a model's main graph and all its subgraphs, and the values' element types.
///
/// Names are resolved by scope, so subgraphs that use a name twice do not disturb each other. A snapshot: make a new
/// one after nodes, initializers or names have changed. Functions of the model are not looked into.
///
/// cost  linear in the graph; reads no weight
class ValueTable {
 public:
  explicit ValueTable(onnx::ModelProto& model);
  ValueTable(const ValueTable&) = delete;
  ValueTable& operator=(const ValueTable&) = delete;

  /// Every value; addresses hold as long as the table.
  std::deque<Value>& values() { return values_; }
  const std::deque<Value>& values() const { return values_; }

  /// Every node, outer ones before those of their subgraphs.
  const std::vector<PlacedNode>& nodes() const { return nodes_; }

  /// nullptr where the slot is empty, beyond the list, or names nothing.
  Value* input(const onnx::NodeProto& node, int slot) const;
  Value* output(const onnx::NodeProto& node, int slot) const;

  /// What output number `slot` of the graph shows; nullptr when nothing has its name.
  Value* graph_output(const onnx::GraphProto& graph, int slot) const;

  /// The values that a graph makes or takes in itself, by name.
  const std::unordered_map<std::string, Value*>& values_of(const onnx::GraphProto& graph) const;

  /// nullptr for operators that ONNX does not define at the model's opset.
  const onnx::OpSchema* schema(const onnx::NodeProto& node) const;

  /// The opset version of the node's domain; 0 when the model does not import it.
  int opset(const onnx::NodeProto& node) const;

 private:
  struct Scope;
  void add_graph(onnx::GraphProto& graph, const Scope* outer, const std::string& path,
                 const std::vector<ElementType>& input_types);
  void add_inputs(Scope& scope, const std::vector<ElementType>& types);
  void add_node(Scope& scope, onnx::NodeProto& node, const std::string& path);
  std::vector<ElementType> control_flow_types(const onnx::NodeProto& node) const;
  Value& define(Scope& scope, Value value);

  struct NodeLinks {
    std::vector<Value*> inputs;
    std::vector<Value*> outputs;
  };
  std::map<std::string, int> opsets_;
  std::deque<Value> values_;
  std::vector<PlacedNode> nodes_;
  std::unordered_map<const onnx::NodeProto*, NodeLinks> links_;
  std::unordered_map<const onnx::GraphProto*, std::vector<Value*>> graph_outputs_;
  std::unordered_map<const onnx::GraphProto*, std::unordered_map<std::string, Value*>> scopes_;
};

/// The domain as opset imports write it: "" for "ai.onnx".
std::string canonical_domain(const std::string& domain);

}  // namespace autoaccel::rewrite
