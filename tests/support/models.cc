#include "support/models.h"

#include <onnx/defs/parser.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace autoaccel::test_support {
namespace {

/// splitmix64: one multiplication chain a value, so that gigabytes take seconds.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// In [-1, 1): 24 random bits, exact in float.
float random_float(std::uint64_t& state) {
  return static_cast<float>(static_cast<std::int32_t>(next_random(state) >> 40) - (1 << 23)) / (1 << 23);
}

void fill_floats(Tensor& tensor, std::uint64_t& state) {
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const float value = random_float(state);
    const auto index = static_cast<std::size_t>(i);
    if (tensor.type() == ElementType::float64) {
      tensor.as<double>()[index] = value;
    } else {
      tensor.as<float>()[index] = value;
    }
  }
}

/// Halves of moderate size: sign and mantissa random, exponent near 0.
void fill_half_floats(Tensor& tensor, std::uint64_t& state) {
  const bool bfloat = tensor.type() == ElementType::bfloat16;
  for (auto& bits : tensor.as<std::uint16_t>()) {
    const auto random = static_cast<std::uint16_t>(next_random(state));
    bits = bfloat ? static_cast<std::uint16_t>((random & 0x807f) | 0x3f00)  // ±[0.5, 1)
                  : static_cast<std::uint16_t>((random & 0x83ff) | 0x3800);
  }
}

void fill_integers(Tensor& tensor, std::uint64_t& state) {
  const int bytes = bits_per_element(tensor.type()) / 8;
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    std::uint64_t value = next_random(state);
    if (bytes >= 4) value %= 1000;
    if (tensor.type() == ElementType::boolean) value %= 2;
    std::memcpy(tensor.bytes().data() + i * bytes, &value, static_cast<std::size_t>(bytes));
  }
}

void write_matrices(const std::filesystem::path& path, std::int64_t side, std::int64_t count) {
  std::ofstream file(path, std::ios::binary);
  std::vector<float> matrix(static_cast<std::size_t>(side * side));
  const float scale = 1.0f / std::sqrt(static_cast<float>(side));  // keeps activations of a moderate size
  std::uint64_t state = 1;
  for (std::int64_t i = 0; i < count; ++i) {
    for (float& value : matrix) value = random_float(state) * scale;
    file.write(reinterpret_cast<const char*>(matrix.data()),
               static_cast<std::streamsize>(matrix.size() * sizeof(float)));
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void add_value(onnx::ValueInfoProto& value, const std::string& name, std::int64_t side) {
  value.set_name(name);
  auto* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape()->add_dim()->set_dim_param("batch");
  type->mutable_shape()->add_dim()->set_dim_value(side);
}

void add_node(onnx::GraphProto& graph, const std::string& type, const std::vector<std::string>& inputs,
              const std::string& output) {
  auto& node = *graph.add_node();
  node.set_op_type(type);
  node.set_name(type + "_" + output);
  for (const auto& input : inputs) node.add_input(input);
  node.add_output(output);
}

void add_external_matrix(onnx::GraphProto& graph, const std::string& name, const std::string& file, std::int64_t side,
                         std::int64_t offset) {
  auto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(side);
  tensor.add_dims(side);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  const auto add = [&](const char* key, const std::string& value) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  };
  add("location", file);
  add("offset", std::to_string(offset));
  add("length", std::to_string(side * side * static_cast<std::int64_t>(sizeof(float))));
}

std::uint64_t own_peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;  // in kB
  }
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

}  // namespace

onnx::ModelProto proto_from_text(std::string_view text) {
  onnx::ModelProto proto;
  const auto status = onnx::OnnxParser::Parse(proto, std::string(text).c_str());
  if (!status.IsOK()) throw std::invalid_argument("model text: " + status.ErrorMessage());
  return proto;
}

model::Model model_from_text(std::string_view text) { return model::Model::from_proto(proto_from_text(text)); }

onnx::TensorProto random_tensor(const std::string& name, ElementType type, const Shape& shape, std::uint64_t seed) {
  Tensor values(type, shape);
  std::uint64_t state = seed;
  if (type == ElementType::float32 || type == ElementType::float64) {
    fill_floats(values, state);
  } else if (type == ElementType::float16 || type == ElementType::bfloat16) {
    fill_half_floats(values, state);
  } else {
    fill_integers(values, state);
  }
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(static_cast<int>(type));
  for (const auto axis : shape) tensor.add_dims(axis);
  tensor.set_raw_data(values.bytes().data(), values.bytes().size());
  return tensor;
}

void add_random_initializer(onnx::GraphProto& graph, const std::string& name, ElementType type, const Shape& shape,
                            std::uint64_t seed) {
  *graph.add_initializer() = random_tensor(name, type, shape, seed);
}

void write_proto(const onnx::ModelProto& proto, const std::filesystem::path& path) {
  std::ofstream file(path, std::ios::binary);
  if (!proto.SerializeToOstream(&file)) throw std::runtime_error("cannot write " + path.string());
}

onnx::ModelProto resolved(const model::Model& model) {
  onnx::ModelProto proto = model.proto();
  model::for_each_tensor(proto, [&](onnx::TensorProto& tensor) {
    if (tensor.data_type() == onnx::TensorProto::STRING) return;
    const Tensor values = model.read_weight(tensor);
    model::Model::set_inline(tensor, values.bytes());
  });
  return proto;
}

void generate_large_model(const std::filesystem::path& path, std::uint64_t bytes, std::int64_t side) {
  const std::int64_t matrix_bytes = side * side * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t count = std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes) / matrix_bytes);
  std::filesystem::path data = path;
  data += ".data";
  write_matrices(data, side, count);

  onnx::ModelProto proto;
  proto.set_ir_version(8);
  proto.set_producer_name("autoaccel tests");
  proto.add_opset_import()->set_version(17);
  auto& graph = *proto.mutable_graph();
  graph.set_name("chain");
  add_value(*graph.add_input(), "x", side);
  std::string last = "x";
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    add_external_matrix(graph, "w" + number, data.filename().string(), side, i * matrix_bytes);
    add_node(graph, "MatMul", {last, "w" + number}, "m" + number);
    last = "m" + number;
    if (i + 1 < count) {
      add_node(graph, "Relu", {last}, "r" + number);
      last = "r" + number;
    }
  }
  add_value(*graph.add_output(), last, side);
  write_proto(proto, path);
}

std::uint64_t peak_resident_bytes_of(const std::function<void()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    std::uint64_t peak = 0;
    try {
      std::ofstream("/proc/self/clear_refs") << "5";  // forget the peak of the parent
      work();
      peak = own_peak_bytes();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    const ssize_t written = ::write(ends[1], &peak, sizeof peak);
    ::_exit(written == sizeof peak && peak > 0 ? 0 : 1);
  }
  ::close(ends[1]);
  std::uint64_t peak = 0;
  const ssize_t got = ::read(ends[0], &peak, sizeof peak);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (got != sizeof peak || status != 0) throw std::runtime_error("the child process failed");
  return peak;
}

}  // namespace autoaccel::test_support
