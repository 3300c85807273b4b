#include "runtime/onnxruntime/session.h"

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/shared_library.h"
#include "base/text.h"
#include "measure/gpu.h"
#include "runtime/onnxruntime/engine_files.h"
#include "runtime/onnxruntime/library.h"
#include "runtime/onnxruntime/placement.h"
#include "runtime/onnxruntime/providers.h"
#include "runtime/sample_pool.h"
#include "runtime/settings.h"
#include "runtime/vendor_error.h"

namespace autoaccel::runtime::onnxruntime {

namespace {

static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) == static_cast<int>(ElementType::float32));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16) == static_cast<int>(ElementType::bfloat16));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4) == static_cast<int>(ElementType::int4));

struct SessionPlan {
  int sessions = 1;
  int requests_a_session = 1;
  std::string optimization = "all";
  Ort::SessionOptions ort;
};

struct Level {
  std::string_view name;
  GraphOptimizationLevel level;
};
constexpr std::array<Level, 4> kLevels{{{"all", ORT_ENABLE_ALL},
                                        {"extended", ORT_ENABLE_EXTENDED},
                                        {"basic", ORT_ENABLE_BASIC},
                                        {"disabled", ORT_DISABLE_ALL}}};

void set_optimization(const SettingsReader& settings, SessionPlan& options) {
  std::array<std::string_view, kLevels.size()> names;
  for (std::size_t i = 0; i < kLevels.size(); ++i) names[i] = kLevels[i].name;
  if (const auto name = settings.choice("optimization", names)) options.optimization = *name;
  for (const Level& row : kLevels) {
    if (row.name == options.optimization) options.ort.SetGraphOptimizationLevel(row.level);
  }
}

SessionPlan read_options(const Settings& values, std::span<const plan::SettingInfo> table) {
  const SettingsReader settings(values, table);
  SessionPlan options;
  options.sessions = settings.integer("sessions").value_or(1);
  options.requests_a_session = settings.integer("requests").value_or(1);
  set_optimization(settings, options);
  if (const auto threads = settings.integer("threads")) options.ort.SetIntraOpNumThreads(*threads);
  if (const auto spinning = settings.on_off("spinning")) {
    options.ort.AddConfigEntry("session.intra_op.allow_spinning", *spinning ? "1" : "0");
  }
  if (const auto zero = settings.on_off("denormals_as_zero")) {
    options.ort.AddConfigEntry("session.set_denormal_as_zero", *zero ? "1" : "0");
  }
  if (const auto arena = settings.on_off("arena"); arena && !*arena) options.ort.DisableCpuMemArena();
  if (const auto pattern = settings.on_off("memory_pattern"); pattern && !*pattern) options.ort.DisableMemPattern();
  if (const auto prepacking = settings.on_off("prepacking")) {
    options.ort.AddConfigEntry("session.disable_prepacking", *prepacking ? "0" : "1");
  }
  // Records names while the session is made and costs nothing while it runs; an older library ignores it.
  options.ort.AddConfigEntry("session.record_ep_graph_assignment_info", "1");
  return options;
}

TensorInfo tensor_info(const std::string& name, const Ort::TypeInfo& type, const char* what) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) {
    throw Error(Cause::unsupported, std::string(what) + " '" + base::printable(name) + "' is not a dense tensor",
                "sequences, maps, optionals and sparse tensors cannot be passed");
  }
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  TensorInfo info{.name = name, .type = static_cast<ElementType>(tensor.GetElementType()), .shape = {}, .axes = {}};
  require_dense_type(info, what);
  if (tensor.HasShape()) {
    info.shape = tensor.GetShape();
    for (const char* axis : tensor.GetSymbolicDimensions()) info.axes.emplace_back(axis);
  }
  return info;
}

// Only where the header knows of it (1.25); with an older one the placement stays unknown.
bool enable_profile([[maybe_unused]] Ort::RunOptions& options, [[maybe_unused]] const std::string& prefix) {
#if ORT_API_VERSION >= 25
  options.EnableProfiling(prefix.c_str());
  return true;
#else
  return false;
#endif
}

