#include "runtime/onnxruntime/gpu_description.h"

#include <array>
#include <string>

#include "runtime/choices.h"

// None of this has run on a GPU yet: the offers follow NVIDIA's and ONNX Runtime's documents (docs/gpu.md).
namespace autoaccel::runtime::onnxruntime {

namespace {

constexpr const char* kWeak = "ONNX Runtime's CUDA provider computes Q/DQ in float, and pays for Q and DQ besides";
constexpr const char* kNoBfloat16 =
    "ONNX Runtime's CUDA provider has no bfloat16 kernels for Conv and many others; TensorRT has";

plan::Offer offer(const char* recipe, IoTypes io = IoTypes::original, Settings settings = {},
                  std::string skip_reason = {}) {
  return {.recipe = recipe, .io = io, .settings = std::move(settings), .skip_reason = std::move(skip_reason)};
}

constexpr std::array<plan::SettingInfo, 8> kTensorRtSettings{{
    {"precision", "f32 | f16 | bf16 | i8",
     "types that TensorRT may compute in beside float32 (trt_fp16_enable, …; i8 allows float16 too); default: f32"},
    {"builder_level", "integer ≥ 0",
     "how long TensorRT looks for the fastest kernels, 0 to 5 (trt_builder_optimization_level); default: 3"},
    {"cuda_graph", "on | off",
     "an inference is recorded once and replayed as a whole (trt_cuda_graph_enable); default: off"},
    {"sparsity", "on | off", "weights of which two of four are 0 are stored and computed so; default: off"},
    {"timing_cache", "on | off", "timings of kernels are kept beside the engine for the next build; default: on"},
    {"sessions", "integer ≥ 1", "independent sessions, each with its own engine in memory; default: 1"},
    {"requests", "integer ≥ 1", "inferences in flight in each session; default: 1"},
    {"batch", "integer ≥ 1", "samples in one request; default: as use_shape says"},
}};
constexpr std::array<std::string_view, 4> kTensorRtBuilds{"batch", "builder_level", "precision", "sparsity"};

constexpr std::array<plan::SettingInfo, 4> kRtxSettings{{
    {"cuda_graph", "on | off",
     "an inference is recorded once and replayed as a whole (enable_cuda_graph); default: off"},
    {"sessions", "integer ≥ 1", "independent sessions, each with its own engine in memory; default: 1"},
    {"requests", "integer ≥ 1", "inferences in flight in each session; default: 1"},
    {"batch", "integer ≥ 1", "samples in one request; default: as use_shape says"},
}};
constexpr std::array<std::string_view, 1> kRtxBuilds{"batch"};

/// With a precision where the provider wants to be told.
Settings told(bool is_told, const char* precision) { return is_told ? Settings{{"precision", precision}} : Settings{}; }

/// Every recipe has the types in its graph.
std::vector<plan::Offer> compiled_offers(const Config& config, bool is_told) {
  if (config.device.is_cpu()) return {};  // it serves GPUs
  std::vector<plan::Offer> offers{offer("original", IoTypes::original, told(is_told, "f32")),
                                  offer("fp32", IoTypes::original, told(is_told, "f32"))};
  // TensorRT 10 chooses between float32 and float16 itself, layer by layer.
  if (is_told) offers.push_back(offer("original", IoTypes::original, told(true, "f16")));
  offers.push_back(offer("fp16", IoTypes::original, told(is_told, "f16")));
  offers.push_back(offer("fp16", IoTypes::reduced, told(is_told, "f16")));
  offers.push_back(offer("bf16", IoTypes::original, told(is_told, "bf16")));
  for (const char* recipe : {"int8_static", "int8_static_mixed"})
    offers.push_back(offer(recipe, IoTypes::original, told(is_told, "i8")));
  if (config.holds_bytes()) offers.push_back(offer("int8_static_mixed", IoTypes::uint8, told(is_told, "i8")));
  return offers;
}

std::vector<plan::Offer> tensorrt_offers(const Host&, const RuntimeInfo&, const Config& config) {
  return compiled_offers(config, true);
}
std::vector<plan::Offer> rtx_offers(const Host&, const RuntimeInfo&, const Config& config) {
  return compiled_offers(config, false);
}

bool is_on_gpu(const Variant& variant) { return !variant.device.is_cpu(); }

plan::Dimension on_gpu(plan::Dimension dimension) {
  dimension.applies = is_on_gpu;
  return dimension;
}

/// Several inferences side by side keep a GPU busy where one leaves gaps.
plan::Dimension requests() {
  return {.name = "requests", .choices = {Settings{}, {{"requests", "2"}}, {{"requests", "4"}}}};
}

std::vector<plan::Dimension> with_throughput(const Config& config, std::vector<plan::Dimension> dimensions) {
  // A recorded graph replays one inference at a time.
  if (config.objective == Objective::throughput) {
    dimensions.push_back(on_gpu(requests()));
    dimensions.push_back(on_gpu(batches(config)));
  } else {
    dimensions.push_back(on_gpu(one_setting("cuda_graph", {"on"})));
  }
  return with_a_choice(std::move(dimensions));
}

std::vector<plan::Dimension> tensorrt_dimensions(const Host&, const RuntimeInfo&, const Config& config) {
  return with_throughput(config, {on_gpu(one_setting("builder_level", {"5"}))});
}
std::vector<plan::Dimension> rtx_dimensions(const Host&, const RuntimeInfo&, const Config& config) {
  return with_throughput(config, {});
}

}  // namespace

std::vector<plan::Offer> cuda_offers(const Config& config) {
  std::vector<plan::Offer> offers{offer("original"), offer("fp32"), offer("fp16"), offer("fp16", IoTypes::reduced),
                                  offer("fp16_weights")};
  if (config.objective == Objective::size) offers.push_back(offer("int4_weights"));
  if (config.holds_bytes()) offers.push_back(offer("fp32", IoTypes::uint8));
  offers.push_back(offer("original", IoTypes::original, {{"tf32", "on"}}));
  for (const char* recipe : {"int8_static", "int8_static_mixed"})
    offers.push_back(offer(recipe, IoTypes::original, {}, kWeak));
  offers.push_back(offer("bf16", IoTypes::original, {}, kNoBfloat16));
  return offers;
}

std::vector<plan::Dimension> cuda_dimensions(const Config& config) {
  return with_throughput(
      config, {on_gpu(one_setting("channels_last", {"on"})), on_gpu(one_setting("convolutions", {"heuristic"})),
               on_gpu(one_setting("tf32", {"on"}))});
}

plan::RuntimeDescription describe_tensorrt() {
  return {.name = "tensorrt",
          .worker = "autoaccel-worker-tensorrt",
          .install_hint = "docs/gpu.md lists what it needs and how to get it",
          .artifact_folder = "tensorrt",
          .artifact_extension = ".onnx",
          .is_for_gpus_only = true,
          .converts = true,
          .settings = kTensorRtSettings,
          .offers = tensorrt_offers,
          .dimensions = tensorrt_dimensions,
          .settings_of_artifact = kTensorRtBuilds};
}

plan::RuntimeDescription describe_tensorrt_rtx() {
  return {.name = "tensorrt_rtx",
          .worker = "autoaccel-worker-tensorrt_rtx",
          .install_hint = "docs/gpu.md lists what it needs and how to get it",
          .artifact_folder = "tensorrt_rtx",
          .artifact_extension = ".onnx",
          .is_for_gpus_only = true,
          .converts = true,
          .settings = kRtxSettings,
          .offers = rtx_offers,
          .dimensions = rtx_dimensions,
          .settings_of_artifact = kRtxBuilds};
}

}  // namespace autoaccel::runtime::onnxruntime
