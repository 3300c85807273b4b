#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "model/graph.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

bool is_own_output(const Value& value) {
  return std::ranges::any_of(value.uses,
                             [&](const Use& use) { return use.node == nullptr && use.graph == value.graph; });
}

/// An output needs a node of its own graph that makes it, so not every Identity before one can go.
bool can_share_a_name(const Value& input, const Value& output) {
  if (!is_own_output(output)) return true;
  return input.producer != nullptr && input.graph == output.graph && !is_own_output(input);
}

void set_name(const Use& use, const std::string& name) {
  if (use.node != nullptr) {
    use.node->set_input(use.slot, name);
  } else {
    use.graph->mutable_output(use.slot)->set_name(name);
  }
}

void drop_declaration(onnx::GraphProto& graph, const std::string& name) {
  auto& infos = *graph.mutable_value_info();
  infos.erase(std::remove_if(infos.begin(), infos.end(), [&](const auto& info) { return info.name() == name; }),
              infos.end());
}

/// Joins the values on both sides of `identity` into `input`, in the graph and in the table.
void join(const onnx::NodeProto& identity, Value& input, Value& output) {
  std::erase_if(input.uses, [&](const Use& use) { return use.node == &identity; });
  if (is_own_output(output)) {
    drop_declaration(*input.graph, input.name);
    input.producer->set_output(input.slot, output.name);
    input.name = output.name;
    for (const Use& use : input.uses) set_name(use, input.name);
  } else {
    drop_declaration(*output.graph, output.name);
  }
  for (const Use& use : output.uses) {
    if (use.node != nullptr || use.graph != output.graph) set_name(use, input.name);
    input.uses.push_back(use);
  }
  output.uses.clear();
}

void remove_identities(model::Model& model, const PassContext&, PassReport&) {
  prepare_graph(model);
  const ValueTable table(model.proto());
  std::set<const onnx::NodeProto*> joined;
  std::set<onnx::GraphProto*> graphs;
  std::map<const Value*, Value*> joined_into;
  for (const PlacedNode& placed : table.nodes()) {
    if (!is_op(*placed.node, "Identity")) continue;
    Value* output = table.output(*placed.node, 0);
    Value* input = placed.node->input_size() == 1 ? table.input(*placed.node, 0) : nullptr;
    while (input != nullptr && joined_into.contains(input))
      input = joined_into.at(input);  // one Identity after another
    if (input == nullptr || output == nullptr || !can_share_a_name(*input, *output)) continue;
    join(*placed.node, *input, *output);
    joined_into.emplace(output, input);
    joined.insert(placed.node);
    graphs.insert(placed.graph);
  }
  for (onnx::GraphProto* graph : graphs) {
    model::remove_nodes(*graph, [&](const onnx::NodeProto& node) { return joined.contains(&node); });
  }
}

}  // namespace

const Pass kRemoveIdentities{"remove_identities", "joins the values on both sides of an Identity", remove_identities};

}  // namespace autoaccel::rewrite
