#include "report/loading_code.h"

namespace autoaccel::report {

std::optional<ByteMapping> bytes_of(const Run& run, const Variant& variant, const TensorInfo& tensor) {
  if (variant.io != IoTypes::uint8) return std::nullopt;
  for (const InputConfig& input : run.config.inputs)
    if (input.name == tensor.name && input.bytes) return input.bytes->value;
  for (const OutputConfig& output : run.config.outputs)
    if (output.name == tensor.name && output.bytes) return output.bytes->value;
  return std::nullopt;
}

ElementType io_type_of(const Run& run, const Variant& variant, const TensorInfo& tensor) {
  if (bytes_of(run, variant, tensor)) return ElementType::uint8;
  if (variant.io != IoTypes::reduced || tensor.type != ElementType::float32) return tensor.type;
  return variant.recipe.starts_with("bf16") ? ElementType::bfloat16 : ElementType::float16;
}

bool has_fixed_shapes(const Variant& variant) {
  const auto shapes = variant.settings.find("shapes");
  return shapes != variant.settings.end() && shapes->second == "use";
}

}  // namespace autoaccel::report
