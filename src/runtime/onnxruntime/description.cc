#include "runtime/onnxruntime/description.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace autoaccel::runtime::onnxruntime {

namespace {

constexpr std::array<plan::SettingInfo, 7> kSettings{{
    {"threads", "integer ≥ 1", "threads of one inference, the calling one among them; default: one a core"},
    {"sessions", "integer ≥ 1", "independent sessions, each with its own threads and weights; default: 1"},
    {"requests", "integer ≥ 1", "inferences in flight in each session; default: 1"},
    {"optimization", "all | extended | basic | disabled", "graph optimisations (ORT_ENABLE_ALL, …); default: all"},
    {"spinning", "on | off", "idle threads wait in a busy loop: faster, and burns processor time; default: on"},
    {"arena", "on | off", "memory is kept between inferences instead of given back; default: on"},
    {"denormals_as_zero", "on | off", "numbers below 1.2e-38 count as 0; default: off"},
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
constexpr std::array<Converted, 9> kTried{{{"original", IoTypes::original},
                                           {"fp32", IoTypes::original},
                                           {"fp16_weights", IoTypes::original},
                                           {"fp16", IoTypes::original},
                                           {"fp16", IoTypes::reduced},
                                           {"int8_weights", IoTypes::original},
                                           {"int8_dynamic", IoTypes::original},
                                           {"int8_static", IoTypes::original},
                                           {"int8_static_mixed", IoTypes::original}}};

// Bytes where there are any: with what is usually fastest, not with everything.
constexpr std::array<const char*, 3> kTriedWithBytes{"original", "fp32", "int8_static_mixed"};

void add_recipes(const Settings& settings, const Config& config, std::vector<plan::Offer>& result) {
  for (const auto& [recipe, io] : kTried)
    result.push_back({.recipe = recipe, .io = io, .settings = settings, .skip_reason = {}});
  // Seldom close enough, so it is tried where the file's size is what counts.
  if (config.objective == Objective::size)
    result.push_back({.recipe = "int4_weights", .io = IoTypes::original, .settings = settings, .skip_reason = {}});
  if (!config.holds_bytes()) return;
  for (const char* recipe : kTriedWithBytes)
    result.push_back({.recipe = recipe, .io = IoTypes::uint8, .settings = settings, .skip_reason = {}});
}

// With one thread an inference runs on the thread that asks for it, so n requests use n processors and one copy of the
// weights; n sessions would be as fast and hold n copies.
Settings one_thread_a_request(int threads) { return {{"requests", std::to_string(threads)}, {"threads", "1"}}; }

std::vector<plan::Offer> offers(const Host& host, const RuntimeInfo&, const Config& config) {
  std::vector<plan::Offer> result;
  std::vector<int> threads = config.search.threads;
  if (threads.empty()) threads.push_back(host.threads);
  for (const int count : threads) add_recipes({{"threads", std::to_string(count)}}, config, result);
  if (config.objective == Objective::throughput && host.threads > 1)
    add_recipes(one_thread_a_request(host.threads), config, result);
  result.push_back({.recipe = "bf16",
                    .io = IoTypes::original,
                    .settings = {{"threads", std::to_string(threads.front())}},
                    .skip_reason = kNoBfloat16});
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
          .offers = offers};
}

}  // namespace autoaccel::runtime::onnxruntime
