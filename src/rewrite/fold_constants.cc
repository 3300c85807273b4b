#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numeric.h"
#include "model/graph.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;
using onnx::TensorProto;
using Types = std::map<std::string, TensorInfo>;

// Results have as many elements as the tensor that they are made of, so that nothing small becomes big.
constexpr std::array<std::string_view, 4> kReshaping{"Reshape", "Squeeze", "Unsqueeze", "Flatten"};

std::optional<Shape> known_shape(const Types& types, const std::string& name) {
  const auto found = types.find(name);
  if (found == types.end() || !found->second.shape) return std::nullopt;
  const Shape& shape = *found->second.shape;
  if (std::ranges::any_of(shape, [](std::int64_t dim) { return dim < 0; })) return std::nullopt;
  return shape;
}

void set_dims(TensorProto& tensor, const Shape& shape) {
  tensor.clear_dims();
  for (const std::int64_t dim : shape) tensor.add_dims(dim);
}

std::int64_t elements(const TensorProto& tensor) { return element_count({tensor.dims().begin(), tensor.dims().end()}); }

/// The same elements under another shape, wherever they are.
std::optional<TensorProto> reshaped(const Types& types, const NodeProto& node, const TensorProto& source) {
  const auto shape = known_shape(types, node.output(0));
  if (!shape || element_count(*shape) != elements(source)) return std::nullopt;
  TensorProto result = source;
  set_dims(result, *shape);
  return result;
}

/// Only small ones: big weights are stored narrow on purpose.
std::optional<TensorProto> cast(const model::Model& model, const NodeProto& node, const TensorProto& source) {
  const auto from = static_cast<ElementType>(source.data_type());
  const auto to = static_cast<ElementType>(model::attribute_int(node, "to", 0));
  const auto is_plain = [](ElementType type) {
    return bits_per_element(type) >= 8 && (is_float(type) || is_integer(type) || type == ElementType::boolean);
  };
  if (!is_plain(from) || !is_plain(to) || model::Model::weight_bytes(source) > model::Model::kInlineBytes)
    return std::nullopt;
  const Tensor values = base::cast(model.read_weight(source), to);
  TensorProto result;
  result.set_data_type(static_cast<int>(to));
  set_dims(result, values.shape());
  model::Model::set_inline(result, values.bytes());
  return result;
}

void transpose(std::span<const std::byte> from, std::span<std::byte> to, std::size_t rows, std::size_t columns) {
  const std::size_t bytes = from.size() / (rows * columns);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      std::memcpy(&to[(column * rows + row) * bytes], &from[(row * columns + column) * bytes], bytes);
}

/// Matrices, which are what stands before a MatMul; big ones are turned when the model is saved.
std::optional<TensorProto> transposed(model::Model& model, const NodeProto& node, const TensorProto& source) {
  const auto* perm = model::find_attribute(node, "perm");
  if (source.dims_size() != 2 || elements(source) == 0 ||
      bits_per_element(static_cast<ElementType>(source.data_type())) < 8)
    return std::nullopt;
  if (perm != nullptr && perm->ints(0) == 0) return source;  // turns nothing
  const auto rows = static_cast<std::size_t>(source.dims(0)), columns = static_cast<std::size_t>(source.dims(1));
  TensorProto result;
  result.set_data_type(source.data_type());
  set_dims(result, {source.dims(1), source.dims(0)});
  const auto convert = [rows, columns](std::span<const std::byte> from, std::span<std::byte> to,
                                       std::uint64_t /*first*/) { transpose(from, to, rows, columns); };
  const std::uint64_t bytes = model::Model::weight_bytes(source);
  if (bytes > model::Model::kInlineBytes) {
    model.set_derived(result,
                      {.source = source, .source_slice_bytes = bytes, .slice_bytes = bytes, .convert = convert});
    return result;
  }
  const Tensor values = model.read_weight(source);
  std::vector<std::byte> turned(bytes);
  transpose(values.bytes(), turned, rows, columns);
  model::Model::set_inline(result, turned);
  return result;
}

std::optional<TensorProto> result_of(model::Model& model, const ValueTable& table, const Types& types,
                                     const NodeProto& node) {
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* input = table.input(node, i);
    if (input == nullptr || input->weight == nullptr) return std::nullopt;
  }
  if (node.input_size() == 0 || node.output_size() != 1) return std::nullopt;
  const TensorProto& source = *table.input(node, 0)->weight;
  if (source.data_type() == TensorProto::STRING) return std::nullopt;
  if (is_op(node, kReshaping)) return reshaped(types, node, source);
  if (is_op(node, "Cast")) return cast(model, node, source);
  if (is_op(node, "Transpose")) return transposed(model, node, source);
  return std::nullopt;
}

/// Folds nodes that read nothing but constants; returns how many.
int fold_once(model::Model& model, const Types& types) {
  const ValueTable table(model.proto());
  std::map<GraphProto*, std::set<const NodeProto*>> folded;
  std::vector<std::pair<GraphProto*, TensorProto>> made;
  for (const PlacedNode& placed : table.nodes()) {
    const Value* output = table.output(*placed.node, 0);
    const auto is_output = [](const Use& use) { return use.node == nullptr; };
    if (output == nullptr || std::ranges::any_of(output->uses, is_output)) continue;
    std::optional<TensorProto> result = result_of(model, table, types, *placed.node);
    if (!result) continue;
    result->set_name(output->name);
    made.emplace_back(placed.graph, std::move(*result));
    folded[placed.graph].insert(placed.node);
  }
  for (auto& [graph, nodes] : folded)
    model::remove_nodes(*graph, [&, &gone = nodes](const NodeProto& node) { return gone.contains(&node); });
  for (auto& [graph, tensor] : made) *graph->add_initializer() = std::move(tensor);
  return static_cast<int>(made.size());
}

void fold_constants(model::Model& model, const PassContext& context, PassReport& report) {
  prepare_graph(model);
  const Types types = model::infer_types(model, context.input_shapes);
  int folded = 0;
  while (const int nodes = fold_once(model, types)) folded += nodes;
  if (folded == 0) return;
  kRemoveDeadNodes.apply(model, context, report);
  report.notes.push_back(std::to_string(folded) + " nodes that only reshape, turn or cast constants became constants");
}

}  // namespace

const Pass kFoldConstants{.name = "fold_constants",
                          .what = "makes constants of nodes that reshape, turn or cast constants",
                          .apply = fold_constants};

}  // namespace autoaccel::rewrite
