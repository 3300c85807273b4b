#include "report/loading_code.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/text.h"
#include "report/facts.h"

namespace autoaccel::report {
namespace {

/// One setting in the two languages. `value` empty: any, and `%` stands for it.
struct SettingRow {
  std::string_view name, value;
  std::string_view cpp, python;
};

constexpr SettingRow kOnnxRuntimeSettings[] = {
    {"threads", "", "options.SetIntraOpNumThreads(%);", "options.intra_op_num_threads = %"},
    {"optimization", "all", "options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);",
     "options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL"},
    {"optimization", "extended", "options.SetGraphOptimizationLevel(ORT_ENABLE_EXTENDED);",
     "options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED"},
    {"optimization", "basic", "options.SetGraphOptimizationLevel(ORT_ENABLE_BASIC);",
     "options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC"},
    {"optimization", "disabled", "options.SetGraphOptimizationLevel(ORT_DISABLE_ALL);",
     "options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL"},
    {"spinning", "on", "options.AddConfigEntry(\"session.intra_op.allow_spinning\", \"1\");",
     "options.add_session_config_entry(\"session.intra_op.allow_spinning\", \"1\")"},
    {"spinning", "off", "options.AddConfigEntry(\"session.intra_op.allow_spinning\", \"0\");",
     "options.add_session_config_entry(\"session.intra_op.allow_spinning\", \"0\")"},
    {"denormals_as_zero", "on", "options.AddConfigEntry(\"session.set_denormal_as_zero\", \"1\");",
     "options.add_session_config_entry(\"session.set_denormal_as_zero\", \"1\")"},
    {"denormals_as_zero", "off", "", ""},
    {"arena", "on", "", ""},
    {"arena", "off", "options.DisableCpuMemArena();", "options.enable_cpu_mem_arena = False"},
    {"memory_pattern", "on", "", ""},
    {"memory_pattern", "off", "options.DisableMemPattern();", "options.enable_mem_pattern = False"},
    {"prepacking", "on", "", ""},
    {"prepacking", "off", "options.AddConfigEntry(\"session.disable_prepacking\", \"1\");",
     "options.add_session_config_entry(\"session.disable_prepacking\", \"1\")"},
    {"sessions", "", "// measured with % such sessions side by side", "# measured with % such sessions side by side"},
    {"requests", "", "// measured with % threads that call session.Run at the same time",
     "# measured with % threads that call session.run at the same time"},
    {"batch", "", "", ""},  // in the shapes of the inputs
};

/// Properties of compile_model; those that are absent are left to OpenVINO.
constexpr SettingRow kOpenVinoSettings[] = {
    {"mode", "latency", "ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY)",
     "\"PERFORMANCE_HINT\": \"LATENCY\""},
    {"mode", "throughput", "ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT)",
     "\"PERFORMANCE_HINT\": \"THROUGHPUT\""},
    {"precision", "default", "", ""},
    {"precision", "", "ov::hint::inference_precision(ov::element::%)", "\"INFERENCE_PRECISION_HINT\": \"%\""},
    {"threads", "", "ov::inference_num_threads(%)", "\"INFERENCE_NUM_THREADS\": %"},
    {"streams", "", "ov::num_streams(%)", "\"NUM_STREAMS\": %"},
    {"requests", "", "ov::hint::num_requests(%)", "\"PERFORMANCE_HINT_NUM_REQUESTS\": %"},
    {"pinning", "on", "ov::hint::enable_cpu_pinning(true)", "\"ENABLE_CPU_PINNING\": True"},
    {"pinning", "off", "ov::hint::enable_cpu_pinning(false)", "\"ENABLE_CPU_PINNING\": False"},
    {"partitioner", "static", "", ""},
    {"partitioner", "auto", "std::pair<std::string, ov::Any>(\"TBB_PARTITIONER\", \"AUTO\")",
     "\"TBB_PARTITIONER\": \"AUTO\""},
    {"dynamic_quantization_group", "", "ov::hint::dynamic_quantization_group_size(%)",
     "\"DYNAMIC_QUANTIZATION_GROUP_SIZE\": %"},
    {"denormals_as_zero", "off", "", ""},
    {"denormals_as_zero", "on", "std::pair<std::string, ov::Any>(\"CPU_DENORMALS_OPTIMIZATION\", true)",
     "\"CPU_DENORMALS_OPTIMIZATION\": True"},
    {"shapes", "", "", ""},  // a call of its own, below
    {"batch", "", "", ""},   // in the shapes of the inputs
};

/// What an element type is called. Empty where the language has no such element.
struct TypeRow {
  ElementType type;
  std::string_view cpp, openvino, numpy;
};

constexpr TypeRow kTypes[] = {
    {ElementType::float32, "float", "f32", "np.float32"},
    {ElementType::float64, "double", "f64", "np.float64"},
    {ElementType::float16, "Ort::Float16_t", "f16", "np.float16"},
    {ElementType::bfloat16, "Ort::BFloat16_t", "bf16", ""},
    {ElementType::int8, "int8_t", "i8", "np.int8"},
    {ElementType::uint8, "uint8_t", "u8", "np.uint8"},
    {ElementType::int16, "int16_t", "i16", "np.int16"},
    {ElementType::uint16, "uint16_t", "u16", "np.uint16"},
    {ElementType::int32, "int32_t", "i32", "np.int32"},
    {ElementType::uint32, "uint32_t", "u32", "np.uint32"},
    {ElementType::int64, "int64_t", "i64", "np.int64"},
    {ElementType::uint64, "uint64_t", "u64", "np.uint64"},
    {ElementType::boolean, "bool", "boolean", "np.bool_"},
};

const TypeRow& type_row(ElementType type) {
  const auto row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.type == type; });
  return row == std::end(kTypes) ? kTypes[0] : *row;
}

