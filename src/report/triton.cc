#include "report/triton.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "base/text.h"
#include "report/facts.h"
#include "report/loading_code.h"

namespace autoaccel::report {
namespace {

/// A setting of a runtime as its backend takes it. `value` empty: any, and `%` stands for it; no code: it is the
/// default.
struct SettingRow {
  std::string_view runtime, name, value, code;
};

constexpr SettingRow kSettings[] = {
    {"onnxruntime", "threads", "", "parameters { key: \"intra_op_thread_count\" value: { string_value: \"%\" } }"},
    {"onnxruntime", "optimization", "all", ""},
    {"onnxruntime", "optimization", "extended", "optimization { graph { level: 1 } }"},
    {"onnxruntime", "optimization", "basic", "optimization { graph { level: -1 } }"},
    {"onnxruntime", "optimization", "disabled", "optimization { graph { level: 2 } }"},
    {"onnxruntime", "arena", "on", ""},
    {"onnxruntime", "arena", "off", "parameters { key: \"enable_mem_arena\" value: { string_value: \"0\" } }"},
    {"onnxruntime", "memory_pattern", "on", ""},
    {"onnxruntime", "memory_pattern", "off",
     "parameters { key: \"enable_mem_pattern\" value: { string_value: \"0\" } }"},
    {"onnxruntime", "denormals_as_zero", "off", ""},
    {"onnxruntime", "prepacking", "on", ""},
    {"openvino", "threads", "", "parameters { key: \"INFERENCE_NUM_THREADS\" value: { string_value: \"%\" } }"},
    {"openvino", "streams", "", "parameters { key: \"NUM_STREAMS\" value: { string_value: \"%\" } }"},
    {"openvino", "mode", "latency", "parameters { key: \"PERFORMANCE_HINT\" value: { string_value: \"LATENCY\" } }"},
    {"openvino", "mode", "throughput",
     "parameters { key: \"PERFORMANCE_HINT\" value: { string_value: \"THROUGHPUT\" } }"},
    {"openvino", "precision", "bf16", "parameters { key: \"HINT_BF16\" value: { string_value: \"YES\" } }"},
    {"openvino", "precision", "default", ""},
    {"openvino", "denormals_as_zero", "off", ""},
    {"openvino", "partitioner", "static", ""},
};

/// Settings that other fields say: the batch by dims, the rest by the instances.
constexpr std::string_view kSaidElsewhere[] = {"batch", "requests", "sessions"};

struct TypeRow {
  ElementType type;
  std::string_view name;
};

constexpr TypeRow kTypes[] = {
    {ElementType::float32, "TYPE_FP32"},  {ElementType::float64, "TYPE_FP64"},  {ElementType::float16, "TYPE_FP16"},
    {ElementType::bfloat16, "TYPE_BF16"}, {ElementType::int8, "TYPE_INT8"},     {ElementType::int16, "TYPE_INT16"},
    {ElementType::int32, "TYPE_INT32"},   {ElementType::int64, "TYPE_INT64"},   {ElementType::uint8, "TYPE_UINT8"},
    {ElementType::uint16, "TYPE_UINT16"}, {ElementType::uint32, "TYPE_UINT32"}, {ElementType::uint64, "TYPE_UINT64"},
    {ElementType::boolean, "TYPE_BOOL"},
};

bool counts_samples(const TensorInfo& tensor) {
  return tensor.shape && !tensor.shape->empty() && tensor.shape->front() < 0;
}

std::int64_t max_batch_of(const Run& run, const Record& record) {
  if (record.variant.runtime == "openvino") return 0;
  const auto all = [](const std::vector<TensorInfo>& tensors) {
    return std::all_of(tensors.begin(), tensors.end(), counts_samples);
  };
  const bool is_batched = all(run.model.inputs) && all(run.model.outputs);
  return is_batched && record.measurement ? record.measurement->batch : 0;
}

/// `input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] }, … ]`; nullopt: a type that Triton does not know.
std::optional<std::string> tensors_text(const Run& run, const Variant& variant, const std::vector<TensorInfo>& tensors,
                                        const std::string& field, bool drops_first) {
  std::vector<std::string> items;
  for (const TensorInfo& tensor : tensors) {
    const ElementType type = io_type_of(run, variant, tensor);
    const auto row =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.type == type; });
    if (row == std::end(kTypes) || !tensor.shape) return std::nullopt;
    const bool is_input = &tensors == &run.model.inputs;
    Shape shape = is_input && has_fixed_shapes(variant) ? measured_shape(run, tensor, variant) : *tensor.shape;
    if (drops_first) shape.erase(shape.begin());
    // A scalar has no dims, which Triton takes for a field that is missing.
    const std::string dims = shape.empty() ? "[ 1 ] reshape { shape: [ ] }" : to_text(shape);
    items.push_back("  { name: " + cpp_literal(tensor.name) + " data_type: " + std::string(row->name) +
                    " dims: " + dims + " }");
  }
  return field + " [\n" + base::join(items, ",\n") + "\n]\n";
}

