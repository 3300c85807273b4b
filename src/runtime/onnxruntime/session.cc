#include "runtime/onnxruntime/session.h"

#include <onnxruntime_cxx_api.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"
#include "runtime/onnxruntime/description.h"
#include "runtime/onnxruntime/placement.h"
#include "runtime/sample_pool.h"
#include "runtime/settings.h"
#include "runtime/vendor_error.h"

namespace autoaccel::runtime::onnxruntime {

namespace {

static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) == static_cast<int>(ElementType::float32));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16) == static_cast<int>(ElementType::bfloat16));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4) == static_cast<int>(ElementType::int4));

struct Options {
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

void set_optimization(const SettingsReader& settings, Options& options) {
  std::array<std::string_view, kLevels.size()> names;
  for (std::size_t i = 0; i < kLevels.size(); ++i) names[i] = kLevels[i].name;
  if (const auto name = settings.choice("optimization", names)) options.optimization = *name;
  for (const Level& row : kLevels) {
    if (row.name == options.optimization) options.ort.SetGraphOptimizationLevel(row.level);
  }
}

Options read_options(const Settings& values) {
  const SettingsReader settings(values, describe().settings);
  Options options;
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

std::vector<const char*> pointers_to(const std::vector<TensorInfo>& infos) {
  std::vector<const char*> names;
  for (const TensorInfo& info : infos) names.push_back(info.name.c_str());
  return names;
}

/// Several requests share a session where `requests` says so: Session::Run may be called from several threads.
///
/// Outputs are allocated by ONNX Runtime, as `session.run(None, …)` does it: shapes that depend on the data work, and
/// outputs bound beforehand are no faster (PP-OCR det 640 × 640: 25.4 and 25.4 ms).
class CpuSession final : public Session {
 public:
  CpuSession(Ort::Env env, std::vector<Ort::Session> sessions, int requests_a_session)
      : env_(std::move(env)),
        sessions_(std::move(sessions)),
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
      return placement_from_profile(base::read_file(entry.path()), assigned);
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
  Ort::MemoryInfo memory_;
  Ort::RunOptions options_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::vector<const char*> input_names_, output_names_;  // into the two above
  std::vector<TensorSet> samples_;
  std::vector<std::vector<Ort::Value>> values_;   // by sample and input, over the memory of samples_
  std::vector<std::vector<Ort::Value>> results_;  // by request and output
};

}  // namespace

std::string library_version() {
  const OrtApiBase* base = OrtGetApiBase();
  if (base->GetApi(ORT_API_VERSION) == nullptr) {
    throw Error(Cause::environment,
                std::string("libonnxruntime ") + base->GetVersionString() +
                    " is older than the headers this worker was built with",
                "run tools/setup, or rebuild with the ONNXRUNTIME_ROOT of that library");
  }
  return base->GetVersionString();
}

std::unique_ptr<Session> open_session(const Job& job) {
  library_version();
  if (!job.device.is_cpu()) {
    throw Error(Cause::unsupported, "this ONNX Runtime runs on the CPU only, not on device " + job.device.to_text(),
                "use device: cpu");
  }
  const Options options = read_options(job.settings);
  const std::string doing = "ONNX Runtime refuses the model at optimization=" + options.optimization;
  return vendor_call(doing, [&]() -> std::unique_ptr<Session> {
    Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "autoaccel");
    std::vector<Ort::Session> sessions;
    for (int i = 0; i < options.sessions; ++i) sessions.emplace_back(env, job.model.c_str(), options.ort);
    return std::make_unique<CpuSession>(std::move(env), std::move(sessions), options.requests_a_session);
  });
}

}  // namespace autoaccel::runtime::onnxruntime
