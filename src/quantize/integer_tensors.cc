#include "quantize/integer_tensors.h"

#include <span>
#include <utility>

namespace autoaccel::quantize {

namespace {

onnx::TensorProto typed(const std::string& name, int type, const std::vector<std::int64_t>& dims) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  return tensor;
}

void set_octets(model::Model& model, onnx::TensorProto& tensor, int bits, std::span<const std::uint8_t> integers,
                std::shared_ptr<const void> owner) {
  if (bits == 8) return set_bytes(model, tensor, std::move(owner), std::as_bytes(integers));
  const auto packed = std::make_shared<std::vector<std::uint8_t>>((integers.size() + 1) / 2);
  pack_nibbles(integers, *packed);
  set_bytes(model, tensor, packed, std::as_bytes(std::span(*packed)));
}

int type_of(int bits) { return bits == 4 ? onnx::TensorProto::UINT4 : onnx::TensorProto::UINT8; }

/// The three without the integers.
IntegerTensors with_scales(model::Model& model, const std::string& name, std::shared_ptr<const BlockScales> scales,
                           const IntegerShape& shape, model::UniqueNames& names) {
  const int bits = scales->bits;
  IntegerTensors made{typed(names.make(name + (bits == 4 ? "_uint4" : "_uint8")), type_of(bits), shape.integers),
                      typed(names.make(name + "_scale"), onnx::TensorProto::FLOAT, shape.scales),
                      typed(names.make(name + "_zero_point"), type_of(bits), shape.scales)};
  set_bytes(model, made.scale, scales, std::as_bytes(std::span(scales->scale)));
  set_octets(model, made.zero_point, bits, scales->zero_point, scales);
  return made;
}

/// A step of the conversion: what belongs to one place in the blocks, and fills whole octets.
std::size_t slice_elements(const BlockLayout& layout, int bits) {
  const std::size_t unit = layout.inner == 1 ? layout.block : layout.inner;
  return bits == 4 && unit % 2 != 0 ? 2 * unit : unit;
}

}  // namespace

void set_bytes(model::Model& model, onnx::TensorProto& tensor, std::shared_ptr<const void> owner,
               std::span<const std::byte> bytes) {
  if (bytes.size() <= model::Model::kInlineBytes) return model::Model::set_inline(tensor, bytes);
  model.set_shared(tensor, {std::move(owner), bytes});
}

std::uint64_t IntegerTensors::bytes() const {
  return model::Model::weight_bytes(integers) + model::Model::weight_bytes(scale) +
         model::Model::weight_bytes(zero_point);
}

IntegerTensors integer_tensors(model::Model& model, const onnx::TensorProto& source, const std::string& name,
                               const BlockLayout& layout, std::shared_ptr<const BlockScales> scales,
                               const IntegerShape& shape, model::UniqueNames& names) {
  IntegerTensors made = with_scales(model, name, scales, shape, names);
  std::size_t slice = slice_elements(layout, scales->bits);
  if (model.granularity(source) > slice * sizeof(float))  // made as a whole, or in large parts
    slice = model::Model::weight_bytes(source) / sizeof(float);
  const std::size_t slices = model::Model::weight_bytes(source) / sizeof(float) / slice;
  const auto convert = [layout, scales, slice](std::span<const std::byte> from, std::span<std::byte> to,
                                               std::uint64_t first) {
    const std::span floats(reinterpret_cast<const float*>(from.data()), from.size() / sizeof(float));
    const std::span octets(reinterpret_cast<std::uint8_t*>(to.data()), to.size());
    if (scales->bits == 8) return quantize(layout, *scales, first * slice, floats, octets);
    std::vector<std::uint8_t> integers(floats.size());
    quantize(layout, *scales, first * slice, floats, integers);
    pack_nibbles(integers, octets);
  };
  model.set_derived(made.integers, {.source = source,
                                    .source_slice_bytes = slice * sizeof(float),
                                    .slice_bytes = model::Model::weight_bytes(made.integers) / slices,
                                    .convert = convert});
  return made;
}

IntegerTensors integer_tensors(model::Model& model, const std::string& name, std::span<const std::uint8_t> integers,
                               std::shared_ptr<const BlockScales> scales, const IntegerShape& shape,
                               model::UniqueNames& names) {
  const int bits = scales->bits;
  IntegerTensors made = with_scales(model, name, std::move(scales), shape, names);
  const auto own = std::make_shared<std::vector<std::uint8_t>>(integers.begin(), integers.end());
  set_octets(model, made.integers, bits, *own, own);
  return made;
}

onnx::TensorProto int64_constant(const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::TensorProto tensor = typed(name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())});
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
  return tensor;
}

onnx::NodeProto make_node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
  onnx::NodeProto node;
  node.set_op_type(op);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void replace_nodes(onnx::GraphProto& graph, NodesByNode replacements) {
  std::vector<onnx::NodeProto*> nodes(static_cast<std::size_t>(graph.node_size()));
  graph.mutable_node()->ExtractSubrange(0, graph.node_size(), nodes.data());
  for (onnx::NodeProto* node : nodes) {
    const auto found = replacements.find(node);
    if (found == replacements.end()) {
      graph.mutable_node()->AddAllocated(node);
      continue;
    }
    for (onnx::NodeProto& made : found->second) *graph.add_node() = std::move(made);
    delete node;
  }
}

void insert_in_front(onnx::GraphProto& graph, std::vector<onnx::NodeProto> nodes) {
  std::vector<onnx::NodeProto*> others(static_cast<std::size_t>(graph.node_size()));
  graph.mutable_node()->ExtractSubrange(0, graph.node_size(), others.data());
  for (onnx::NodeProto& node : nodes) *graph.add_node() = std::move(node);
  for (onnx::NodeProto* node : others) graph.mutable_node()->AddAllocated(node);
}

}  // namespace autoaccel::quantize
