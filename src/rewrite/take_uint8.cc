#include "rewrite/take_uint8.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "rewrite/raise_opset.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

constexpr int kOpset = 13;
constexpr std::int64_t kBroadcastingOpset = 7;  // since when Sub and Mul broadcast without being told to
constexpr std::int64_t kRoundingOpset = 11;     // since when there is Round, and Clip takes its bounds as inputs

Error unsupported(std::string_view what, const std::string& name, std::string_view why) {
  return {Cause::unsupported, fmt::format("the {} '{}' cannot be uint8: {}", what, base::printable(name), why)};
}

class ByteRewriter {
 public:
  ByteRewriter(model::Model& model, const ByteTensors& bytes)
      : bytes_(bytes), graph_(*model.proto().mutable_graph()), table_(model.proto()), names_(model.proto()) {}

  void run() {
    for (const auto& [name, mapping] : bytes_.inputs) take_input(name, mapping);
    for (const auto& [name, mapping] : bytes_.outputs) give_output(name, mapping);
    for (onnx::NodeProto& node : added_) *graph_.add_node() = std::move(node);
    model::sort_nodes(graph_);  // the table's nodes are gone afterwards
  }

 private:
  /// The declaration; nullptr when it is uint8 already.
  static onnx::ValueInfoProto* declaration(google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& list,
                                           std::string_view what, const std::string& name) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& info) { return info.name() == name; });
    if (found == list.end()) throw Error(Cause::defect, fmt::format("no {} '{}'", what, base::printable(name)));
    const auto type = static_cast<ElementType>(found->type().tensor_type().elem_type());
    if (type == ElementType::uint8) return nullptr;
    if (!is_float(type)) throw unsupported(what, name, "it holds " + to_text(type));
    return &*found;
  }

  const Value& value(std::string_view what, const std::string& name) const {
    const auto& values = table_.values_of(graph_);
    const auto found = values.find(name);
    if (found == values.end()) throw unsupported(what, name, "no node makes it");
    return *found->second;
  }

  void take_input(const std::string& name, const ByteMapping& mapping) {
    onnx::ValueInfoProto* const info = declaration(*graph_.mutable_input(), "input", name);
    if (info == nullptr) return;
    auto& declared = *info->mutable_type()->mutable_tensor_type();
    const int type = declared.elem_type(), rank = declared.has_shape() ? declared.shape().dim_size() : -1;
    declared.set_elem_type(onnx::TensorProto::UINT8);
    std::string last = add_cast(name, onnx::TensorProto::FLOAT, name + "_bytes");
    if (mapping.mean != std::vector<double>{0})
      last = add_node("Sub", {last, add_constant(mapping.mean, mapping.axis, rank, name)}, name + "_shifted");
    if (mapping.scale != std::vector<double>{1})
      last = add_node("Mul", {last, add_constant(mapping.scale, mapping.axis, rank, name)}, name + "_scaled");
    if (type != onnx::TensorProto::FLOAT) last = add_cast(last, type, name + "_numbers");
    rename_uses("input", name, last);
  }

  void give_output(const std::string& name, const ByteMapping& mapping) {
    onnx::ValueInfoProto* const info = declaration(*graph_.mutable_output(), "output", name);
    if (info == nullptr) return;
    const Value& made = value("output", name);
    if (made.origin != Value::Origin::node) throw unsupported("output", name, "no node makes it");
    auto& declared = *info->mutable_type()->mutable_tensor_type();
    const int type = declared.elem_type(), rank = declared.has_shape() ? declared.shape().dim_size() : -1;
    declared.set_elem_type(onnx::TensorProto::UINT8);
    std::string last = names_.make(name + "_numbers");
    *made.producer->mutable_output(made.slot) = last;
    rename_uses("output", name, last);
    forget_type_of(name);
    if (type != onnx::TensorProto::FLOAT) last = add_cast(last, onnx::TensorProto::FLOAT, name + "_float");
    if (mapping.scale != std::vector<double>{1})
      last = add_node("Div", {last, add_constant(mapping.scale, mapping.axis, rank, name)}, name + "_unscaled");
    if (mapping.mean != std::vector<double>{0})
      last = add_node("Add", {last, add_constant(mapping.mean, mapping.axis, rank, name)}, name + "_unshifted");
    last = add_node("Round", {last}, name + "_rounded");
    const std::string low = add_constant({0}, 0, 0, name), high = add_constant({255}, 0, 0, name);
    last = add_node("Clip", {last, low, high}, name + "_clipped");
    add_cast_to(last, onnx::TensorProto::UINT8, name);
  }

  /// Everyone who read the value reads `by` instead; what a caller sees keeps its name.
  void rename_uses(std::string_view what, const std::string& name, const std::string& by) {
    for (const Use& use : value(what, name).uses) {
      if (use.node != nullptr)
        *use.node->mutable_input(use.slot) = by;
      else if (use.graph != &graph_)
        use.graph->mutable_output(use.slot)->set_name(by);
      else if (what == "input")
        throw unsupported(what, name, "it is an output, too");
    }
  }

  /// A declaration inside the graph would contradict the new type.
  void forget_type_of(const std::string& name) {
    auto& infos = *graph_.mutable_value_info();
    const auto end = std::remove_if(infos.begin(), infos.end(), [&](const auto& info) { return info.name() == name; });
    infos.erase(end, infos.end());
  }

  onnx::NodeProto& add(std::string_view op, const std::vector<std::string>& inputs, const std::string& output) {
    onnx::NodeProto& node = added_.emplace_back();
    node.set_op_type(std::string(op));
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }

  std::string add_node(std::string_view op, const std::vector<std::string>& inputs, const std::string& stem) {
    return add(op, inputs, names_.make(stem)).output(0);
  }

  void add_cast_to(const std::string& input, int type, const std::string& output) {
    onnx::AttributeProto& to = *add("Cast", {input}, output).add_attribute();
    to.set_name("to");
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(type);
  }

  std::string add_cast(const std::string& input, int type, const std::string& stem) {
    const std::string output = names_.make(stem);
    add_cast_to(input, type, output);
    return output;
  }

  /// float32, one number as a scalar, several along the axis of a tensor of `rank` axes (-1: not known).
  std::string add_constant(const std::vector<double>& numbers, int axis, int rank, const std::string& stem) {
    const std::vector<float> values(numbers.begin(), numbers.end());
    onnx::AttributeProto& attribute = *add("Constant", {}, names_.make(stem + "_constant")).add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    onnx::TensorProto& tensor = *attribute.mutable_t();
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    if (values.size() > 1) {
      if (rank <= axis) throw unsupported("tensor", stem, "the model does not say where its channels are");
      tensor.add_dims(static_cast<std::int64_t>(values.size()));
      for (int i = axis + 1; i < rank; ++i) tensor.add_dims(1);
    }
    model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
    return added_.back().output(0);
  }

  const ByteTensors& bytes_;
  onnx::GraphProto& graph_;
  const ValueTable table_;
  model::UniqueNames names_;
  std::vector<onnx::NodeProto> added_;
};

}  // namespace

ByteTensors byte_tensors(const Config& config) {
  ByteTensors bytes;
  for (const InputConfig& input : config.inputs)
    if (input.bytes) bytes.inputs.emplace(input.name, input.bytes->value);
  for (const OutputConfig& output : config.outputs)
    if (output.bytes) bytes.outputs.emplace(output.name, output.bytes->value);
  return bytes;
}

std::vector<std::string> descriptions_of(const ByteTensors& bytes) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view what, const auto& tensors) {
    for (const auto& [name, mapping] : tensors)
      lines.push_back(fmt::format("{} '{}' holds bytes u for {}", what, base::printable(name), mapping.to_text()));
  };
  add("input", bytes.inputs);
  add("output", bytes.outputs);
  return lines;
}

void take_uint8(model::Model& model, const ByteTensors& bytes) {
  if (bytes.empty()) return;
  if (model.opset() < (bytes.outputs.empty() ? kBroadcastingOpset : kRoundingOpset)) raise_opset(model, kOpset);
  ByteRewriter(model, bytes).run();
}

}  // namespace autoaccel::rewrite
