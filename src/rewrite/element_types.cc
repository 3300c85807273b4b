#include "rewrite/element_types.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "model/graph.h"

namespace autoaccel::rewrite {

namespace {

/// ONNX's names of element types, as schemas write them in `tensor(…)`.
constexpr std::array<std::pair<std::string_view, ElementType>, 22> kSchemaNames{{
    {"float", ElementType::float32},
    {"uint8", ElementType::uint8},
    {"int8", ElementType::int8},
    {"uint16", ElementType::uint16},
    {"int16", ElementType::int16},
    {"int32", ElementType::int32},
    {"int64", ElementType::int64},
    {"string", ElementType::string},
    {"bool", ElementType::boolean},
    {"float16", ElementType::float16},
    {"double", ElementType::float64},
    {"uint32", ElementType::uint32},
    {"uint64", ElementType::uint64},
    {"complex64", ElementType::complex64},
    {"complex128", ElementType::complex128},
    {"bfloat16", ElementType::bfloat16},
    {"float8e4m3fn", ElementType::float8e4m3fn},
    {"float8e4m3fnuz", ElementType::float8e4m3fnuz},
    {"float8e5m2", ElementType::float8e5m2},
    {"float8e5m2fnuz", ElementType::float8e5m2fnuz},
    {"uint4", ElementType::uint4},
    {"int4", ElementType::int4},
}};

/// `tensor(float)` → float32; undefined for type variables, sequences and types not in the list.
ElementType from_schema_text(std::string_view text) {
  constexpr std::string_view kOpen = "tensor(";
  if (!text.starts_with(kOpen) || !text.ends_with(")")) return ElementType::undefined;
  text = text.substr(kOpen.size(), text.size() - kOpen.size() - 1);
  const auto* found = std::ranges::find(kSchemaNames, text, &std::pair<std::string_view, ElementType>::first);
  return found == kSchemaNames.end() ? ElementType::undefined : found->second;
}

/// How an operator's outputs get a type that no type variable of its inputs gives.
struct AttributeRule {
  std::string_view op;
  int output;                  ///< the output it is about; −1: all
  std::string_view attribute;  ///< an integer attribute with a TensorProto.DataType; empty: none
  int input;                   ///< otherwise the type of this input; −1: none
  ElementType otherwise;       ///< when neither is there
};

constexpr AttributeRule kAttributeRules[] = {
    {"Cast", -1, "to", -1, ElementType::undefined},
    {"CastLike", -1, "", 1, ElementType::undefined},
    {"RandomNormal", -1, "dtype", -1, ElementType::float32},
    {"RandomUniform", -1, "dtype", -1, ElementType::float32},
    {"RandomNormalLike", -1, "dtype", 0, ElementType::undefined},
    {"RandomUniformLike", -1, "dtype", 0, ElementType::undefined},
    {"EyeLike", -1, "dtype", 0, ElementType::undefined},
    {"Bernoulli", -1, "dtype", 0, ElementType::undefined},
    {"Multinomial", -1, "dtype", -1, ElementType::int32},
    {"QuantizeLinear", -1, "output_dtype", 2, ElementType::uint8},
    {"DequantizeLinear", -1, "output_dtype", 1, ElementType::undefined},
    {"LayerNormalization", 1, "stash_type", -1, ElementType::float32},
    {"LayerNormalization", 2, "stash_type", -1, ElementType::float32},
    {"HannWindow", -1, "output_datatype", -1, ElementType::float32},
    {"HammingWindow", -1, "output_datatype", -1, ElementType::float32},
    {"BlackmanWindow", -1, "output_datatype", -1, ElementType::float32},
    {"MelWeightMatrix", -1, "output_datatype", -1, ElementType::float32},
};

ElementType apply_rule(const AttributeRule& rule, const onnx::NodeProto& node, std::span<const ElementType> inputs) {
  if (!rule.attribute.empty()) {
    const auto type = static_cast<ElementType>(model::attribute_int(node, rule.attribute, 0));
    if (type != ElementType::undefined) return type;
  }
  if (rule.input >= 0 && rule.input < static_cast<int>(inputs.size()) && inputs[rule.input] != ElementType::undefined) {
    return inputs[rule.input];
  }
  return rule.otherwise;
}

ElementType constant_type(const onnx::NodeProto& node) {
  if (const auto* value = model::find_attribute(node, "value")) return static_cast<ElementType>(value->t().data_type());
  if (const auto* value = model::find_attribute(node, "sparse_value")) {
    return static_cast<ElementType>(value->sparse_tensor().values().data_type());
  }
  static constexpr std::pair<std::string_view, ElementType> kTyped[] = {
      {"value_float", ElementType::float32}, {"value_floats", ElementType::float32},
      {"value_int", ElementType::int64},     {"value_ints", ElementType::int64},
      {"value_string", ElementType::string}, {"value_strings", ElementType::string}};
  for (const auto& [name, type] : kTyped) {
    if (model::find_attribute(node, name) != nullptr) return type;
  }
  return ElementType::undefined;
}

/// Types that attributes decide; undefined where they do not.
ElementType attribute_type(const onnx::NodeProto& node, int output, std::span<const ElementType> inputs) {
  if (node.op_type() == "Constant") return constant_type(node);
  if (node.op_type() == "ConstantOfShape") {
    const auto* value = model::find_attribute(node, "value");
    return value == nullptr ? ElementType::float32 : static_cast<ElementType>(value->t().data_type());
  }
  for (const AttributeRule& rule : kAttributeRules) {
    if (rule.op == node.op_type() && (rule.output < 0 || rule.output == output)) return apply_rule(rule, node, inputs);
  }
  return ElementType::undefined;
}

}  // namespace

const FormalParameter* parameter(std::span<const FormalParameter> parameters, int slot) {
  if (parameters.empty() || slot < 0) return nullptr;
  if (slot < static_cast<int>(parameters.size())) return &parameters[slot];
  return parameters.back().GetOption() == onnx::OpSchema::Variadic ? &parameters.back() : nullptr;
}

bool allows(const FormalParameter& parameter, ElementType type) {
  return std::ranges::any_of(parameter.GetTypes(),
                             [&](const auto* allowed) { return from_schema_text(*allowed) == type; });
}

std::vector<ElementType> output_types(const onnx::NodeProto& node, std::span<const ElementType> inputs,
                                      const onnx::OpSchema* schema) {
  std::vector<ElementType> types(node.output_size(), ElementType::undefined);
  if (schema == nullptr) return types;
  std::map<std::string_view, ElementType> variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FormalParameter* formal = parameter(schema->inputs(), static_cast<int>(i));
    if (formal != nullptr && formal->GetIsHomogeneous() && inputs[i] != ElementType::undefined) {
      variables.emplace(formal->GetTypeStr(), inputs[i]);
    }
  }
  for (int i = 0; i < node.output_size(); ++i) {
    types[i] = attribute_type(node, i, inputs);
    const FormalParameter* formal = parameter(schema->outputs(), i);
    if (types[i] != ElementType::undefined || formal == nullptr || !formal->GetIsHomogeneous()) continue;
    types[i] = from_schema_text(formal->GetTypeStr());
    if (const auto bound = variables.find(formal->GetTypeStr()); bound != variables.end()) types[i] = bound->second;
    if (types[i] == ElementType::undefined && formal->GetTypes().size() == 1) {
      types[i] = from_schema_text(**formal->GetTypes().begin());
    }
  }
  return types;
}

ElementType element_type(const onnx::TypeProto& type) {
  return type.has_tensor_type() ? static_cast<ElementType>(type.tensor_type().elem_type()) : ElementType::undefined;
}

}  // namespace autoaccel::rewrite
