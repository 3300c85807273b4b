#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/graph.h"
#include "model/state.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

using onnx::TensorProto;
using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// ConstantOfShape-9 makes these, and no earlier opset has it.
constexpr std::int64_t kConstantOfShapeSince = 9;
constexpr std::array kConstantOfShapeTypes = {TensorProto::FLOAT,  TensorProto::FLOAT16, TensorProto::DOUBLE,
                                              TensorProto::INT8,   TensorProto::INT16,   TensorProto::INT32,
                                              TensorProto::INT64,  TensorProto::UINT8,   TensorProto::UINT16,
                                              TensorProto::UINT32, TensorProto::UINT64,  TensorProto::BOOL};

template <typename Imports>
std::int64_t opset_of(const Imports& imports) {
  for (const auto& import : imports) {
    if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
  }
  return 0;
}

/// The tensor of a Constant node when its bytes are elsewhere.
const TensorProto* detachable_constant(const onnx::NodeProto& node) {
  if (node.op_type() != "Constant" || !is_standard(node) || node.output_size() != 1) return nullptr;
  const auto* value = find_attribute(node, "value");
  return value && value->has_t() && WeightStore::is_reference(value->t()) ? &value->t() : nullptr;
}

void set_type(onnx::ValueInfoProto& info, const std::string& name, const TensorProto& tensor) {
  info.set_name(name);
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(tensor.data_type());
  type->mutable_shape()->clear_dim();
  for (const auto dim : tensor.dims()) type->mutable_shape()->add_dim()->set_dim_value(dim);
}

/// Makes the tensor an input; an old model has the initializer among its inputs already.
void add_input(onnx::GraphProto& graph, const std::string& name, const TensorProto& tensor) {
  auto& inputs = *graph.mutable_input();
  const auto found =
      std::find_if(inputs.begin(), inputs.end(), [&](const auto& input) { return input.name() == name; });
  set_type(found == inputs.end() ? *inputs.Add() : *found, name, tensor);
}

void detach_main_graph(onnx::GraphProto& graph) {
  auto& initializers = *graph.mutable_initializer();
  for (const auto& tensor : initializers) {
    if (WeightStore::is_reference(tensor)) add_input(graph, tensor.name(), tensor);
  }
  initializers.erase(std::remove_if(initializers.begin(), initializers.end(), WeightStore::is_reference),
                     initializers.end());
  for (const auto& node : graph.node()) {
    if (const auto* tensor = detachable_constant(node)) add_input(graph, node.output(0), *tensor);
  }
  remove_nodes(graph, [](const auto& node) { return detachable_constant(node) != nullptr; });
}

/// Puts ConstantOfShape in the place of weights where inputs cannot be added.
class InnerDetacher {
 public:
  InnerDetacher(UniqueNames& names, std::int64_t opset) : names_(names), opset_(opset) {}

  void detach(onnx::GraphProto& graph) {
    auto& initializers = *graph.mutable_initializer();
    const auto replaceable = [&](const TensorProto& tensor) { return is_expressible(tensor); };
    Nodes nodes;
    for (const auto& tensor : initializers) {
      if (replaceable(tensor)) add_stand_in(nodes, tensor.name(), tensor);
    }
    initializers.erase(std::remove_if(initializers.begin(), initializers.end(), replaceable), initializers.end());
    detach(*graph.mutable_node(), std::move(nodes));
  }

  void detach(Nodes& nodes, Nodes before = {}) {
    for (auto& node : nodes) {
      const auto* tensor = detachable_constant(node);
      if (tensor && is_expressible(*tensor)) {
        add_stand_in(before, node.output(0), *tensor);
      } else {
        before.Add()->Swap(&node);
      }
    }
    nodes.Swap(&before);
  }

 private:
  bool is_expressible(const TensorProto& tensor) const {
    return WeightStore::is_reference(tensor) && opset_ >= kConstantOfShapeSince &&
           std::find(kConstantOfShapeTypes.begin(), kConstantOfShapeTypes.end(), tensor.data_type()) !=
               kConstantOfShapeTypes.end();
  }

  void add_stand_in(Nodes& nodes, const std::string& name, const TensorProto& tensor) {
    const std::string shape_name = names_.make(name + "_shape");
    auto& shape = *nodes.Add();
    shape.set_op_type("Constant");
    shape.add_output(shape_name);
    auto& dims = add_tensor(shape, TensorProto::INT64, {tensor.dims_size()});
    for (const auto dim : tensor.dims()) dims.add_int64_data(dim);

    auto& filled = *nodes.Add();
    filled.set_op_type("ConstantOfShape");
    filled.add_input(shape_name);
    filled.add_output(name);
    auto& value = add_tensor(filled, tensor.data_type(), {1});
    value.set_raw_data(std::string(bits_per_element(static_cast<ElementType>(tensor.data_type())) / 8, '\0'));
  }

  static TensorProto& add_tensor(onnx::NodeProto& node, int type, const Shape& dims) {
    auto& attribute = *node.add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    auto& tensor = *attribute.mutable_t();
    tensor.set_data_type(type);
    for (const auto dim : dims) tensor.add_dims(dim);
    return tensor;
  }

  UniqueNames& names_;
  std::int64_t opset_;
};

void detach_inner_graphs(onnx::ModelProto& proto) {
  UniqueNames names(proto);
  InnerDetacher detacher(names, opset_of(proto.opset_import()));
  for_each_graph(proto, [&](onnx::GraphProto& graph) {
    if (&graph != proto.mutable_graph()) detacher.detach(graph);
  });
  for (auto& function : *proto.mutable_functions()) {
    InnerDetacher(names, opset_of(function.opset_import())).detach(*function.mutable_node());
  }
}

bool has_references(const onnx::ModelProto& proto) {
  bool found = false;
  for_each_tensor(proto, [&](const TensorProto& tensor) { found = found || WeightStore::is_reference(tensor); });
  return found;
}

}  // namespace

onnx::ModelProto Model::detached() const {
  onnx::ModelProto proto = state_->proto;
  detach_main_graph(*proto.mutable_graph());
  if (!has_references(proto)) return proto;
  detach_inner_graphs(proto);
  for_each_tensor(proto, [&](TensorProto& tensor) {
    if (!WeightStore::is_reference(tensor)) return;
    std::string bytes(dense_bytes(tensor), '\0');
    state_->weights.read(tensor, 0, std::as_writable_bytes(std::span(bytes)));
    clear_data(tensor);
    tensor.set_raw_data(std::move(bytes));
  });
  return proto;
}

}  // namespace autoaccel::model
