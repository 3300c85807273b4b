#include "runtime/openvino/session.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <openvino/op/constant.hpp>
#include <openvino/openvino.hpp>
#include <openvino/runtime/intel_cpu/properties.hpp>
#include <set>
#include <string>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "runtime/openvino/description.h"
#include "runtime/openvino/placement.h"
#include "runtime/sample_pool.h"
#include "runtime/settings.h"
#include "runtime/vendor_error.h"

namespace autoaccel::runtime::openvino {

namespace {

constexpr const char* kDevice = "CPU";

struct TypePair {
  ov::element::Type_t vendor;
  ElementType ours;
};
constexpr std::array<TypePair, 16> kTypes{{{ov::element::f32, ElementType::float32},
                                           {ov::element::f16, ElementType::float16},
                                           {ov::element::bf16, ElementType::bfloat16},
                                           {ov::element::f64, ElementType::float64},
                                           {ov::element::i8, ElementType::int8},
                                           {ov::element::u8, ElementType::uint8},
                                           {ov::element::i16, ElementType::int16},
                                           {ov::element::u16, ElementType::uint16},
                                           {ov::element::i32, ElementType::int32},
                                           {ov::element::u32, ElementType::uint32},
                                           {ov::element::i64, ElementType::int64},
                                           {ov::element::u64, ElementType::uint64},
                                           {ov::element::boolean, ElementType::boolean},
                                           {ov::element::i4, ElementType::int4},
                                           {ov::element::u4, ElementType::uint4},
                                           {ov::element::string, ElementType::string}}};

ElementType element_type_from(const ov::element::Type& type) {
  const auto row = std::ranges::find(kTypes, static_cast<ov::element::Type_t>(type), &TypePair::vendor);
  if (row == kTypes.end())
    throw Error(Cause::unsupported, "OpenVINO's element type " + type.get_type_name() + " cannot be passed");
  return row->ours;
}

ov::element::Type vendor_type_from(ElementType type) {
  const auto row = std::ranges::find(kTypes, type, &TypePair::ours);
  if (row == kTypes.end()) throw Error(Cause::unsupported, "OpenVINO has no element type " + to_text(type));
  return row->vendor;
}

// The ONNX name of an input or output. A tensor may carry several; the node keeps the right one.
std::string name_of(const ov::Output<const ov::Node>& port) {
  std::string node = port.get_node()->get_friendly_name();
  if (const std::size_t suffix = node.rfind("/sink_port_"); suffix != node.npos) node.resize(suffix);
  const auto& names = port.get_names();
  return names.empty() || names.contains(node) ? node : *names.begin();
}

TensorInfo tensor_info(const ov::Output<const ov::Node>& port, const char* what) {
  TensorInfo info{.name = name_of(port), .type = element_type_from(port.get_element_type()), .shape = {}, .axes = {}};
  require_dense_type(info, what);
  const ov::PartialShape& shape = port.get_partial_shape();
  if (shape.rank().is_dynamic()) return info;
  info.shape.emplace();
  for (const ov::Dimension& axis : shape) info.shape->push_back(axis.is_static() ? axis.get_length() : -1);
  info.axes.resize(info.shape->size());
  return info;
}

ov::PartialShape range_of(const InputShapes& input) {
  ov::PartialShape range;
  for (std::size_t axis = 0; axis < input.min.size(); ++axis) range.emplace_back(input.min[axis], input.max[axis]);
  return range;
}

// Gives every input of the job its shape, where the model has another one.
template <typename ShapeOf>
void reshape(ov::Model& model, const std::vector<InputShapes>& inputs, ShapeOf shape_of) {
  std::map<ov::Output<ov::Node>, ov::PartialShape> shapes;
  for (const InputShapes& input : inputs) {
    const auto ports = model.inputs();
    const auto port =
        std::ranges::find_if(ports, [&](const auto& candidate) { return candidate.get_names().contains(input.name); });
    if (port == ports.end()) continue;  // OpenVINO drops an input that nothing uses in some models
    const ov::PartialShape shape = shape_of(input);
    if (port->get_partial_shape() != shape) shapes[*port] = shape;
  }
  if (!shapes.empty()) model.reshape(shapes);
}

std::string requested_precision(const SettingsReader& settings) {
  static constexpr std::array<std::string_view, 4> kNames{"f32", "bf16", "f16", "default"};
  return settings.choice("precision", kNames).value_or("default");
}

ov::AnyMap compile_options(const SettingsReader& settings) {
  static constexpr std::array<std::string_view, 2> kModes{"latency", "throughput"};
  const bool throughput = settings.choice("mode", kModes) == "throughput";
  ov::AnyMap options{ov::hint::performance_mode(throughput ? ov::hint::PerformanceMode::THROUGHPUT
                                                           : ov::hint::PerformanceMode::LATENCY)};
  if (const std::string precision = requested_precision(settings); precision != "default") {
    options.insert(ov::hint::inference_precision(ov::element::Type(precision)));
  }
  if (const auto threads = settings.integer("threads")) options.insert(ov::inference_num_threads(*threads));
  if (const auto streams = settings.integer("streams")) options.insert(ov::num_streams(*streams));
  if (const auto requests = settings.integer("requests")) {
    options.insert(ov::hint::num_requests(static_cast<std::uint32_t>(*requests)));
  }
  if (const auto pinning = settings.on_off("pinning")) options.insert(ov::hint::enable_cpu_pinning(*pinning));
  static constexpr std::array<std::string_view, 2> kPartitioners{"static", "auto"};
  if (const auto partitioner = settings.choice("partitioner", kPartitioners)) {
    using ov::intel_cpu::TbbPartitioner;
    options.insert(
        ov::intel_cpu::tbb_partitioner(*partitioner == "auto" ? TbbPartitioner::AUTO : TbbPartitioner::STATIC));
  }
  if (const auto group = settings.integer("dynamic_quantization_group", 0)) {
    options.insert(ov::hint::dynamic_quantization_group_size(static_cast<std::uint64_t>(*group)));
  }
  if (const auto zero = settings.on_off("denormals_as_zero")) {
    options.insert(ov::intel_cpu::denormals_optimization(*zero));
  }
  return options;
}

int request_count(const SettingsReader& settings, const ov::CompiledModel& compiled) {
  if (const auto requests = settings.integer("requests")) return *requests;
  return std::max(1, static_cast<int>(compiled.get_property(ov::optimal_number_of_infer_requests)));
}

std::string member(const ov::Node& node, const char* name) {
  const auto found = node.get_rt_info().find(name);
  return found == node.get_rt_info().end() ? std::string("unknown") : found->second.as<std::string>();
}

// Float types below f32 that values of the model have; constants alone, the stored weights, ask for nothing.
std::set<std::string> reduced_types_of(const ov::Model& model) {
  std::set<std::string> types;
  for (const auto& node : model.get_ops()) {
    if (ov::is_type<ov::op::v0::Constant>(node)) continue;
    for (const auto& output : node->outputs()) {
      const ov::element::Type type = output.get_element_type();
      if (type == ov::element::f16 || type == ov::element::bf16) types.insert(type.get_type_name());
    }
  }
  return types;
}

/// What a session was compiled from and for, as far as its placement is judged by it.
struct Precisions {
  std::string asked_for;
  std::set<std::string> in_file;
};

/// Inputs are views over the samples' own memory: setting one moves a pointer. Outputs stay in the request's tensors.
class CpuSession final : public Session {
 public:
  CpuSession(ov::Core core, ov::CompiledModel compiled, int requests, Precisions precisions)
      : core_(std::move(core)), compiled_(std::move(compiled)), precisions_(std::move(precisions)) {
    for (const auto& port : std::as_const(compiled_).inputs()) inputs_.push_back(tensor_info(port, "input"));
    for (const auto& port : std::as_const(compiled_).outputs()) outputs_.push_back(tensor_info(port, "output"));
    for (int i = 0; i < requests; ++i) requests_.push_back(compiled_.create_infer_request());
  }

