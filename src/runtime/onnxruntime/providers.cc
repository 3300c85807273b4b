#include "runtime/onnxruntime/providers.h"

#include <algorithm>
#include <array>

#include "autoaccel/error.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace autoaccel::runtime::onnxruntime {

namespace fs = std::filesystem;

namespace {

// Of the packages of ONNX Runtime 1.31.1 (CUDA 13, TensorRT 10), as their dynamic sections list them. cuDNN is loaded
// by the CUDA provider itself, when a model has convolutions.
constexpr std::array<Need, 5> kCudaNeeds{{{"libcudart.so.13", "nvidia-cuda-runtime 13 (pip), or CUDA 13"},
                                          {"libcublasLt.so.13", "nvidia-cublas 13 (pip), or CUDA 13"},
                                          {"libcublas.so.13", "nvidia-cublas 13 (pip), or CUDA 13"},
                                          {"libcurand.so.10", "nvidia-curand 10 (pip), or CUDA 13"},
                                          {"libcudnn.so.9", "nvidia-cudnn-cu13 9 (pip), or cuDNN 9"}}};
constexpr std::array<Need, 7> kTensorRtNeeds{
    {kCudaNeeds[0],
     kCudaNeeds[1],
     kCudaNeeds[2],
     kCudaNeeds[3],
     kCudaNeeds[4],
     {"libnvinfer.so.10", "TensorRT 10 for CUDA 13 (libnvinfer10)"},
     {"libnvonnxparser.so.10", "TensorRT 10 for CUDA 13 (libnvonnxparsers10)"}}};
// All but the driver's are in the plug-in's own package.
constexpr std::array<Need, 4> kRtxNeeds{
    {{"libnvidia-ml.so.1", "NVIDIA's driver"},
     {"libcudart.so.13", "nvidia-cuda-runtime 13 (pip), or CUDA 13"},
     {"libtensorrt_rtx.so.1", "onnxruntime-ep-nv-tensorrt-rtx-cu13 (pip)"},
     {"libtensorrt_onnxparser_rtx.so.1", "onnxruntime-ep-nv-tensorrt-rtx-cu13 (pip)"}}};

constexpr std::array<std::string_view, 2> kCpuPrecisions{"f32", "i8"};
constexpr std::array<std::string_view, 2> kCudaPrecisions{"f32", "f16"};
constexpr std::array<std::string_view, 4> kTensorRtPrecisions{"f32", "f16", "bf16", "i8"};

// TensorFloat-32 is off unless asked for: the original is what others are compared with.
constexpr std::array<OptionRow, 9> kCudaOptions{{{"tf32", "", "use_tf32", "0"},
                                                 {"tf32", "on", "use_tf32", "1"},
                                                 {"tf32", "off", "use_tf32", "0"},
                                                 {"convolutions", "exhaustive", "cudnn_conv_algo_search", "EXHAUSTIVE"},
                                                 {"convolutions", "heuristic", "cudnn_conv_algo_search", "HEURISTIC"},
                                                 {"convolutions", "default", "cudnn_conv_algo_search", "DEFAULT"},
                                                 {"channels_last", "on", "prefer_nhwc", "1"},
                                                 {"cuda_graph", "on", "enable_cuda_graph", "1"},
                                                 {"cuda_graph", "off", "enable_cuda_graph", "0"}}};

// The types are those of the graph; TensorRT 10 wants them allowed too, and 11 no longer has these flags. What is float
// beside integers may be float16: the judge sees the whole.
constexpr std::array<OptionRow, 10> kTensorRtOptions{{{"precision", "f16", "trt_fp16_enable", "1"},
                                                      {"precision", "bf16", "trt_bf16_enable", "1"},
                                                      {"precision", "i8", "trt_int8_enable", "1"},
                                                      {"precision", "i8", "trt_fp16_enable", "1"},
                                                      {"builder_level", "*", "trt_builder_optimization_level", "%"},
                                                      {"cuda_graph", "on", "trt_cuda_graph_enable", "1"},
                                                      {"cuda_graph", "off", "trt_cuda_graph_enable", "0"},
                                                      {"sparsity", "on", "trt_sparsity_enable", "1"},
                                                      {"timing_cache", "", "trt_timing_cache_enable", "1"},
                                                      {"timing_cache", "off", "trt_timing_cache_enable", "0"}}};

constexpr std::array<OptionRow, 2> kRtxOptions{
    {{"cuda_graph", "on", "enable_cuda_graph", "1"}, {"cuda_graph", "off", "enable_cuda_graph", "0"}}};

constexpr std::array<OptionRow, 1> kOpenVinoOptions{{{"threads", "*", "num_of_threads", "%"}}};

bool is_turing_or_later(const measure::Gpu& gpu) { return gpu.major * 10 + gpu.minor >= 75; }

// IsComputeCapabilitySupported of the plug-in 0.5.0: the desktop's generations, not the data centre's 8.0, 9.0
// and 10.x.
bool is_rtx(const measure::Gpu& gpu) {
  const int capability = gpu.major * 10 + gpu.minor;
  return capability == 86 || capability == 89 || capability >= 120;
}

constexpr std::array<Provider, 5> kProviders{{
    {.runtime = "onnxruntime", .name = "CPUExecutionProvider", .precisions = kCpuPrecisions},
    {.runtime = "onnxruntime",
     .setting = "openvino",
     .name = "OpenVINOExecutionProvider",
     .loading = Loading::plug_in,
     .library = "libonnxruntime_providers_openvino_plugin.so",
     .source = "onnxruntime-ep-openvino (pip)",
     .precisions = kCpuPrecisions,
     .options = kOpenVinoOptions},
    {.runtime = "onnxruntime",
     .is_for_gpu = true,
     .name = "CUDAExecutionProvider",
     .loading = Loading::provider_library,
     .library = "libonnxruntime_providers_cuda.so",
     .source = "onnxruntime-gpu (pip)",
     .needs = kCudaNeeds,
     .runs_on = is_turing_or_later,
     .capabilities = "7.5 or later",
     .precisions = kCudaPrecisions,
     .options = kCudaOptions},
    {.runtime = "tensorrt",
     .is_for_gpu = true,
     .name = "TensorrtExecutionProvider",
     .loading = Loading::provider_library,
     .library = "libonnxruntime_providers_tensorrt.so",
     .source = "onnxruntime-gpu (pip)",
     .needs = kTensorRtNeeds,
     .runs_on = is_turing_or_later,
     .capabilities = "7.5 or later",
     .precisions = kTensorRtPrecisions,
     .options = kTensorRtOptions,
     .profile = {"trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_profile_max_shapes"},
     .compiled = CompiledForm::by_provider_options,
     .then = "CUDAExecutionProvider"},
    {.runtime = "tensorrt_rtx",
     .is_for_gpu = true,
     .name = "NvTensorRTRTXExecutionProvider",
     .loading = Loading::plug_in,
     .library = "libonnxruntime_providers_nv_tensorrt_rtx.so",
     .source = "onnxruntime-ep-nv-tensorrt-rtx-cu13 (pip)",
     .needs = kRtxNeeds,
     .runs_on = is_rtx,
     .capabilities = "8.6, 8.9, or 12.0 and later",
     .precisions = kTensorRtPrecisions,
     .options = kRtxOptions,
     .profile = {"nv_profile_min_shapes", "nv_profile_opt_shapes", "nv_profile_max_shapes"},
     .compiled = CompiledForm::compile_api},
}};

/// `x:1x3x224x224,y:1x2`; scalars have no shape to say.
std::string profile_text(const std::vector<InputShapes>& inputs, Shape InputShapes::*which) {
  std::vector<std::string> texts;
  for (const InputShapes& input : inputs) {
    if (input.use.empty()) continue;
    if (input.name.find_first_of(":,") != std::string::npos) {
      throw Error(Cause::unsupported,
                  "input '" + base::printable(input.name) + "' cannot be named in an optimisation profile",
                  "rename it: its name holds ':' or ',', which separate names and shapes there");
    }
    std::vector<std::string> sizes;
    for (const std::int64_t size : input.*which) sizes.push_back(std::to_string(size));
    texts.push_back(input.name + ":" + base::join(sizes, "x"));
  }
  return base::join(texts, ",");
}

void add_profile(const ProfileOptions& names, const std::vector<InputShapes>& inputs, Options& options) {
  if (names.least.empty() || inputs.empty()) return;
  options.emplace_back(names.least, profile_text(inputs, &InputShapes::min));
  options.emplace_back(names.usual, profile_text(inputs, &InputShapes::use));
  options.emplace_back(names.most, profile_text(inputs, &InputShapes::max));
}

std::string told(const OptionRow& row, const std::string& value) {
  return row.told == "%" ? value : std::string(row.told);
}

void add_options(const Provider& provider, const Settings& settings, Options& options) {
  for (const OptionRow& row : provider.options) {
    const auto setting = settings.find(std::string(row.setting));
    const std::string value = setting == settings.end() ? "" : setting->second;
    const bool is_meant = row.value == value || (row.value == "*" && !value.empty());
    if (is_meant) options.emplace_back(row.option, told(row, value));
  }
}

std::string install(std::string_view library, std::string_view source) {
  return std::string(library) + " is missing, install " + std::string(source);
}

}  // namespace

