#include "quantize/weight_only_feedback.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace autoaccel::quantize {

namespace {

using rewrite::Value;

constexpr std::uint64_t kMostIntegers = 256 << 20;       // octets of all weights together
constexpr std::uint64_t kMostProductsBytes = 256 << 20;  // asked for at a time

std::size_t summed(const StorableWeight& weight) {
  const auto& dims = weight.value->weight->dims();
  return static_cast<std::size_t>(dims[weight.layout.inner == 1 ? 1 : 0]);
}

/// The activation that the only reader multiplies by the weight; nullptr when there is none.
const Value* input_of(const rewrite::ValueTable& table, const StorableWeight& weight) {
  const Value& value = *weight.value;
  if (value.weight->dims_size() != 2 || value.uses.size() != 1) return nullptr;
  if (summed(weight) > ErrorFeedback::kMostChannels) return nullptr;
  const onnx::NodeProto& node = *value.uses.front().node;
  // Rows of a transposed input would be its channels.
  if (node.op_type() == "Conv" || model::attribute_int(node, "transA", 0) != 0) return nullptr;
  const Value* input = table.input(node, 0);
  return input == nullptr || input->is_constant() ? nullptr : input;
}

/// The weights behind each activation, in parts of which the products fit into memory.
using Part = std::map<std::string, std::vector<const StorableWeight*>>;

std::vector<Part> parts_of(const rewrite::ValueTable& table, const std::vector<StorableWeight>& weights) {
  std::map<std::string, std::vector<const StorableWeight*>> readers;
  std::vector<std::string> order;  // of the graph, so that a part needs a part of it
  std::uint64_t integers = 0;
  for (const StorableWeight& weight : weights) {
    const Value* input = input_of(table, weight);
    if (input == nullptr) continue;
    integers += model::Model::weight_bytes(*weight.value->weight) / sizeof(float);
    if (integers > kMostIntegers) break;
    std::vector<const StorableWeight*>& known = readers[input->name];
    if (known.empty()) order.push_back(input->name);
    known.push_back(&weight);
  }
  std::vector<Part> parts;
  std::uint64_t bytes = 0;
  for (const std::string& input : order) {
    const std::size_t channels = summed(*readers[input].front());
    const std::uint64_t size = channels * channels * sizeof(float);
    if (parts.empty() || bytes + size > kMostProductsBytes) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += size;
    parts.back().emplace(input, std::move(readers[input]));
  }
  return parts;
}

}  // namespace

std::map<const Value*, RoundedWeight> rounded_with_feedback(const model::Model& model, const rewrite::ValueTable& table,
                                                            const std::vector<StorableWeight>& weights,
                                                            ProductsSource& source) {
  std::map<const Value*, RoundedWeight> rounded;
  for (const Part& part : parts_of(table, weights)) {
    std::vector<std::string> inputs;
    for (const auto& [input, readers] : part) inputs.push_back(input);
    for (const auto& [input, products] : source.products(inputs)) {
      if (!std::ranges::all_of(products.sums, [](float sum) { return std::isfinite(sum); })) continue;
      const ErrorFeedback feedback(products);
      for (const StorableWeight* weight : part.at(input)) {
        if (summed(*weight) != products.channels) continue;
        const Tensor values = model.read_weight(*weight->value->weight);
        RoundedWeight result = round_with_feedback(weight->layout, weight->bits, values.as<float>(), feedback);
        if (!result.scales.scale.empty()) rounded.emplace(weight->value, std::move(result));
      }
    }
  }
  return rounded;
}

}  // namespace autoaccel::quantize
