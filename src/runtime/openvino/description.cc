#include "runtime/openvino/description.h"

#include <algorithm>
#include <array>
#include <iterator>
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

constexpr const char* kNoBfloat16 = "this processor has no bfloat16 instructions (avx512_bf16 or amx_bf16)";
constexpr const char* kNoFloat16 = "this processor has no float16 arithmetic (avx512_fp16 or amx_fp16)";

// Seen in the placement (PP-OCR, nudenet, magika; 2026.4.1): without float16 arithmetic, OpenVINO turns a float16 graph
// into the one that it makes of fp16_weights. With float16 inputs and outputs there is a difference, at the borders.
constexpr const char* kSameAsWeights =
    "this processor has no float16 arithmetic: OpenVINO computes it like fp16_weights, which is offered";

bool has(const RuntimeInfo& info, std::string_view precision) {
  return std::ranges::find(info.precisions, precision) != info.precisions.end();
}

Settings with_precision(Settings settings, const char* precision) {
  settings["precision"] = precision;
  return settings;
}

// A recipe in every precision that the setting can ask for. `skip_reason` holds for all of them.
void add_recipe(const plan::Offer& offer, const RuntimeInfo& info, std::vector<plan::Offer>& result) {
  const auto add = [&](const char* precision, const char* missing) {
    plan::Offer row = offer;
    row.settings["precision"] = precision;
    if (row.skip_reason.empty() && missing != nullptr && !has(info, precision)) row.skip_reason = missing;
    result.push_back(std::move(row));
  };
  add("f32", nullptr);
  add("bf16", kNoBfloat16);
  if (has(info, "f16")) add("f16", nullptr);
}

void add_recipes(const Settings& settings, const RuntimeInfo& info, std::vector<plan::Offer>& result) {
  const char* const fp16_reason = has(info, "f16") ? "" : kSameAsWeights;
  add_recipe({"original", IoTypes::original, settings, {}}, info, result);
  add_recipe({"fp32", IoTypes::original, settings, {}}, info, result);
  add_recipe({"fp16_weights", IoTypes::original, settings, {}}, info, result);
  add_recipe({"fp16", IoTypes::original, settings, fp16_reason}, info, result);
  add_recipe({"fp16", IoTypes::reduced, settings, {}}, info, result);
  // f32 is what OpenVINO is told for the nodes whose types do not say otherwise.
  result.push_back({"bf16", IoTypes::original, with_precision(settings, "f32"), has(info, "bf16") ? "" : kNoBfloat16});
  // What stays float beside integers computes in the fastest type that there is; the judge sees the whole.
  const char* const beside = has(info, "bf16") ? "bf16" : "f32";
  for (const char* recipe : {"int8_weights", "int8_static", "int8_static_mixed"})
    result.push_back({recipe, IoTypes::original, with_precision(settings, beside), {}});
}

// Bytes where there are any: with what is usually fastest, not with everything.
void add_bytes(const Settings& settings, const RuntimeInfo& info, std::vector<plan::Offer>& result) {
  const bool has_bfloat16 = has(info, "bf16");
  result.push_back({"original", IoTypes::uint8, with_precision(settings, "f32"), {}});
  if (has_bfloat16) result.push_back({"bf16", IoTypes::uint8, with_precision(settings, "f32"), {}});
  result.push_back({"int8_static_mixed", IoTypes::uint8, with_precision(settings, has_bfloat16 ? "bf16" : "f32"), {}});
}

std::vector<plan::Offer> offers(const Host& host, const RuntimeInfo& info, const Config& config) {
  std::vector<plan::Offer> result;
  std::vector<int> threads = config.search.threads;
  if (threads.empty()) threads.push_back(host.threads);
  for (const int count : threads) {
    const Settings settings{{"threads", std::to_string(count)}};
    add_recipes(settings, info, result);
    if (config.holds_bytes()) add_bytes(settings, info, result);
    // Seldom close enough, so it is tried where the file's size is what counts.
    if (config.objective == Objective::size)
      result.push_back({"int4_weights", IoTypes::original, with_precision(settings, "f32"), {}});
    result.push_back({"original", IoTypes::original, with_precision(settings, "default"), {}});
    if (!has(info, "f16"))
      result.push_back({"original", IoTypes::original, with_precision(settings, "f16"), kNoFloat16});
  }
  if (config.objective == Objective::throughput && host.threads > 1) {
    const std::string count = std::to_string(host.threads);
    std::vector<plan::Offer> throughput;
    const Settings settings{{"mode", "throughput"}, {"requests", count}, {"threads", count}};
    add_recipes(settings, info, throughput);
    if (config.holds_bytes()) add_bytes(settings, info, throughput);
    // What the processor lacks is said above, and holds in every mode.
    std::ranges::copy_if(throughput, std::back_inserter(result), &std::string::empty, &plan::Offer::skip_reason);
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