std::span<const Provider> providers() { return kProviders; }

const Provider& provider_for(std::string_view runtime, const Device& device, const Settings& settings) {
  const auto setting = settings.find("provider");
  const std::string wanted = setting == settings.end() ? "" : setting->second;
  for (const Provider& row : kProviders)
    if (row.runtime == runtime && row.is_for_gpu == !device.is_cpu() && row.setting == wanted) return row;
  throw Error(Cause::unsupported,
              std::string(runtime) + " has no " + (wanted.empty() ? "provider" : "provider '" + wanted + "'") +
                  " for " + (device.is_cpu() ? "the CPU" : "GPU " + device.to_text()),
              device.is_cpu() ? "give the number of a GPU: device: 0" : "use device: cpu");
}

std::string ProviderRequest::to_text() const {
  std::string text;
  for (const Options* list : {&session_entries, &options})
    for (const auto& [name, value] : *list) text += name + "=" + value + "\n";
  return text;
}

ProviderRequest request_for(const Provider& provider, const Job& job) {
  ProviderRequest request{.provider = &provider, .options = {}, .session_entries = {}};
  // A plug-in's device is chosen among those that it lists.
  if (job.device.gpu && provider.loading == Loading::provider_library)
    request.options.emplace_back("device_id", std::to_string(*job.device.gpu));
  add_options(provider, job.settings, request.options);
  add_profile(provider.profile, job.inputs, request.options);
  return request;
}