enum class Language { cpp, python };

/// The setting in one language; a setting without a row is named in a comment rather than left out.
template <std::size_t N>
std::string setting_code(const SettingRow (&rows)[N], const std::string& name, const std::string& value,
                         Language language) {
  const auto row = std::find_if(std::begin(rows), std::end(rows), [&](const SettingRow& r) {
    return r.name == name && (r.value.empty() || r.value == value);
  });
  const std::string safe = base::printable(value, 60);
  if (row == std::end(rows))
    return (language == Language::cpp ? "// " : "# ") + base::printable(name, 60) + " = " + safe;
  std::string code(language == Language::cpp ? row->cpp : row->python);
  if (const std::size_t at = code.find('%'); at != std::string::npos) code.replace(at, 1, safe);
  return code;
}

std::string braces(const Shape& shape) {
  const std::string text = to_text(shape);
  return "{" + text.substr(1, text.size() - 2) + "}";
}

/// `(1, 3)`, `(1,)`, `()`.
std::string tuple(const Shape& shape) {
  const std::string text = to_text(shape);
  return "(" + text.substr(1, text.size() - 2) + (shape.size() == 1 ? ",)" : ")");
}

std::string list_of_names(const std::vector<TensorInfo>& tensors, std::string (*literal)(std::string_view)) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors) names.push_back(literal(tensor.name));
  return base::join(names, ", ");
}

/// NumPy itself has no bfloat16.
std::string python_imports(const Run& run, const Variant& variant) {
  const bool needs_bfloat16 =
      std::any_of(run.model.inputs.begin(), run.model.inputs.end(),
                  [&](const TensorInfo& input) { return io_type_of(run, variant, input) == ElementType::bfloat16; });
  return std::string(needs_bfloat16 ? "import ml_dtypes\n" : "") + "import numpy as np\n";
}

/// `"x": np.zeros((1, 3), np.float32)`, one line an input; in a program with a sample, from its file.
std::string python_inputs(const Run& run, const Variant& variant, const Source& source) {
  std::string lines;
  int index = 0;
  for (const TensorInfo& input : run.model.inputs) {
    const std::string_view numpy = type_row(io_type_of(run, variant, input)).numpy;
    const std::string type = numpy.empty() ? "ml_dtypes.bfloat16" : std::string(numpy);
    const std::string stored =
        "np.load(here / \"check/inputs/" + std::to_string(index++) + ".npy\").view(" + type + ")";
    const std::string zeros = "np.zeros(" + tuple(measured_shape(run, input, variant)) + ", " + type + ")";
    lines += "    " + python_literal(input.name) + ": " + (source.has_sample ? stored : zeros) + ",\n";
  }
  return lines;
}