std::map<std::string, int> nodes_by_provider([[maybe_unused]] const Ort::Session& session) {
  std::map<std::string, int> nodes;
#if ORT_API_VERSION >= 24
  for (const auto& subgraph : session.GetEpGraphAssignmentInfo()) {
    nodes[subgraph.GetEpName()] += static_cast<int>(subgraph.GetNodes().size());
  }
#endif
  return nodes;
}

using OptionMap = std::unordered_map<std::string, std::string>;

void append_cuda(Ort::SessionOptions& session, const OptionMap& options) {
  Ort::CUDAProviderOptions cuda;
  cuda.Update(options);
  session.AppendExecutionProvider_CUDA_V2(*cuda);
}

void append_tensorrt(Ort::SessionOptions& session, const OptionMap& options) {
  Ort::TensorRTProviderOptions tensorrt;
  tensorrt.Update(options);
  session.AppendExecutionProvider_TensorRT_V2(*tensorrt);
}

struct ProviderLibrary {
  std::string_view provider;
  void (*append)(Ort::SessionOptions&, const OptionMap&);
};
constexpr std::array<ProviderLibrary, 2> kProviderLibraries{
    {{"CUDAExecutionProvider", append_cuda}, {"TensorrtExecutionProvider", append_tensorrt}}};

void append_library(Ort::SessionOptions& session, std::string_view provider, const OptionMap& options) {
  for (const ProviderLibrary& row : kProviderLibraries)
    if (row.provider == provider) row.append(session, options);
}

/// The device of that number among those of its kind that the plug-in lists; nullopt when it lists fewer.
std::optional<Ort::ConstEpDevice> plug_in_device(const Ort::Env& env, const Provider& provider, const Device& device) {
  const OrtHardwareDeviceType kind = provider.is_for_gpu ? OrtHardwareDeviceType_GPU : OrtHardwareDeviceType_CPU;
  int number = 0;
  for (const Ort::ConstEpDevice& listed : env.GetEpDevices()) {
    if (listed.EpName() != provider.name || listed.Device().Type() != kind) continue;
    if (number++ == device.gpu.value_or(0)) return listed;
  }
  return std::nullopt;
}

void register_plug_in(Ort::Env& env, const Provider& provider) {
  const auto library = base::find_library(search_folders(), provider.library);
  if (!library)
    throw Error(Cause::environment, std::string(provider.library) + " is missing",
                "install " + std::string(provider.source) + ", and name its folder in AUTOACCEL_LIBRARIES");
  env.RegisterExecutionProviderLibrary(std::string(provider.name).c_str(), library->string());
}

void append_plug_in(Ort::Env& env, Ort::SessionOptions& session, const Provider& provider, const Device& device,
                    const OptionMap& options) {
  register_plug_in(env, provider);
  const auto found = plug_in_device(env, provider, device);
  if (!found)
    throw Error(Cause::environment,
                std::string(provider.name) + " lists no " + (device.gpu ? "GPU " + device.to_text() : "CPU") + " here",
                "it serves its maker's devices only");
  session.AppendExecutionProvider_V2(env, {*found}, options);
}

/// The provider first, then the one that takes what it leaves; the CPU is always the last.
void append(Ort::Env& env, Ort::SessionOptions& session, const ProviderRequest& request, const Device& device) {
  for (const auto& [name, value] : request.session_entries) session.AddConfigEntry(name.c_str(), value.c_str());
  const Provider& provider = *request.provider;
  const OptionMap options(request.options.begin(), request.options.end());
  if (provider.is_for_gpu) {  // finds what the provider's library needs, wherever it is
    const std::vector<std::filesystem::path> folders = search_folders();
    const std::string missing =
        missing_for(provider, measure::list_gpus(folders), load_library().path.parent_path(), folders);
    if (!missing.empty())
      throw Error(Cause::environment,
                  std::string(provider.name) + " cannot serve GPU " + device.to_text() + ": " + missing);
  }
  if (provider.loading == Loading::provider_library) append_library(session, provider.name, options);
  if (provider.loading == Loading::plug_in) append_plug_in(env, session, provider, device, options);
  if (!provider.then.empty()) append_library(session, provider.then, {{"device_id", device.to_text()}});
}