std::string setting_text(const std::string& runtime, const std::string& name, const std::string& value) {
  const auto row = std::find_if(std::begin(kSettings), std::end(kSettings), [&](const SettingRow& r) {
    return r.runtime == runtime && r.name == name && (r.value.empty() || r.value == value);
  });
  const std::string safe = base::printable(value, 60);
  if (row == std::end(kSettings))
    return "# not set, this backend has no parameter for it: " + base::printable(name, 60) + " = " + safe + "\n";
  if (row->code.empty()) return {};
  std::string code(row->code);
  if (const std::size_t at = code.find('%'); at != std::string::npos) code.replace(at, 1, safe);
  return code + "\n";
}

std::string settings_text(const Variant& variant) {
  Settings settings = variant.settings;
  if (variant.runtime == "openvino")
    settings.try_emplace("mode", "latency");  // what a variant without it was measured with
  std::string text;
  for (const auto& [name, value] : settings) {
    if (std::find(std::begin(kSaidElsewhere), std::end(kSaidElsewhere), name) == std::end(kSaidElsewhere))
      text += setting_text(variant.runtime, name, value);
  }
  return text;
}

}  // namespace

std::string triton_name(const Run& run) {
  std::string name = std::filesystem::path(run.model.file).stem().string();
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  for (char& c : name)
    if (kPlain.find(c) == std::string_view::npos) c = '_';
  return name.empty() || name.front() == '.' ? "model" + name : name;
}

std::string triton_file_name(const Variant& variant, const std::string& file) {
  const std::filesystem::path extension = std::filesystem::path(file).extension();
  const bool is_known =
      variant.runtime == "openvino" ? extension == ".xml" || extension == ".bin" : extension == ".onnx";
  return is_known ? "model" + extension.string() : file;
}

std::optional<std::string> triton_config(const Run& run, const Record& record) {
  const Variant& variant = record.variant;
  if (!variant.device.is_cpu() || (variant.runtime != "onnxruntime" && variant.runtime != "openvino"))
    return std::nullopt;
  const std::int64_t batch = max_batch_of(run, record);
  const auto inputs = tensors_text(run, variant, run.model.inputs, "input", batch > 0);
  const auto outputs = tensors_text(run, variant, run.model.outputs, "output", batch > 0);
  if (!inputs || !outputs) return std::nullopt;
  std::string text = "name: " + cpp_literal(triton_name(run)) + "\nbackend: \"" + variant.runtime +
                     "\"\nmax_batch_size: " + std::to_string(batch) + "\n" + *inputs + *outputs;
  const int instances = record.measurement ? std::max(record.measurement->requests_in_flight, 1) : 1;
  text += "# as many as requests were in flight when it was measured\ninstance_group [ { kind: KIND_CPU count: " +
          std::to_string(instances) + " } ]\n";
  if (batch > 1) text += "dynamic_batching { preferred_batch_size: [ " + std::to_string(batch) + " ] }\n";
  return text + settings_text(variant);
}

}  // namespace autoaccel::report