std::string python_file(const Source& source) {
  return (source.form == Form::program ? "here / " : "") + python_literal(source.file);
}

/// What stands before the imports, and between them and the rest.
std::string python_head(const Run& run, const Variant& variant, const Source& source, const std::string& import) {
  const std::string imports = python_imports(run, variant) + import + "\n\n";
  if (source.form == Form::snippet) return imports;
  return "\"\"\"Loads the model as it was measured and runs it once.\n\npython3 load.py [FOLDER]: keeps the outputs as "
         "FOLDER/<index>.npy\n\"\"\"\nimport sys\nfrom pathlib import Path\n\n" +
         imports + "here = Path(__file__).resolve().parent\n";
}

/// What a program does with its outputs.
std::string python_tail(const Run& run, const Source& source) {
  if (source.form == Form::snippet) return {};
  std::string code = "\nfor index, (name, output) in enumerate(zip([" +
                     list_of_names(run.model.outputs, python_literal) +
                     "], outputs)):\n    print(repr(name), output.dtype, output.shape)\n"
                     "    if len(sys.argv) > 1:\n        np.save(Path(sys.argv[1]) / f\"{index}.npy\", output)\n";
  return code;
}

/// The variables that each input has in C++: its zeros, or the sample's numbers in a program that has one.
std::string cpp_sample(const std::string& data, const std::string& bytes, int index, const Source& source) {
  if (!source.has_sample) return {};
  return "  read_numbers(folder + \"/check/inputs/" + std::to_string(index) + ".npy\", " + data + ", " + bytes + ");\n";
}

std::string cpp_file(const Source& source) {
  return source.form == Form::program ? "folder + " + cpp_literal("/" + source.file) : cpp_literal(source.file);
}

/// A program's first lines: the headers, what it needs to read its sample and to keep its outputs, and main's begin.
std::string cpp_head(const std::string& vendor, std::vector<std::string> headers, const Source& source) {
  const bool is_program = source.form == Form::program;
  if (is_program) headers.insert(headers.end(), {"cstddef", "fstream", "iostream", "string"});
  std::sort(headers.begin(), headers.end());
  std::string includes = "#include <" + vendor + ">\n" + (headers.empty() ? "" : "\n");
  for (const std::string& header : headers) includes += "#include <" + header + ">\n";
  if (!is_program) return includes + "\nint main() {\n";
  std::string code =
      "// Loads the model as it was measured and runs it once.\n//\n// load [FOLDER [OUTPUTS]]: FOLDER holds the model "
      "(default: .); keeps the numbers of the outputs as OUTPUTS/<index>.bin\n" +
      includes + "\n";
  if (source.has_sample) {
    code +=
        "// The numbers are the last bytes of a NumPy file.\n"
        "void read_numbers(const std::string& path, void* data, std::size_t bytes) {\n"
        "  std::ifstream file(path, std::ios::binary);\n"
        "  file.seekg(-static_cast<std::streamoff>(bytes), std::ios::end);\n"
        "  if (!file.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes)))\n"
        "    throw std::ios_base::failure(\"cannot read \" + path);\n}\n\n";
  }
  return code +
         "void show(std::size_t index, const void* data, std::size_t bytes, const std::string& folder) {\n"
         "  std::cout << \"output \" << index << \": \" << bytes << \" bytes\\n\";\n"
         "  if (folder.empty()) return;\n"
         "  std::ofstream file(folder + \"/\" + std::to_string(index) + \".bin\", std::ios::binary);\n"
         "  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));\n}\n\n"
         "int main(int argc, char** argv) {\n"
         "  const std::string folder = argc > 1 ? argv[1] : \".\", kept = argc > 2 ? argv[2] : \"\";\n";
}

