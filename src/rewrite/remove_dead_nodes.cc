#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/graph.h"
#include "rewrite/passes.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

/// Marks what the outputs of the main graph need, from the end to the start.
///
/// A node with subgraphs needs everything that their outputs need, and its bodies' own nodes are judged like others.
class LivePart {
 public:
  explicit LivePart(const ValueTable& table) {
    std::vector<const onnx::NodeProto*> open;
    const auto need = [&](const Value* value) {
      if (value == nullptr || !values_.insert(value).second || value->producer == nullptr) return;
      if (nodes_.insert(value->producer).second) open.push_back(value->producer);
    };
    for (const Value& value : table.values()) {
      for (const Use& use : value.uses) {
        if (use.node == nullptr) need(&value);
      }
    }
    for (const PlacedNode& placed : table.nodes()) {
      // An operator that ONNX does not define might do something besides making its outputs.
      if (table.schema(*placed.node) == nullptr && nodes_.insert(placed.node).second) open.push_back(placed.node);
    }
    while (!open.empty()) {
      const onnx::NodeProto& node = *open.back();
      open.pop_back();
      for (int i = 0; i < node.input_size(); ++i) need(table.input(node, i));
    }
  }

  bool has(const Value* value) const { return values_.contains(value); }
  bool has(const onnx::NodeProto& node) const { return nodes_.contains(&node); }

 private:
  std::set<const Value*> values_;
  std::set<const onnx::NodeProto*> nodes_;
};

/// One round; false when everything is needed.
bool remove_once(model::Model& model) {
  const ValueTable table(model.proto());
  const LivePart live(table);
  bool removed = false;
  model::for_each_graph(model.proto(), [&](onnx::GraphProto& graph) {
    const auto& values = table.values_of(graph);
    if (values.empty()) return;  // of a function
    std::set<std::string> gone;
    for (const auto& [name, value] : values) {
      if (value->origin != Value::Origin::input && !live.has(value)) gone.insert(name);
    }
    const int nodes_before = graph.node_size();
    model::remove_nodes(graph, [&](const onnx::NodeProto& node) { return !live.has(node); });
    removed |= graph.node_size() != nodes_before;
    auto& tensors = *graph.mutable_initializer();
    tensors.erase(
        std::remove_if(tensors.begin(), tensors.end(), [&](const auto& t) { return gone.contains(t.name()); }),
        tensors.end());
    auto& infos = *graph.mutable_value_info();
    infos.erase(std::remove_if(infos.begin(), infos.end(), [&](const auto& i) { return gone.contains(i.name()); }),
                infos.end());
  });
  return removed;
}

/// Removes nodes and initializers on which no output depends, in all graphs.
void remove_dead_nodes(model::Model& model, const PassContext&, PassReport&) {
  while (remove_once(model)) {
  }
}

}  // namespace

const Pass kRemoveDeadNodes{"remove_dead_nodes", "removes nodes and constants that no output depends on",
                            remove_dead_nodes};

}  // namespace autoaccel::rewrite
