#include "rewrite/layer.h"

#include <span>
#include <utility>

#include "base/numeric.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

namespace {

/// Elements of the weight for each pair of an output channel and an input channel of its group (Conv).
std::size_t kernel_size(const Layer& layer) {
  return element_count(*layer.weight) / (layer.channels * static_cast<std::size_t>(layer.weight->dims(1)));
}

/// Calls visit(pair of channels, channel of the input) for each pair, in the weight's order (Conv).
template <typename Visit>
void for_each_pair(const Layer& layer, const Visit& visit) {
  const auto in_group = static_cast<std::size_t>(layer.weight->dims(1));
  const std::size_t out_group = layer.channels / layer.groups;
  for (std::size_t out = 0; out < layer.channels; ++out)
    for (std::size_t in = 0; in < in_group; ++in) visit(out * in_group + in, out / out_group * in_group + in);
}

/// Element i becomes element i · factors[i / inner % size].
void multiply(std::span<const float> from, std::span<float> to, std::size_t inner, const std::vector<double>& factors) {
  for (std::size_t i = 0; i < from.size(); i += inner) {
    const double factor = factors[i / inner % factors.size()];
    for (std::size_t k = i; k < i + inner; ++k) to[k] = static_cast<float>(from[k] * factor);
  }
}

void scale(model::Model& model, onnx::TensorProto& tensor, std::size_t inner, std::vector<double> factors) {
  const auto convert = [inner, factors = std::move(factors)](std::span<const std::byte> from, std::span<std::byte> to,
                                                             std::uint64_t = 0) {
    multiply({reinterpret_cast<const float*>(from.data()), from.size() / sizeof(float)},
             {reinterpret_cast<float*>(to.data()), to.size() / sizeof(float)}, inner, factors);
  };
  onnx::TensorProto source = std::exchange(tensor, {});
  tensor.set_name(source.name());
  *tensor.mutable_dims() = source.dims();
  tensor.set_data_type(source.data_type());
  const std::uint64_t bytes = model::Model::weight_bytes(source);
  if (bytes > model::Model::kInlineBytes) {
    // Which channel an element belongs to is known from its place in the whole tensor only: one slice.
    model.set_derived(
        tensor, {.source = std::move(source), .source_slice_bytes = bytes, .slice_bytes = bytes, .convert = convert});
    return;
  }
  const Tensor values = model.read_weight(source);
  std::vector<std::byte> result(bytes);
  convert(values.bytes(), result);
  model::Model::set_inline(tensor, result);
}

bool is_one(const onnx::NodeProto& node, const char* name) {
  const auto* attribute = model::find_attribute(node, name);
  return attribute == nullptr || attribute->f() == 1.0f;
}

}  // namespace

bool is_float32_constant(const Value* value) {
  return value != nullptr && value->weight != nullptr && value->type == ElementType::float32;
}

std::vector<double> numbers(const model::Model& model, const onnx::TensorProto& tensor) {
  const Tensor values = model.read_weight(tensor);
  std::vector<double> result(static_cast<std::size_t>(values.size()));
  base::copy_as_doubles(values, 0, result);
  return result;
}

std::size_t element_count(const onnx::TensorProto& tensor) {
  std::size_t count = 1;
  for (const auto dim : tensor.dims()) count *= static_cast<std::size_t>(dim);
  return count;
}

std::optional<Layer> layer_of(const PlacedNode& placed, const ValueTable& table) {
  onnx::NodeProto& node = *placed.node;
  const bool is_gemm = is_op(node, "Gemm");
  const bool is_transposed = is_op(node, "ConvTranspose");
  if (!is_gemm && !is_transposed && !is_op(node, "Conv")) return std::nullopt;
  const Value* weight = table.input(node, 1);
  const Value* bias = table.input(node, 2);
  if (!is_float32_constant(weight) || weight->uses.size() != 1 || weight->graph != placed.graph) return std::nullopt;
  if (bias != nullptr && !is_float32_constant(bias)) return std::nullopt;
  Layer layer{.node = &node, .graph = placed.graph, .weight = weight->weight};
  if (bias != nullptr) layer.bias = bias->weight;
  layer.groups = static_cast<std::size_t>(model::attribute_int(node, "group", 1));
  if (is_transposed && layer.groups != 1) return std::nullopt;
  if (is_gemm && (!is_one(node, "alpha") || !is_one(node, "beta"))) return std::nullopt;
  layer.out_axis = is_transposed || (is_gemm && model::attribute_int(node, "transB", 0) == 0) ? 1 : 0;
  if (layer.rank() < 2 || element_count(*layer.weight) == 0) return std::nullopt;
  layer.channels = static_cast<std::size_t>(layer.weight->dims(layer.out_axis));
  if (layer.bias != nullptr && (layer.bias->dims_size() != 1 || element_count(*layer.bias) != layer.channels))
    return std::nullopt;
  return layer;
}

void scale_outputs(model::Model& model, const Layer& layer, const std::vector<double>& factors) {
  std::size_t inner = 1;
  for (int i = layer.out_axis + 1; i < layer.rank(); ++i) inner *= static_cast<std::size_t>(layer.weight->dims(i));
  scale(model, *layer.weight, inner, factors);
}

void scale_inputs(model::Model& model, const Layer& layer, const std::vector<double>& factors) {
  std::vector<double> by_pair(layer.channels * static_cast<std::size_t>(layer.weight->dims(1)));
  for_each_pair(layer, [&](std::size_t pair, std::size_t channel) { by_pair[pair] = factors[channel]; });
  scale(model, *layer.weight, kernel_size(layer), std::move(by_pair));
}

std::vector<double> response_to_constant(const model::Model& model, const Layer& layer,
                                         const std::vector<double>& value) {
  const std::vector<double> weight = numbers(model, *layer.weight);
  const std::size_t kernel = kernel_size(layer);
  std::vector<double> response(layer.channels, 0);
  for_each_pair(layer, [&](std::size_t pair, std::size_t channel) {
    double sum = 0;
    for (std::size_t k = 0; k < kernel; ++k) sum += weight[pair * kernel + k];
    response[pair / static_cast<std::size_t>(layer.weight->dims(1))] += sum * value[channel];
  });
  return response;
}

std::vector<double> bias_of(const model::Model& model, const Layer& layer) {
  return layer.bias == nullptr ? std::vector<double>(layer.channels, 0) : numbers(model, *layer.bias);
}

void set_bias(const Layer& layer, const std::vector<double>& bias, model::UniqueNames& names) {
  onnx::TensorProto& tensor = *layer.graph->add_initializer();
  tensor.set_name(names.make(layer.node->input(1) + "_bias"));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(static_cast<std::int64_t>(bias.size()));
  const std::vector<float> values(bias.begin(), bias.end());
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
  while (layer.node->input_size() < 3) layer.node->add_input();
  layer.node->set_input(2, tensor.name());
}

}  // namespace autoaccel::rewrite