  const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  int requests() const override { return static_cast<int>(requests_.size()); }

  void bind(std::vector<TensorSet> samples) override {
    views_.clear();
    samples_ = in_input_order(std::move(samples), inputs_);
    vendor_call("OpenVINO does not take the samples", [this] {
      for (TensorSet& set : samples_) views_.push_back(views_over(set));
    });
  }

  void run(int request, int sample) override {
    ov::InferRequest& infer_request = requests_[static_cast<std::size_t>(request)];
    const std::vector<ov::Tensor>& views = views_[static_cast<std::size_t>(sample)];
    vendor_call("OpenVINO failed while running the model", [&] {
      for (std::size_t i = 0; i < views.size(); ++i) infer_request.set_input_tensor(i, views[i]);
      infer_request.infer();
    });
  }

  TensorView view(int request, std::size_t output) override {
    ov::InferRequest& infer_request = requests_.at(static_cast<std::size_t>(request));
    return vendor_call("OpenVINO did not hand over the outputs",
                       [&] { return view_of(infer_request.get_output_tensor(output)); });
  }

  // Kernels of a graph with dynamic axes are chosen by the first inference, so one runs before.
  Placement placement() override {
    if (!samples_.empty()) run(0, 0);
    return vendor_call("OpenVINO did not report its run-time model", [this] {
      std::vector<ExecutedNode> nodes;
      for (const auto& node : compiled_.get_runtime_model()->get_ordered_ops()) {
        nodes.push_back({.layer = member(*node, "layerType"),
                         .precision = member(*node, "runtimePrecision"),
                         .kernel = member(*node, "primitiveType")});
      }
      return placement_from_nodes(nodes, precisions_.asked_for, precisions_.in_file);
    });
  }