std::string onnxruntime_cpp(const Run& run, const Variant& variant, const Source& source) {
  std::string code = cpp_head("onnxruntime_cxx_api.h", {"cstdint", "memory", "vector"}, source) +
                     "  Ort::Env env;\n  Ort::SessionOptions options;\n";
  for (const auto& [name, value] : variant.settings) {
    const std::string line = setting_code(kOnnxRuntimeSettings, name, value, Language::cpp);
    if (!line.empty()) code += "  " + line + "\n";
  }
  const bool is_program = source.form == Form::program;
  code += "  Ort::Session session(env, " + (is_program ? "(" + cpp_file(source) + ").c_str()" : cpp_file(source)) +
          ", options);\n\n"
          "  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);\n"
          "  std::vector<Ort::Value> inputs;\n";
  int index = 0;
  for (const TensorInfo& input : run.model.inputs) {
    const Shape shape = measured_shape(run, input, variant);
    const std::string type(type_row(io_type_of(run, variant, input)).cpp);
    const std::string data = "data_" + std::to_string(index);
    const std::string sizes = "shape_" + std::to_string(index);
    const std::string count = std::to_string(element_count(shape));
    code += "  auto " + data + " = std::make_unique<" + type + "[]>(" + count + ");  // your data\n" +
            cpp_sample(data + ".get()", count + " * sizeof(" + type + ")", index++, source) +
            "  const std::vector<int64_t> " + sizes + braces(shape) + ";\n" +
            "  inputs.push_back(Ort::Value::CreateTensor<" + type + ">(memory, " + data + ".get(), " + count + ", " +
            sizes + ".data(), " + sizes + ".size()));\n";
  }
  return code + "  const std::vector<const char*> input_names{" + list_of_names(run.model.inputs, cpp_literal) +
         "};\n" + "  const std::vector<const char*> output_names{" + list_of_names(run.model.outputs, cpp_literal) +
         "};\n" +
         "  const std::vector<Ort::Value> outputs = session.Run(Ort::RunOptions{}, input_names.data(), inputs.data(), "
         "inputs.size(),\n                                                      output_names.data(), "
         "output_names.size());\n" +
         (is_program ? "  for (std::size_t i = 0; i < outputs.size(); ++i)\n"
                       "    show(i, outputs[i].GetTensorRawData(), "
                       "outputs[i].GetTensorSizeInBytes(), kept);\n"
                     : "") +
         "}\n";
}

std::string onnxruntime_python(const Run& run, const Variant& variant, const Source& source) {
  std::string code =
      python_head(run, variant, source, "import onnxruntime as ort") + "options = ort.SessionOptions()\n";
  for (const auto& [name, value] : variant.settings) {
    const std::string line = setting_code(kOnnxRuntimeSettings, name, value, Language::python);
    if (!line.empty()) code += line + "\n";
  }
  return code + "session = ort.InferenceSession(" + python_file(source) +
         ", options, providers=[\"CPUExecutionProvider\"])\ninputs = {  # your data\n" +
         python_inputs(run, variant, source) + "}\noutputs = session.run([" +
         list_of_names(run.model.outputs, python_literal) + "], inputs)\n" + python_tail(run, source);
}

/// The properties of compile_model, joined as arguments or as items of a dict; comments for what has no row stand
/// behind.
std::string openvino_properties(const Variant& variant, Language language, const std::string& separator) {
  Settings settings = variant.settings;
  settings.try_emplace("mode", "latency");  // what a variant without it was measured with
  std::vector<std::string> properties, comments;
  for (const auto& [name, value] : settings) {
    const std::string code = setting_code(kOpenVinoSettings, name, value, language);
    if (code.starts_with("//") || code.starts_with("#"))
      comments.push_back("  " + code);
    else if (!code.empty())
      properties.push_back(code);
  }
  return base::join(properties, separator) + base::join(comments, "");
}

