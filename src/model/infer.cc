#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/model.h"
#include "model/state.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

using Types = std::map<std::string, TensorInfo>;

constexpr std::size_t kMessageLength = 2000;  // characters of the checker's text that are shown

void set_input_shapes(onnx::GraphProto& graph, const std::map<std::string, Shape>& shapes) {
  for (const auto& [name, shape] : shapes) {
    auto& inputs = *graph.mutable_input();
    const auto found = std::find_if(inputs.begin(), inputs.end(),
                                    [&, &wanted = name](const auto& input) { return input.name() == wanted; });
    if (found == inputs.end()) {
      throw Error(Cause::defect,
                  fmt::format("shape inference was given a shape for '{}', which is no input", base::printable(name)));
    }
    auto* declared = found->mutable_type()->mutable_tensor_type()->mutable_shape();
    declared->clear_dim();
    for (const auto axis : shape) {
      auto* dim = declared->add_dim();
      if (axis >= 0) dim->set_dim_value(axis);
    }
  }
}

/// Forgets what is declared of values that standard operators make: inference knows better. What custom operators make
/// is known from the declaration alone.
void drop_declared(onnx::GraphProto& graph) {
  std::set<std::string> inferable;
  for (const auto& node : graph.node()) {
    if (is_standard(node)) inferable.insert(node.output().begin(), node.output().end());
  }
  auto& values = *graph.mutable_value_info();
  values.erase(
      std::remove_if(values.begin(), values.end(), [&](const auto& v) { return inferable.contains(v.name()); }),
      values.end());
  for (auto& output : *graph.mutable_output()) {
    if (inferable.contains(output.name())) output.clear_type();
  }
}

/// Runs inference in place; false when a node or a declaration contradicted it. What was found until then stays.
bool infer(onnx::ModelProto& proto, bool strict) {
  const onnx::ShapeInferenceOptions options{/*check_type=*/false, strict ? 1 : 0, /*data_prop=*/true};
  onnx::shape_inference::DataValueMap values;
  try {
    onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), options, &values);
    return true;
  } catch (const std::exception&) {
    return false;  // onnx throws several types; which one it is changes nothing here
  }
}

/// Names of one graph: its inputs, initializers and everything its nodes make.
void collect(const onnx::GraphProto& graph, Types& types) {
  const auto add = [&](const onnx::ValueInfoProto& value) {
    if (value.name().empty() || !value.type().has_tensor_type()) return;
    if (value.type().tensor_type().elem_type() == 0) return;
    types.emplace(value.name(), info_from(value));
  };
  for (const auto& tensor : graph.initializer()) {
    TensorInfo info{tensor.name(), static_cast<ElementType>(tensor.data_type()), shape_of(tensor), {}};
    info.axes.resize(info.shape->size());
    types.emplace(tensor.name(), std::move(info));
  }
  for (const auto& value : graph.input()) add(value);
  for (const auto& value : graph.value_info()) add(value);
  for (const auto& value : graph.output()) add(value);
}

/// Types of the main graph, then those of subgraphs under names that occur once.
Types collect(const onnx::ModelProto& proto) {
  Types main;
  Types inner;
  std::set<std::string> doubled;
  for_each_graph(proto, [&](const onnx::GraphProto& graph) {
    if (&graph == &proto.graph()) {
      collect(graph, main);
      return;
    }
    Types types;
    collect(graph, types);
    for (auto& [name, info] : types) {
      if (!inner.emplace(name, std::move(info)).second) doubled.insert(name);
    }
  });
  for (const auto& name : doubled) inner.erase(name);
  main.merge(inner);
  return main;
}

/// What the model declares, of values that inference did not reach; the shape is not to be trusted then.
void add_declared(const Types& declared, Types& types) {
  for (const auto& [name, info] : declared) {
    TensorInfo known = info;
    known.shape.reset();
    known.axes.clear();
    types.emplace(name, std::move(known));
  }
}

}  // namespace

void check(const Model& model) {
  try {
    onnx::checker::check_model(model.detached());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // onnx's own types
    throw Error(Cause::model,
                fmt::format("{} is not a valid ONNX model: {}", base::printable(model.path().string()),
                            base::printable(error.what(), kMessageLength)),
                "export it again, or ask its maker");
  }
}

std::map<std::string, TensorInfo> infer_types(const Model& model, const std::map<std::string, Shape>& input_shapes) {
  onnx::ModelProto proto = model.detached();
  set_input_shapes(*proto.mutable_graph(), input_shapes);
  onnx::ModelProto trusting = proto;
  if (infer(trusting, true)) return collect(trusting);

  const Types declared = collect(proto);
  for_each_graph(proto, drop_declared);
  infer(proto, false);
  Types types = collect(proto);
  add_declared(declared, types);
  return types;
}

}  // namespace autoaccel::model