 private:
  static std::vector<ov::Tensor> views_over(TensorSet& set) {
    std::vector<ov::Tensor> views;
    for (auto& [name, tensor] : set) {
      const ov::Shape shape(tensor.shape().begin(), tensor.shape().end());
      views.emplace_back(vendor_type_from(tensor.type()), shape, static_cast<void*>(tensor.bytes().data()));
    }
    return views;
  }

  static TensorView view_of(const ov::Tensor& value) {
    const ov::Shape shape = value.get_shape();
    return {element_type_from(value.get_element_type()),
            Shape(shape.begin(), shape.end()),
            {static_cast<const std::byte*>(value.data()), value.get_byte_size()}};
  }

  ov::Core core_;  // first: it must outlive what it compiled
  ov::CompiledModel compiled_;
  Precisions precisions_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::vector<TensorSet> samples_;
  std::vector<std::vector<ov::Tensor>> views_;  // by sample and input, over the memory of samples_
  std::vector<ov::InferRequest> requests_;
};

void remove_files(const std::vector<std::filesystem::path>& files) {
  std::error_code ignored;  // the conversion's own error is the one to report
  for (const auto& file : files) std::filesystem::remove(file, ignored);
}

struct CapabilityName {
  std::string_view vendor, ours;
};
constexpr std::array<CapabilityName, 4> kPrecisions{
    {{"FP32", "f32"}, {"BF16", "bf16"}, {"FP16", "f16"}, {"INT8", "i8"}}};

}  // namespace

std::vector<std::filesystem::path> convert_model(const Job& job) {
  std::vector<std::filesystem::path> files{job.artifact, std::filesystem::path(job.artifact).replace_extension(".bin")};
  try {
    vendor_call("OpenVINO cannot convert the model", [&] {
      ov::Core core;
      const std::shared_ptr<ov::Model> model = core.read_model(job.model);
      reshape(*model, job.inputs, range_of);
      ov::save_model(model, job.artifact, /*compress_to_fp16=*/false);
    });
  } catch (const Error&) {
    remove_files(files);
    throw;
  }
  return files;
}

std::unique_ptr<Session> open_session(const Job& job) {
  if (!job.device.is_cpu()) {
    throw Error(Cause::unsupported, "OpenVINO is driven on the CPU only, not on device " + job.device.to_text(),
                "use device: cpu");
  }
  const SettingsReader settings(job.settings, describe().settings);
  static constexpr std::array<std::string_view, 2> kShapes{"artifact", "use"};
  const bool use_shape = settings.choice("shapes", kShapes) == "use";
  const ov::AnyMap options = compile_options(settings);
  return vendor_call("OpenVINO cannot compile the model", [&]() -> std::unique_ptr<Session> {
    ov::Core core;
    const std::shared_ptr<ov::Model> model = core.read_model(job.model);
    if (use_shape) {
      reshape(*model, job.inputs,
              [](const InputShapes& input) { return ov::PartialShape(ov::Shape(input.use.begin(), input.use.end())); });
    } else if (job.model.extension() == ".onnx") {
      reshape(*model, job.inputs, range_of);  // as convert would have; an artifact has its shapes already
    }
    Precisions precisions{.asked_for = requested_precision(settings), .in_file = reduced_types_of(*model)};
    ov::CompiledModel compiled = core.compile_model(model, kDevice, options);
    const int requests = request_count(settings, compiled);
    return std::make_unique<CpuSession>(std::move(core), std::move(compiled), requests, std::move(precisions));
  });
}

RuntimeInfo probe_library() {
  RuntimeInfo info;
  info.name = "openvino";
  try {
    vendor_call("OpenVINO cannot be used", [&] {
      ov::Core core;
      const std::string build = ov::get_openvino_version().buildNumber;  // 2026.4.1-22982-e213a147257-releases/2026/4
      info.version = build.substr(0, build.find('-'));
      for (std::string device : core.get_available_devices()) {
        std::ranges::transform(device, device.begin(),
                               [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
        info.devices.push_back(std::move(device));
      }
      const std::vector<std::string> capabilities = core.get_property(kDevice, ov::device::capabilities);
      for (const CapabilityName& row : kPrecisions) {
        if (std::ranges::find(capabilities, row.vendor) != capabilities.end()) info.precisions.emplace_back(row.ours);
      }
    });
    info.available = true;
  } catch (const Error& error) {
    info.reason = error.message();
  }
  return info;
}

}  // namespace autoaccel::runtime::openvino
