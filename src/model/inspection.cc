#include "model/inspection.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "model/graph.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

using OperatorKey = std::pair<std::string, std::string>;  // domain, type

std::string normal_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

/// Operators that make, take or compute on quantized values, whatever their domain.
bool is_quantized_operator(std::string_view type) {
  constexpr std::string_view kWhole[] = {"QuantizeLinear", "DequantizeLinear",     "DynamicQuantizeLinear",
                                         "MatMulNBits",    "MatMulIntegerToFloat", "DynamicQuantizeMatMul",
                                         "MatMulInteger",  "ConvInteger",          "FakeQuantize"};
  return std::find(std::begin(kWhole), std::end(kWhole), type) != std::end(kWhole) || type.starts_with("QLinear");
}

std::vector<OpsetImport> opsets_of(const onnx::ModelProto& proto) {
  std::vector<OpsetImport> opsets;
  for (const auto& import : proto.opset_import()) opsets.push_back({normal_domain(import.domain()), import.version()});
  std::sort(opsets.begin(), opsets.end(), [](const auto& a, const auto& b) { return a.domain < b.domain; });
  return opsets;
}

OperatorOrigin origin_of(const OperatorKey& key, const std::set<OperatorKey>& functions,
                         const std::vector<OpsetImport>& opsets) {
  if (functions.contains(key)) return OperatorOrigin::function;
  const auto& [domain, type] = key;
  const auto import =
      std::find_if(opsets.begin(), opsets.end(), [&d = domain](const auto& o) { return o.domain == d; });
  if (import == opsets.end()) return OperatorOrigin::custom;
  const auto* schema = onnx::OpSchemaRegistry::Schema(type, static_cast<int>(import->version), domain);
  return schema != nullptr ? OperatorOrigin::onnx : OperatorOrigin::custom;
}

std::vector<OperatorCount> operators_of(const onnx::ModelProto& proto, const std::vector<OpsetImport>& opsets) {
  std::map<OperatorKey, int> counts;
  for_each_node(proto, [&](const onnx::NodeProto& node) { ++counts[{normal_domain(node.domain()), node.op_type()}]; });
  std::set<OperatorKey> functions;
  for (const auto& function : proto.functions()) functions.insert({normal_domain(function.domain()), function.name()});
  std::vector<OperatorCount> operators;
  for (const auto& [key, count] : counts) {
    operators.push_back({key.first, key.second, origin_of(key, functions, opsets), count});
  }
  std::stable_sort(operators.begin(), operators.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  return operators;
}

std::uint64_t stored_bytes(const onnx::TensorProto& tensor) {
  if (tensor.data_type() == onnx::TensorProto::STRING) {
    std::uint64_t bytes = 0;
    for (const auto& text : tensor.string_data()) bytes += text.size();
    return bytes;
  }
  const bool known = onnx::TensorProto::DataType_IsValid(tensor.data_type()) && tensor.data_type() != 0;
  return known ? dense_bytes(tensor) : tensor.raw_data().size();
}

void count_weights(const onnx::ModelProto& proto, Inspection& inspection) {
  std::map<int, WeightCount> by_type;
  for_each_tensor(proto, [&](const onnx::TensorProto& tensor) {
    auto& count = by_type[tensor.data_type()];
    count.type = static_cast<ElementType>(tensor.data_type());
    const std::uint64_t bytes = stored_bytes(tensor);
    ++count.tensors;
    count.bytes += bytes;
    ++inspection.weight_tensors;
    inspection.weight_bytes += bytes;
  });
  for (const auto& [type, count] : by_type) inspection.weights.push_back(count);
  std::stable_sort(inspection.weights.begin(), inspection.weights.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
}

int subgraphs_in(const onnx::ModelProto& proto) {
  int graphs = 0;
  for_each_graph(proto, [&](const onnx::GraphProto&) { ++graphs; });
  return graphs - 1;
}

std::string_view to_text(OperatorOrigin origin) {
  switch (origin) {
    case OperatorOrigin::onnx:
      return "onnx";
    case OperatorOrigin::function:
      return "function";
    case OperatorOrigin::custom:
      break;
  }
  return "custom";
}

base::Json json_of(const std::vector<TensorInfo>& infos) {
  base::Json list = base::Json::array();
  for (const auto& info : infos) list.push_back(base::to_json(info));
  return list;
}

}  // namespace

Inspection inspect(const Model& model) {
  const onnx::ModelProto& proto = model.proto();
  Inspection inspection;
  inspection.file = model.path();
  for (const auto& file : model.files()) {
    inspection.files.push_back({file, std::filesystem::file_size(file)});
    inspection.bytes += inspection.files.back().bytes;
  }
  inspection.ir_version = proto.ir_version();
  inspection.opsets = opsets_of(proto);
  inspection.producer = proto.producer_name();
  if (!proto.producer_version().empty()) inspection.producer += " " + proto.producer_version();
  inspection.graph = proto.graph().name();
  inspection.inputs = model.inputs();
  inspection.outputs = model.outputs();
  inspection.operators = operators_of(proto, inspection.opsets);
  for (const auto& each : inspection.operators) {
    inspection.nodes += each.count;
    inspection.quantized = inspection.quantized || is_quantized_operator(each.type);
  }
  inspection.subgraphs = subgraphs_in(proto);
  inspection.functions = proto.functions_size();
  count_weights(proto, inspection);
  return inspection;
}

base::Json to_json(const Inspection& inspection) {
  base::Json json = {{"file", base::valid_utf8(inspection.file.string())},
                     {"bytes", inspection.bytes},
                     {"files", base::Json::array()}};
  for (const auto& file : inspection.files) {
    json["files"].push_back({{"path", base::valid_utf8(file.path.string())}, {"bytes", file.bytes}});
  }
  json["ir_version"] = inspection.ir_version;
  json["opsets"] = base::Json::array();
  for (const auto& opset : inspection.opsets) {
    json["opsets"].push_back({{"domain", base::valid_utf8(opset.domain)}, {"version", opset.version}});
  }
  json["producer"] = base::valid_utf8(inspection.producer);
  json["graph"] = base::valid_utf8(inspection.graph);
  json["inputs"] = json_of(inspection.inputs);
  json["outputs"] = json_of(inspection.outputs);
  json["nodes"] = inspection.nodes;
  json["subgraphs"] = inspection.subgraphs;
  json["functions"] = inspection.functions;
  json["operators"] = base::Json::array();
  for (const auto& each : inspection.operators) {
    json["operators"].push_back({{"domain", base::valid_utf8(each.domain)},
                                 {"type", base::valid_utf8(each.type)},
                                 {"origin", to_text(each.origin)},
                                 {"count", each.count}});
  }
  json["weight_tensors"] = inspection.weight_tensors;
  json["weight_bytes"] = inspection.weight_bytes;
  json["weights"] = base::Json::array();
  for (const auto& weight : inspection.weights) {
    json["weights"].push_back(
        {{"type", autoaccel::to_text(weight.type)}, {"tensors", weight.tensors}, {"bytes", weight.bytes}});
  }
  json["quantized"] = inspection.quantized;
  return json;
}

}  // namespace autoaccel::model
