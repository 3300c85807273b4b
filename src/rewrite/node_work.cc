#include "rewrite/node_work.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "model/graph.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

namespace {

using Types = std::map<std::string, TensorInfo>;

constexpr double kMultiplyAddsAnElement = 16;

constexpr std::array<std::string_view, 3> kRecurrent{"LSTM", "GRU", "RNN"};

Shape shape_of(const Value* value, const Types& types) {
  if (value == nullptr) return {};
  if (value->weight != nullptr) return {value->weight->dims().begin(), value->weight->dims().end()};
  const auto info = types.find(value->name);
  return info == types.end() || !info->second.shape ? Shape{} : *info->second.shape;
}

double product(const Shape& shape, std::size_t first = 0) {
  double count = 1;
  for (std::size_t i = first; i < shape.size(); ++i) count *= static_cast<double>(std::max<std::int64_t>(shape[i], 1));
  return count;
}

double last(const Shape& shape) {
  return shape.empty() ? 1 : static_cast<double>(std::max<std::int64_t>(shape.back(), 1));
}

double moved(const onnx::NodeProto& node, const ValueTable& table, const Types& types) {
  double elements = 0;
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* value = table.input(node, i);
    if (value != nullptr && !value->is_constant()) elements += product(shape_of(value, types));
  }
  for (int i = 0; i < node.output_size(); ++i) elements += product(shape_of(table.output(node, i), types));
  return elements * kMultiplyAddsAnElement;
}

}  // namespace

double node_work(const onnx::NodeProto& node, const ValueTable& table, const Types& types) {
  const Shape data = shape_of(table.input(node, 0), types);
  const Shape weight = shape_of(table.input(node, 1), types);
  const double made = product(shape_of(table.output(node, 0), types));
  if (is_op(node, "Conv")) return made * product(weight, 1);
  if (is_op(node, "ConvTranspose")) return product(data) * product(weight, 1);
  if (is_op(node, "MatMul")) return made * last(data);
  if (is_op(node, "Gemm"))
    return made * (data.size() == 2 && model::attribute_int(node, "transA", 0) != 0 ? product({data[0]}) : last(data));
  // Every step multiplies by the weights of the input and of the hidden state.
  if (is_op(node, kRecurrent))
    return product({data.empty() ? 1 : data[0]}) * (product(weight) + product(shape_of(table.input(node, 2), types)));
  return moved(node, table, types);
}

}  // namespace autoaccel::rewrite