std::vector<const char*> pointers_to(const std::vector<TensorInfo>& infos) {
  std::vector<const char*> names;
  for (const TensorInfo& info : infos) names.push_back(info.name.c_str());
  return names;
}

/// Several requests share a session where `requests` says so: Session::Run may be called from several threads.
///
/// Outputs are allocated by ONNX Runtime, as `session.run(None, …)` does it: shapes that depend on the data work, and
/// outputs bound beforehand are no faster (PP-OCR det 640 × 640: 25.4 and 25.4 ms).
class OrtSession final : public Session {
 public:
  OrtSession(Ort::Env env, std::vector<Ort::Session> sessions, int requests_a_session, const Provider& provider)
      : env_(std::move(env)),
        sessions_(std::move(sessions)),
        provider_(provider),
        memory_(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault)) {
    const Ort::Session& first = sessions_.front();
    const std::vector<std::string> input_names = first.GetInputNames(), output_names = first.GetOutputNames();
    for (std::size_t i = 0; i < input_names.size(); ++i) {
      inputs_.push_back(tensor_info(input_names[i], first.GetInputTypeInfo(i), "input"));
    }
    for (std::size_t i = 0; i < output_names.size(); ++i) {
      outputs_.push_back(tensor_info(output_names[i], first.GetOutputTypeInfo(i), "output"));
    }
    input_names_ = pointers_to(inputs_);
    output_names_ = pointers_to(outputs_);
    results_.resize(sessions_.size() * static_cast<std::size_t>(requests_a_session));
  }

  const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  int requests() const override { return static_cast<int>(results_.size()); }

  void bind(std::vector<TensorSet> samples) override {
    values_.clear();
    samples_ = in_input_order(std::move(samples), inputs_);
    vendor_call("ONNX Runtime does not take the samples", [this] {
      for (TensorSet& set : samples_) values_.push_back(values_over(set));
    });
  }

  void run(int request, int sample) override { run(request, sample, options_); }

  TensorView view(int request, std::size_t output) override {
    const std::vector<Ort::Value>& results = results_.at(static_cast<std::size_t>(request));
    if (results.empty() || !results.front())
      throw Error(Cause::defect, "outputs were asked for before an inference ran");
    return vendor_call("ONNX Runtime did not hand over the outputs", [&] { return view_of(results.at(output)); });
  }

  Placement placement() override {
    const auto assigned = vendor_call("ONNX Runtime did not report its placement",
                                      [this] { return nodes_by_provider(sessions_.front()); });
    if (samples_.empty()) throw Error(Cause::defect, "the placement was asked for before samples were bound");
    const base::TemporaryFolder folder("autoaccel-profile-");
    Ort::RunOptions profiled;
    if (!enable_profile(profiled, (folder.path() / "run").string())) {
      return {.nodes_by_kind = assigned, .summary = {}, .warnings = {}};
    }
    run(0, 0, profiled);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      return placement_from_profile(base::read_file(entry.path()), assigned, provider_.name);
    }
    throw Error(Cause::vendor, "ONNX Runtime wrote no profile into " + folder.path().string());
  }

 private:
  std::vector<Ort::Value> values_over(TensorSet& set) const {
    std::vector<Ort::Value> values;
    for (auto& [name, tensor] : set) {
      values.push_back(Ort::Value::CreateTensor(memory_, tensor.bytes().data(), tensor.bytes().size(),
                                                tensor.shape().data(), tensor.shape().size(),
                                                static_cast<ONNXTensorElementDataType>(tensor.type())));
    }
    return values;
  }

  void run(int request, int sample, const Ort::RunOptions& options) {
    std::vector<Ort::Value>& results = results_[static_cast<std::size_t>(request)];
    const std::vector<Ort::Value>& values = values_[static_cast<std::size_t>(sample)];
    Ort::Session& session = sessions_[static_cast<std::size_t>(request) % sessions_.size()];
    vendor_call("ONNX Runtime failed while running the model", [&] {
      results.clear();  // first, so that the arena hands out the same, cached memory again
      results.resize(output_names_.size());
      session.Run(options, input_names_.data(), values.data(), values.size(), output_names_.data(), results.data(),
                  results.size());
    });
  }

  static TensorView view_of(const Ort::Value& value) {
    const auto info = value.GetTensorTypeAndShapeInfo();
    const auto type = static_cast<ElementType>(info.GetElementType());
    const Shape shape = info.GetShape();
    const std::size_t bytes = byte_count(type, shape);
    return {type, shape, {static_cast<const std::byte*>(value.GetTensorRawData()), bytes}};
  }

  Ort::Env env_;  // first: it must outlive the sessions
  std::vector<Ort::Session> sessions_;
  const Provider& provider_;
  Ort::MemoryInfo memory_;
  Ort::RunOptions options_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::vector<const char*> input_names_, output_names_;  // into the two above
  std::vector<TensorSet> samples_;
  std::vector<std::vector<Ort::Value>> values_;   // by sample and input, over the memory of samples_
  std::vector<std::vector<Ort::Value>> results_;  // by request and output
};

}  // namespace

