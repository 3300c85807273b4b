#include "runtime/openvino/description.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace autoaccel::runtime::openvino {

namespace {

constexpr std::array<plan::SettingInfo, 7> kSettings{{
    {"precision", "f32 | bf16 | f16 | default",
     "INFERENCE_PRECISION_HINT; default: OpenVINO's choice, bf16 where the processor has it"},
    {"threads", "integer ≥ 1", "threads of all streams together (INFERENCE_NUM_THREADS); default: one a core"},
    {"mode", "latency | throughput", "PERFORMANCE_HINT, which sets streams and threads; default: latency"},
    {"streams", "integer ≥ 1",
     "inferences computed at once, the threads divided among them (NUM_STREAMS); default: by mode"},
    {"requests", "integer ≥ 1",
     "inferences in flight (PERFORMANCE_HINT_NUM_REQUESTS); default: OpenVINO's optimum for the streams"},
    {"pinning", "on | off", "threads keep to their processors (ENABLE_CPU_PINNING); default: OpenVINO's choice"},
    {"shapes", "artifact | use",
     "use: reshaped to use_shape after reading, and takes that shape only; default: artifact"},
}};

struct Converted {
  const char* recipe;
  IoTypes io;
};
constexpr std::array<Converted, 4> kRecipes{{{"original", IoTypes::original},
                                             {"fp16_weights", IoTypes::original},
                                             {"fp16", IoTypes::original},
                                             {"fp16", IoTypes::reduced}}};

constexpr const char* kNoBfloat16 = "this processor has no bfloat16 instructions (avx512_bf16 or amx_bf16)";
constexpr const char* kNoFloat16 = "this processor has no float16 arithmetic (avx512_fp16 or amx_fp16)";

bool has(const RuntimeInfo& info, std::string_view precision) {
  return std::ranges::find(info.precisions, precision) != info.precisions.end();
}

Settings with_precision(Settings settings, const char* precision) {
  settings["precision"] = precision;
  return settings;
}

void add_recipes(const Settings& settings, const RuntimeInfo& info, std::vector<plan::Offer>& result) {
  for (const auto& [recipe, io] : kRecipes) {
    result.push_back({recipe, io, with_precision(settings, "f32"), {}});
    result.push_back({recipe, io, with_precision(settings, "bf16"), has(info, "bf16") ? "" : kNoBfloat16});
  }
}

std::vector<plan::Offer> offers(const Host& host, const RuntimeInfo& info, const Config& config) {
  std::vector<plan::Offer> result;
  std::vector<int> threads = config.search.threads;
  if (threads.empty()) threads.push_back(host.threads);
  for (const int count : threads) {
    const Settings settings{{"threads", std::to_string(count)}};
    add_recipes(settings, info, result);
    result.push_back({"original", IoTypes::original, with_precision(settings, "default"), {}});
    result.push_back(
        {"original", IoTypes::original, with_precision(settings, "f16"), has(info, "f16") ? "" : kNoFloat16});
  }
  if (config.objective == Objective::throughput && host.threads > 1) {
    const std::string count = std::to_string(host.threads);
    add_recipes({{"mode", "throughput"}, {"requests", count}, {"threads", count}}, info, result);
  }
  return result;
}

}  // namespace

plan::RuntimeDescription describe() {
  return {
      .name = "openvino",
      .worker = "autoaccel-worker-openvino",
      .install_hint = "run tools/setup, or give cmake -DOpenVINO_DIR=<folder of OpenVINOConfig.cmake>, and build again",
      .artifact_folder = "openvino",
      .artifact_extension = ".xml",
      .converts = true,
      .settings = kSettings,
      .offers = offers};
}

}  // namespace autoaccel::runtime::openvino
