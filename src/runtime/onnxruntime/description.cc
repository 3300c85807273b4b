#include "runtime/onnxruntime/description.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "runtime/choices.h"
#include "runtime/onnxruntime/gpu_description.h"

namespace autoaccel::runtime::onnxruntime {

namespace {

// Documented, tried with 1.31.1 (2 cores of AMD Zen 5; PP-OCR det, rec, cls, nudenet, magika, silero-vad, a ViT, a
// MiniLM), and left out for giving nothing; times as a ratio to the default's, above 1 is faster: the sizes of free
// dimensions given by name 0.91–1.01, dynamic_block_base=4 0.94–1.00, parallel execution with two inter-op threads
// 0.41–0.92, gelu_approximation 0.98–1.01; on our INT8 files enable_quant_qdq_cleanup 1.00–1.01, qdqisint8allowed
// 0.98–1.00.
constexpr std::array<plan::SettingInfo, 15> kSettings{{
    {"threads", "integer ≥ 1", "threads of one inference, the calling one among them; default: one a core"},
    {"sessions", "integer ≥ 1", "independent sessions, each with its own threads and weights; default: 1"},
    {"requests", "integer ≥ 1", "inferences in flight in each session; default: 1"},
    {"batch", "integer ≥ 1", "samples in one request; default: as use_shape says"},
    {"optimization", "all | extended | basic | disabled", "graph optimisations (ORT_ENABLE_ALL, …); default: all"},
    {"spinning", "on | off", "idle threads wait in a busy loop: faster, and burns processor time; default: on"},
    {"arena", "on | off", "memory is kept between inferences instead of given back; default: on"},
    {"memory_pattern", "on | off", "one block for all values of an inference, planned by its first; default: on"},
    {"prepacking", "on | off", "weights are copied into the kernels' layout while loading; default: on"},
    {"denormals_as_zero", "on | off", "numbers below 1.2e-38 count as 0; default: off"},
    {"provider", "openvino", "a plug-in that computes instead of ONNX Runtime's own kernels; default: none"},
    {"tf32", "on | off", "GPU: float32 products with 10 bits of mantissa (use_tf32); default: off"},
    {"convolutions", "exhaustive | heuristic | default", "GPU: how cuDNN's kernels are chosen; default: exhaustive"},
    {"channels_last", "on | off", "GPU: convolutions in NHWC (prefer_nhwc); default: off"},
    {"cuda_graph", "on | off", "GPU: an inference is recorded once and replayed as a whole; default: off"},
}};

// Tried with 1.31.1, one operator a model in bfloat16 on the CPU: NOT_IMPLEMENTED for Conv, ConvTranspose, MatMul,
// Gemm, Add, Mul, Sub, Div, Pow, Max, Relu, Sigmoid, Tanh, Exp, Sqrt, Erf, Softmax, MaxPool and GlobalAveragePool; of
// 22 tried only LayerNormalization loads.
constexpr const char* kNoBfloat16 =
    "ONNX Runtime's CPU provider has no bfloat16 kernels for Conv, MatMul, Add and most others";

struct Converted {
  const char* recipe;
  IoTypes io;
};
constexpr std::array<Converted, 8> kTried{{{"fp32", IoTypes::original},
                                           {"fp16_weights", IoTypes::original},
                                           {"fp16", IoTypes::original},
                                           {"fp16", IoTypes::reduced},
                                           {"int8_weights", IoTypes::original},
                                           {"int8_dynamic", IoTypes::original},
                                           {"int8_static", IoTypes::original},
                                           {"int8_static_mixed", IoTypes::original}}};

// Bytes where there are any: with what is usually fastest, not with everything.
constexpr std::array<const char*, 3> kTriedWithBytes{"original", "fp32", "int8_static_mixed"};

Settings threads_only(int count) { return {{"threads", std::to_string(count)}}; }

/// One inference at a time.
std::vector<Settings> ways_to_compute_one(const Host& host, const Config& config) {
  std::vector<Settings> ways;
  for (const int count : thread_counts(host, config)) ways.push_back(threads_only(count));
  return ways;
}

/// As many inferences at once as keep all processors busy, where each takes `threads` of them.
void add_ways_to_fill(int processors, int threads, std::vector<Settings>& ways) {
  const std::string count = std::to_string(processors / threads);
  if (threads == 1 && processors > 1) {
    // An inference runs on the thread that asks for it, so requests need one copy of the weights, sessions one each.
    ways.push_back({{"requests", count}, {"threads", "1"}});
    ways.push_back({{"sessions", count}, {"threads", "1"}});
    ways.push_back({{"requests", std::to_string(2 * processors)}, {"threads", "1"}});
  } else if (processors / threads > 1) {
    // Requests of one session would share its threads.
    ways.push_back({{"sessions", count}, {"threads", std::to_string(threads)}});
  } else {
    ways.push_back(threads_only(threads));
    if (processors == 1) return;
    // The second fills the gaps of the first: while one runs what cannot be divided, the other has the threads.
    Settings two{{"requests", "2"}, {"threads", std::to_string(threads)}};
    ways.push_back(two);
    two["spinning"] = "off";
    ways.push_back(std::move(two));
  }
}

/// All processors busy. One thread an inference first: it is the most that a processor can do, but for its caches.
std::vector<Settings> ways_to_fill(const Host& host, const Config& config) {
  std::vector<int> counts = thread_counts(host, config);
  if (config.search.threads.empty()) {
    counts = {1};
    if (host.threads >= 4) counts.push_back(2);
    if (host.threads > 1) counts.push_back(host.threads);
  }
  std::vector<Settings> ways;
  for (const int count : counts) add_ways_to_fill(host.threads, count, ways);
  return ways;
}

std::vector<Settings> ways_to_run(const Host& host, const Config& config) {
  return config.objective == Objective::throughput ? ways_to_fill(host, config) : ways_to_compute_one(host, config);
}

std::vector<plan::Dimension> dimensions(const Host& host, const RuntimeInfo&, const Config& config) {
  if (!config.device.is_cpu()) return cuda_dimensions(config);
  const plan::Dimension ways{
      .name = config.objective == Objective::throughput ? "threads, requests and sessions" : "threads",
      .choices = ways_to_run(host, config)};
  // Less is loaded sooner and held in less memory: PP-OCR det takes 138 MB, without the memory pattern 81; nudenet
  // takes 50 MB at `all`, 37 at `extended`, and loads in a third of the time.
  const plan::Dimension less_optimization = one_setting("optimization", {"extended", "disabled"});
  const plan::Dimension prepacking = one_setting("prepacking", {"off"});
  switch (config.objective) {
    case Objective::memory:
      return with_a_choice(
          {ways, one_setting("memory_pattern", {"off"}), one_setting("arena", {"off"}), less_optimization, prepacking});
    case Objective::first_inference:
      return with_a_choice({ways, less_optimization, prepacking});
    default:
      break;
  }
  // `extended` and not below: without the blocked layouts of `all`, and it loads what `all` crashes on.
  std::vector<plan::Dimension> result{ways, one_setting("optimization", {"extended"}), denormals_as_zero(host)};
  if (config.objective == Objective::throughput) {
    result.push_back(batches(config));
  } else if (host.threads > 1) {
    // With other processes on the machine, waiting threads take what working ones need.
    result.push_back(one_setting("spinning", {"off"}));
  }
  return with_a_choice(std::move(result));
}

std::vector<plan::Offer> offers(const Host& host, const RuntimeInfo& info, const Config& config) {
  if (!config.device.is_cpu()) return cuda_offers(config);
  const std::vector<Settings> ways = ways_to_run(host, config);
  const auto offer = [](const char* recipe, IoTypes io, const Settings& settings) {
    return plan::Offer{.recipe = recipe, .io = io, .settings = settings, .skip_reason = {}};
  };
  // The original starts as the reference runs, or it would be there twice.
  const Settings reference = threads_only(host.threads);
  const bool has_reference = std::ranges::find(ways, reference) != ways.end();
  std::vector<plan::Offer> result{offer("original", IoTypes::original, has_reference ? reference : ways.front())};
  for (const auto& [recipe, io] : kTried) result.push_back(offer(recipe, io, ways.front()));
  // Seldom close enough, so it is tried where the file's size is what counts.
  if (config.objective == Objective::size) result.push_back(offer("int4_weights", IoTypes::original, ways.front()));
  if (config.holds_bytes())
    for (const char* recipe : kTriedWithBytes) result.push_back(offer(recipe, IoTypes::uint8, ways.front()));
  for (const std::string& provider : info.providers)
    result.push_back(offer("fp32", IoTypes::original, {{"provider", provider}}));
  for (const int count : excessive_thread_counts(host, config))
    result.push_back(offer("original", IoTypes::original, threads_only(count)));
  result.push_back({.recipe = "bf16", .io = IoTypes::original, .settings = ways.front(), .skip_reason = kNoBfloat16});
  return result;
}

}  // namespace

plan::RuntimeDescription describe() {
  return {.name = "onnxruntime",
          .worker = "autoaccel-worker-onnxruntime",
          .install_hint =
              "run tools/setup, or give cmake -DONNXRUNTIME_ROOT=<folder with include/ and lib/>, and build again",
          .artifact_folder = "onnx",
          .artifact_extension = ".onnx",
          .converts = false,
          .settings = kSettings,
          .offers = offers,
          .dimensions = dimensions};
}

}  // namespace autoaccel::runtime::onnxruntime