bool has_device(const Provider& provider, const Device& device) {
  load_library();
  try {
    return vendor_call("the plug-in does not register", [&] {
      Ort::Env env(ORT_LOGGING_LEVEL_ERROR, "autoaccel");
      register_plug_in(env, provider);
      return plug_in_device(env, provider, device).has_value();
    });
  } catch (const Error&) {
    return false;  // what does not register is not offered
  }
}

std::unique_ptr<Session> open_session(const plan::RuntimeDescription& runtime, const Job& job) {
  load_library();
  SessionPlan options = read_options(job.settings, runtime.settings);
  const Provider& provider = provider_for(runtime.name, job.device, job.settings);
  const ProviderRequest request = request_for(provider, job);
  const std::string doing = "ONNX Runtime refuses the model at optimization=" + options.optimization;
  return vendor_call(doing, [&]() -> std::unique_ptr<Session> {
    Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "autoaccel");
    append(env, options.ort, request, job.device);
    std::vector<Ort::Session> sessions;
    for (int i = 0; i < options.sessions; ++i) sessions.emplace_back(env, job.model.c_str(), options.ort);
    return std::make_unique<OrtSession>(std::move(env), std::move(sessions), options.requests_a_session, provider);
  });
}

std::vector<std::filesystem::path> compile(const plan::RuntimeDescription& runtime, const Job& job) {
  load_library();
  const Provider& provider = provider_for(runtime.name, job.device, job.settings);
  if (provider.compiled == CompiledForm::none)
    throw Error(Cause::unsupported, "ONNX Runtime runs ONNX files as they are; there is nothing to convert");
  SessionPlan options = read_options(job.settings, runtime.settings);
  const ProviderRequest request = compile_request_for(provider, job);
  vendor_call(std::string(provider.name) + " does not compile the model", [&] {
    Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "autoaccel");
    append(env, options.ort, request, job.device);
    if (provider.compiled == CompiledForm::by_provider_options) {
      const Ort::Session built(env, job.model.c_str(), options.ort);  // writes it on the way
      return;
    }
    Ort::ModelCompilationOptions wanted(env, options.ort);
    wanted.SetInputModelPath(job.model.c_str()).SetOutputModelPath(job.artifact.c_str());
    wanted.SetEpContextEmbedMode(false).SetFlags(OrtCompileApiFlags_ERROR_IF_NO_NODES_COMPILED);
    const Ort::Status status = Ort::CompileModel(env, wanted);
    if (!status.IsOK()) throw std::runtime_error(status.GetErrorMessage());
  });
  if (!std::filesystem::exists(job.artifact))
    throw Error(Cause::vendor, std::string(provider.name) + " compiled nothing of the model",
                "no node suits it; the worker's log says why");
  std::vector<std::filesystem::path> files{job.artifact};
  std::ranges::move(name_engines(job.artifact), std::back_inserter(files));
  return files;
}

}  // namespace autoaccel::runtime::onnxruntime