std::string openvino_cpp(const Run& run, const Variant& variant, const Source& source) {
  const bool is_program = source.form == Form::program;
  std::string shapes, tensors;
  int number = 0;
  for (const TensorInfo& input : run.model.inputs) {
    const std::string name = cpp_literal(input.name);
    const std::string shape = braces(measured_shape(run, input, variant));
    shapes += "  shapes[" + name + "] = ov::Shape" + shape + ";\n";
    const std::string tensor =
        "ov::Tensor(ov::element::" + std::string(type_row(io_type_of(run, variant, input)).openvino) + ", ov::Shape" +
        shape + ")";
    if (is_program) {
      const std::string variable = "input_" + std::to_string(number);
      tensors += "  ov::Tensor " + variable + " = " + tensor + ";  // your data\n" +
                 cpp_sample(variable + ".data()", variable + ".get_byte_size()", number++, source) +
                 "  request.set_tensor(" + name + ", " + variable + ");\n";
    } else {
      tensors += "  request.set_tensor(" + name + ", " + tensor + ");  // your data\n";
    }
  }
  std::string code = cpp_head("openvino/openvino.hpp", {}, source) +
                     "  ov::Core core;\n  const auto model = core.read_model(" + cpp_file(source) + ");\n";
  if (has_fixed_shapes(variant)) {
    code += "  std::map<std::string, ov::PartialShape> shapes;\n" + shapes + "  model->reshape(shapes);\n";
  }
  code += "  const ov::AnyMap properties{\n      " + openvino_properties(variant, Language::cpp, ",\n      ") +
          "};\n  ov::CompiledModel compiled = core.compile_model(model, \"CPU\", properties);\n"
          "  ov::InferRequest request = compiled.create_infer_request();\n" +
          tensors + "  request.infer();\n";
  int index = 0;
  for (const TensorInfo& output : run.model.outputs) {
    const std::string variable = "output_" + std::to_string(index);
    code += "  const ov::Tensor " + variable + " = request.get_tensor(" + cpp_literal(output.name) + ");\n";
    if (is_program)
      code +=
          "  show(" + std::to_string(index) + ", " + variable + ".data(), " + variable + ".get_byte_size(), kept);\n";
    ++index;
  }
  return code + "}\n";
}

std::string openvino_python(const Run& run, const Variant& variant, const Source& source) {
  std::string code = python_head(run, variant, source, "import openvino as ov") + "model = ov.Core().read_model(" +
                     python_file(source) + ")\n";
  if (has_fixed_shapes(variant)) {
    std::vector<std::string> shapes;
    for (const TensorInfo& input : run.model.inputs) {
      shapes.push_back(python_literal(input.name) + ": " + to_text(measured_shape(run, input, variant)));
    }
    code += "model.reshape({" + base::join(shapes, ", ") + "})\n";
  }
  code += "compiled = ov.compile_model(model, \"CPU\", {\n    " +
          openvino_properties(variant, Language::python, ",\n    ") + "})\ninputs = {  # your data\n" +
          python_inputs(run, variant, source) + "}\n";
  if (source.form == Form::program) {
    std::string outputs;
    for (const TensorInfo& output : run.model.outputs) outputs += ", results[" + python_literal(output.name) + "]";
    return code + "results = compiled(inputs)\noutputs = [" + outputs.substr(2) + "]\n" + python_tail(run, source);
  }
  code += "outputs = compiled(inputs)\n";
  int index = 0;
  for (const TensorInfo& output : run.model.outputs) {
    code += "output_" + std::to_string(index++) + " = outputs[" + python_literal(output.name) + "]\n";
  }
  return code;
}

using Generator = std::string (*)(const Run&, const Variant&, const Source&);
struct GeneratorRow {
  std::string_view runtime;
  Generator cpp, python;
};

constexpr GeneratorRow kGenerators[] = {
    {"onnxruntime", onnxruntime_cpp, onnxruntime_python},
    {"openvino", openvino_cpp, openvino_python},
};

}  // namespace

std::optional<LoadingCode> loading_code(const Run& run, const Variant& variant, const Source& source) {
  for (const GeneratorRow& row : kGenerators) {
    if (row.runtime == variant.runtime) {
      return LoadingCode{.cpp = row.cpp(run, variant, source), .python = row.python(run, variant, source)};
    }
  }
  return std::nullopt;
}

}  // namespace autoaccel::report
