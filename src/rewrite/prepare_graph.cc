#include "rewrite/prepare_graph.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/graph.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

namespace {

constexpr std::int64_t kInitializersApart = 4;  // the first IR version in which an initializer need not be an input

void use_value_tensor(onnx::NodeProto& node) {
  if (!is_op(node, "Constant")) return;
  for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    const bool is_scalar = attribute.name() == "value_float";
    if (!is_scalar && attribute.name() != "value_floats") continue;
    std::vector<float> values(attribute.floats().begin(), attribute.floats().end());
    if (is_scalar) values.assign(1, attribute.f());
    onnx::AttributeProto value;
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
    if (!is_scalar) value.mutable_t()->add_dims(static_cast<std::int64_t>(values.size()));
    model::Model::set_inline(*value.mutable_t(), std::as_bytes(std::span(values)));
    attribute = value;
  }
}

/// Are there any?
bool drop_initializers_from_inputs(onnx::GraphProto& graph) {
  std::set<std::string> initializers;
  for (const auto& tensor : graph.initializer()) initializers.insert(tensor.name());
  auto& inputs = *graph.mutable_input();
  const auto kept = std::remove_if(inputs.begin(), inputs.end(),
                                   [&](const auto& input) { return initializers.contains(input.name()); });
  const bool any = kept != inputs.end();
  inputs.erase(kept, inputs.end());
  return any;
}

}  // namespace

void prepare_graph(model::Model& model) {
  onnx::ModelProto& proto = model.proto();
  if (drop_initializers_from_inputs(*proto.mutable_graph()) && proto.ir_version() < kInitializersApart) {
    proto.set_ir_version(kInitializersApart);
  }
  model::for_each_graph(proto, [](onnx::GraphProto& graph) {
    model::sort_nodes(graph);
    for (onnx::NodeProto& node : *graph.mutable_node()) use_value_tensor(node);
  });
}

}  // namespace autoaccel::rewrite
