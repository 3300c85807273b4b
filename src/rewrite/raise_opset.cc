#include "rewrite/raise_opset.h"

#include <fmt/format.h>
#include <onnx/shape_inference/implementation.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/weight_store.h"
#include "rewrite/passes.h"

namespace autoaccel::rewrite {

namespace {

using onnx::TensorProto;

/// The first IR version that an opset goes with (ONNX's docs/Versioning.md).
int ir_version_for(int opset) {
  struct Since {
    int opset;
    int ir_version;
  };
  constexpr Since kSince[] = {{23, 11}, {21, 10}, {19, 9}, {15, 8}, {12, 7}, {11, 6}};
  for (const Since& since : kSince)
    if (opset >= since.opset) return since.ir_version;
  return 4;
}

// What stands in a weight's place meanwhile: the converter copies bytes and looks at those of small constants only.
constexpr std::string_view kTicket = "autoaccel: weight number ";

/// Takes the weights out of the model and gives each tensor a ticket for its own.
std::vector<TensorProto> check_in(onnx::ModelProto& proto) {
  std::vector<TensorProto> weights;
  model::for_each_tensor(proto, [&](TensorProto& tensor) {
    if (!model::WeightStore::is_reference(tensor)) return;
    weights.push_back(tensor);
    tensor.clear_external_data();
    tensor.clear_data_location();
    tensor.set_raw_data(fmt::format("{}{}", kTicket, weights.size() - 1));
  });
  return weights;
}

void check_out(onnx::ModelProto& proto, std::vector<TensorProto> weights) {
  model::for_each_tensor(proto, [&](TensorProto& tensor) {
    if (!tensor.raw_data().starts_with(kTicket)) return;
    std::size_t number = 0;
    const std::string_view digits = std::string_view(tensor.raw_data()).substr(kTicket.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const std::string name = tensor.name();
    tensor = weights.at(number);
    tensor.set_name(name);
  });
}

onnx::ModelProto converted(onnx::ModelProto proto, int version) {
  try {
    // Some of the converter's rules need ranks; where inference finds none, they say what they miss.
    onnx::shape_inference::InferShapes(proto);
  } catch (const std::exception&) {
    proto.mutable_graph()->clear_value_info();
  }
  try {
    return onnx::version_conversion::ConvertVersion(proto, version);
  } catch (const std::exception& error) {
    throw Error(Cause::unsupported,
                fmt::format("the model cannot be raised from opset {} to {}: {}", proto.opset_import(0).version(),
                            version, base::printable(error.what(), 300)));
  }
}

template <int version>
void raise_to(model::Model& model, const PassContext&, PassReport&) {
  raise_opset(model, version);
}

}  // namespace

void raise_opset(model::Model& model, int version) {
  if (model.opset() >= version || model.opset() == 0) return;
  onnx::ModelProto& proto = model.proto();
  onnx::ModelProto without_weights = proto;
  std::vector<TensorProto> weights = check_in(without_weights);
  onnx::ModelProto raised = converted(std::move(without_weights), version);
  check_out(raised, std::move(weights));
  // The converter keeps neither what it does not know of the model nor the declarations as they were.
  onnx::GraphProto& graph = *raised.mutable_graph();
  *graph.mutable_input() = proto.graph().input();
  *graph.mutable_output() = proto.graph().output();
  *graph.mutable_value_info() = proto.graph().value_info();
  proto.mutable_graph()->Swap(&graph);
  for (onnx::OperatorSetIdProto& import : *proto.mutable_opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx") import.set_version(version);
  proto.set_ir_version(std::max<std::int64_t>(proto.ir_version(), ir_version_for(version)));
}

const Pass kRaiseOpsetTo13{"raise_opset_to_13", "scales of integers by channel need opset 13", raise_to<13>};
const Pass kRaiseOpsetTo21{"raise_opset_to_21", "4-bit integers and scales by block need opset 21", raise_to<21>};
const Pass kRaiseOpsetTo22{"raise_opset_to_22", "convolutions in bfloat16 need opset 22", raise_to<22>};

}  // namespace autoaccel::rewrite