ProviderRequest compile_request_for(const Provider& provider, const Job& job) {
  ProviderRequest request = request_for(provider, job);
  if (provider.compiled != CompiledForm::by_provider_options) return request;
  // No path for the engine: it stands beside the model, which names it so. An absolute one would be written into it.
  const Options saving{{"trt_engine_cache_enable", "1"},
                       {"trt_engine_cache_prefix", job.artifact.stem().string()},
                       {"trt_timing_cache_path", job.artifact.parent_path().string()},
                       {"trt_dump_ep_context_model", "1"},
                       {"trt_ep_context_file_path", job.artifact.string()},
                       {"trt_ep_context_embed_mode", "0"}};
  request.options.insert(request.options.end(), saving.begin(), saving.end());
  return request;
}

std::string missing_for(const Provider& provider, const measure::GpuList& gpus, const fs::path& beside,
                        std::span<const fs::path> folders) {
  std::vector<std::string> missing;
  if (!gpus.missing.empty()) missing.push_back(gpus.missing);
  if (gpus.missing.empty() && !gpus.gpus.empty() && devices_of(provider, gpus).empty()) {
    missing.push_back("compute capability " + gpus.gpus.front().capability() + " of " +
                      base::printable(gpus.gpus.front().name, 60) + " is not served, " +
                      std::string(provider.capabilities) + " is");
  }
  const std::array<fs::path, 1> besides{beside};
  const auto library = provider.loading == Loading::provider_library ? base::find_library(besides, provider.library)
                                                                     : base::find_library(folders, provider.library);
  if (!library) {
    // Without its package it is not known which versions of the others it would want.
    missing.push_back(install(provider.library, provider.source));
    return base::join(missing, "; ");
  }
  for (const Need& need : provider.needs) {
    const base::SharedLibrary needed(folders, std::string(need.library));
    if (!needed.is_loaded()) missing.push_back(install(need.library, need.source));
  }
  return base::join(missing, "; ");
}

std::vector<std::string> devices_of(const Provider& provider, const measure::GpuList& gpus) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < gpus.gpus.size(); ++i)
    if (provider.runs_on == nullptr || provider.runs_on(gpus.gpus[i])) numbers.push_back(std::to_string(i));
  return numbers;
}

}  // namespace autoaccel::runtime::onnxruntime
