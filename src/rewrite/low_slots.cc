#include "rewrite/low_slots.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "rewrite/element_types.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

namespace {

bool is_float32(const Value* value) { return value != nullptr && value->type == ElementType::float32; }

std::string no_kernel_type(const onnx::NodeProto& node, const ValueTable& table, ElementType low) {
  return fmt::format("not defined for {} in opset {}", to_text(low), table.opset(node));
}

/// A variable that would change, but of which one input has another or an unknown type.
std::string mixed_types(const onnx::NodeProto& node, const ValueTable& table, const onnx::OpSchema& schema,
                        const std::set<std::string_view>& variables) {
  for (int i = 0; i < node.input_size(); ++i) {
    if (node.input(i).empty()) continue;
    const FormalParameter* formal = parameter(schema.inputs(), i);
    if (formal == nullptr || !variables.contains(formal->GetTypeStr())) continue;
    if (!is_float32(table.input(node, i))) return fmt::format("the type of its input {} is not known", i);
    if (stays_float32(node, i)) return fmt::format("its input {} stays float32 and has the type of others", i);
  }
  return {};
}

}  // namespace

LowSlots low_slots(const onnx::NodeProto& node, const ValueTable& table, ElementType low) {
  LowSlots slots{std::vector<bool>(node.input_size()), std::vector<bool>(node.output_size()), {}};
  const onnx::OpSchema* schema = table.schema(node);
  if (schema == nullptr) {
    slots.refusal = "an operator that this opset does not define";
    return slots;
  }
  std::set<std::string_view> variables;
  for (int i = 0; i < node.input_size(); ++i) {
    const FormalParameter* formal = parameter(schema->inputs(), i);
    if (formal == nullptr || !is_float32(table.input(node, i)) || stays_float32(node, i)) continue;
    if (!formal->GetIsHomogeneous() || !allows(*formal, low)) continue;
    slots.inputs[i] = true;
    variables.insert(formal->GetTypeStr());
  }
  slots.refusal = variables.empty() ? no_kernel_type(node, table, low) : mixed_types(node, table, *schema, variables);
  for (int i = 0; i < node.output_size(); ++i) {
    const FormalParameter* formal = parameter(schema->outputs(), i);
    if (formal != nullptr && is_float32(table.output(node, i)) && variables.contains(formal->GetTypeStr())) {
      slots.outputs[i] = true;
    }
  }
  if (!slots.refusal.empty()) {
    slots.inputs.assign(slots.inputs.size(), false);
    slots.outputs.assign(slots.outputs.size(), false);
  }
  return slots;
}

bool takes_either(const onnx::NodeProto& node, int input, const ValueTable& table, ElementType low) {
  if (!takes_either(node, input)) return false;
  const onnx::OpSchema* schema = table.schema(node);
  const FormalParameter* formal = schema == nullptr ? nullptr : parameter(schema->inputs(), input);
  return formal != nullptr && allows(*formal, low);
}

bool computes_in_float32(const onnx::NodeProto& node, const ValueTable& table) {
  for (int i = 0; i < node.input_size(); ++i) {
    if (is_float32(table.input(node, i))) return true;
  }
  for (int i = 0; i < node.output_size(); ++i) {
    if (is_float32(table.output(node, i))) return true;
  }
  return false;
}

}  // namespace autoaccel::rewrite
