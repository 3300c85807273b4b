#include "quantize/weight_only_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <span>

#include "model/graph.h"

namespace autoaccel::quantize {

namespace {

using rewrite::Use;
using rewrite::Value;

constexpr std::int64_t kByBlockOpset = 21;
constexpr std::int64_t kByChannelOpset = 13;

// 32 is what MatMulNBits and OpenVINO's kernels are fastest with, and both quantize activations in blocks of the same
// size, so that larger ones cost accuracy twice (MiniLM in 8 bits on ONNX Runtime: 30.6 dB with 32, 28.6 with 64, 26.7
// with 128). 16 is the least that MatMulNBits takes.
constexpr std::int64_t kBlocks[] = {32, 16};

// Of what is read at a time: columns as channels make one group of a whole matrix.
constexpr std::uint64_t kMostGroupBytes = 64 << 20;

/// Which elements of a weight are summed over by one output channel.
enum class Sums {
  columns,  ///< [..., K, N]
  rows,     ///< [N, K]
  filters,  ///< [C, ...]
};

std::optional<Sums> sums_of(const onnx::NodeProto& node, int slot, int rank) {
  if (slot != 1 || !model::is_standard(node)) return std::nullopt;
  if (node.op_type() == "MatMul" && rank >= 2) return Sums::columns;
  if (node.op_type() == "Gemm" && rank == 2)
    return model::attribute_int(node, "transB", 0) != 0 ? Sums::rows : Sums::columns;
  if (node.op_type() == "Conv" && rank >= 3) return Sums::filters;
  return std::nullopt;
}

std::int64_t product(std::span<const std::int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

/// A weight as rows of what is summed over: [N, K], or a filter a row.
void lay_rows(StorableWeight& weight, std::span<const std::int64_t> dims) {
  const std::int64_t summed = product(dims.subspan(1));
  const std::int64_t block = block_of(summed);
  weight.by_block = block > 0 && block < summed;
  weight.layout = {.block = static_cast<std::size_t>(weight.by_block ? block : summed), .inner = 1};
  if (weight.by_block) {
    weight.shape = {{dims[0], summed / block, block}, {dims[0], summed / block, 1}};
  } else {
    weight.shape = {{dims.begin(), dims.end()}, std::vector<std::int64_t>(dims.size(), 1)};
    weight.shape.scales[0] = dims[0];
  }
}

/// A weight whose columns are summed over: [K, N], or many such matrices.
void lay_columns(StorableWeight& weight, std::span<const std::int64_t> dims, std::int64_t opset) {
  const std::size_t axis = dims.size() - 2;
  const std::int64_t block = block_of(dims[axis]);
  weight.by_block = block > 0;
  weight.layout = {.block = static_cast<std::size_t>(weight.by_block ? block : dims[axis]),
                   .inner = static_cast<std::size_t>(dims[axis + 1])};
  auto& [integers, scales] = weight.shape;
  integers = scales = {dims.begin(), dims.end()};
  if (dims.size() == 2 && opset >= (weight.by_block ? kByBlockOpset : kByChannelOpset)) {
    weight.restoring = Restoring::dequantize;
    weight.axis = weight.by_block ? 0 : 1;
    if (weight.by_block) {
      scales[0] /= block;
    } else {
      scales = {dims[1]};
    }
    return;
  }
  scales[axis] = 1;
  if (!weight.by_block) return;
  const auto behind = static_cast<std::ptrdiff_t>(axis);
  integers[axis] = block;
  for (auto* shape : {&integers, &scales}) shape->insert(shape->begin() + behind, dims[axis] / block);
}

/// What all readers of a large float32 constant agree on; nullopt for what stays.
std::optional<Sums> agreed_sums(const Value& value, const std::set<const onnx::NodeProto*>& kept) {
  if (value.weight == nullptr || value.type != ElementType::float32 || value.uses.empty()) return std::nullopt;
  if (model::Model::weight_bytes(*value.weight) <= model::Model::kInlineBytes) return std::nullopt;
  std::optional<Sums> agreed;
  for (const Use& use : value.uses) {
    if (use.node == nullptr || kept.contains(use.node)) return std::nullopt;
    const auto sums = sums_of(*use.node, use.slot, value.weight->dims_size());
    if (!sums || (agreed && *agreed != *sums)) return std::nullopt;
    agreed = sums;
  }
  return agreed;
}

/// Does ONNX Runtime make a Gemm of the MatMul and the Add behind it that MatMulNBits cannot take the place of? It does
/// for matrices whose bias is a matrix too, and would run the DequantizeLinear in every inference.
bool becomes_gemm(const rewrite::ValueTable& table, const onnx::NodeProto& node) {
  const Value* product = node.op_type() == "MatMul" ? table.output(node, 0) : nullptr;
  if (product == nullptr || product->uses.size() != 1) return false;
  const Use& use = product->uses.front();
  if (use.node == nullptr || !model::is_standard(*use.node) || use.node->op_type() != "Add") return false;
  const Value* bias = table.input(*use.node, 1 - use.slot);
  return bias != nullptr && bias->weight != nullptr && bias->weight->dims_size() == 2;
}

}  // namespace

std::set<const onnx::NodeProto*> kept_nodes(const rewrite::ValueTable& table, const rewrite::PassContext& context) {
  std::set<const onnx::NodeProto*> kept;
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    if (context.keep_nodes.contains(placed.id) || context.keep_nodes.contains(placed.node->name()))
      kept.insert(placed.node);
  }
  return kept;
}

std::int64_t block_of(std::int64_t length) {
  for (const std::int64_t block : kBlocks)
    if (length % block == 0) return block;
  return 0;
}

std::vector<StorableWeight> storable_weights(rewrite::ValueTable& table, const rewrite::PassContext& context,
                                             const WeightRules& rules) {
  const std::set<const onnx::NodeProto*> kept = kept_nodes(table, context);
  std::vector<StorableWeight> weights;
  for (Value& value : table.values()) {
    const auto sums = agreed_sums(value, kept);
    if (!sums) continue;
    const std::vector<std::int64_t> dims(value.weight->dims().begin(), value.weight->dims().end());
    StorableWeight weight{.value = &value};
    if (*sums == Sums::rows || *sums == Sums::filters) {
      lay_rows(weight, dims);
    } else {
      const bool is_apart =
          std::ranges::any_of(value.uses, [&](const Use& use) { return becomes_gemm(table, *use.node); });
      lay_columns(weight, dims, is_apart ? 0 : rules.opset);
    }
    weight.bits = weight.by_block && *sums != Sums::filters ? rules.bits : 8;
    if (weight.layout.group() * sizeof(float) <= kMostGroupBytes) weights.push_back(std::move(weight));
  }
  return weights;
}

}  // namespace autoaccel::quantize
