#include "runtime/openvino/description.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "runtime/choices.h"

namespace autoaccel::runtime::openvino {

namespace {

// Documented, tried with 2026.4.1 (2 cores of AMD Zen 5, bf16; PP-OCR det, rec, cls, nudenet, magika, a ViT, a MiniLM),
// and left out for giving nothing: EXECUTION_MODE_HINT once the precision is said;
// CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE 0.98–1.03 × (it wants AMX and weights that are mostly 0);
// ENABLE_CPU_RESERVATION, which keeps processors from other models of the same process. Hyper-threads are left alone by
// asking for half the threads. pinning=off is a setting and no choice of the search: 0.98–1.06 × for latency, 0.84–1.03
// × with two streams.
constexpr std::array<plan::SettingInfo, 11> kSettings{{
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
    {"batch", "integer ≥ 1", "samples in one request; default: as use_shape says"},
    {"partitioner", "static | auto",
     "how the threads of a stream divide a loop (TBB_PARTITIONER): evenly beforehand, or by who is free; default: "
     "static"},
    {"dynamic_quantization_group", "integer ≥ 0",
     "activations before compressed weights are quantized in groups of so many; 0: not at all "
     "(DYNAMIC_QUANTIZATION_GROUP_SIZE); default: 32"},
    {"denormals_as_zero", "on | off", "numbers below 1.2e-38 count as 0 (CPU_DENORMALS_OPTIMIZATION); default: off"},
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

Settings threads_only(int count) { return {{"threads", std::to_string(count)}}; }

Settings streams(int count, int requests, int threads) {
  return {
      {"requests", std::to_string(requests)}, {"streams", std::to_string(count)}, {"threads", std::to_string(threads)}};
}

/// Several inferences in flight on `threads` threads. OpenVINO's own choice of streams first, then others: two requests
/// a stream keep it busy while the caller looks at outputs.
void add_ways_to_fill(int threads, std::vector<Settings>& ways) {
  if (threads > 1) {
    const std::string count = std::to_string(threads);
    ways.push_back({{"mode", "throughput"}, {"requests", count}, {"threads", count}});
    if (threads > 2) ways.push_back(streams(threads, threads, threads));  // with 2 it is what OpenVINO chooses
    ways.push_back(streams(threads, 2 * threads, threads));
    for (int fewer = threads / 2; fewer > 1; fewer /= 2) ways.push_back(streams(fewer, fewer, threads));
  }
  ways.push_back(threads_only(threads));
  if (threads > 1) ways.push_back(streams(1, 2, threads));
}

std::vector<Settings> ways_to_run(const Host& host, const Config& config) {
  std::vector<int> counts = thread_counts(host, config);
  std::vector<Settings> ways;
  if (config.objective == Objective::throughput) {
    if (config.search.threads.empty()) counts = {host.threads};
    for (const int count : counts) add_ways_to_fill(count, ways);
  } else {
    for (const int count : counts) ways.push_back(threads_only(count));
  }
  return ways;
}

// The others' weights are not compressed, or, with 4 bits, in blocks of 32: larger groups switch it off (0.6–0.9 ×).
bool has_large_groups(const Variant& variant) { return variant.recipe == "int8_weights"; }

std::vector<plan::Dimension> dimensions(const Host& host, const RuntimeInfo&, const Config& config) {
  // Tried as above: shapes=use 1.44 × on PP-OCR det, 1.36 cls, 1.20 magika, 1.10 nudenet, 1.07 MiniLM, 1.04 ViT, where
  // the artifact's axes are dynamic.
  std::vector<plan::Dimension> result{
      {.name = config.objective == Objective::throughput ? "threads, streams and requests" : "threads",
       .choices = ways_to_run(host, config)},
      one_setting("shapes", {"use"})};
  const bool is_fast = config.objective == Objective::latency || config.objective == Objective::throughput;
  if (is_fast) {
    // partitioner=auto: 1.15 × on the ViT, 1.07 on magika, 0.67–0.87 on the others.
    if (host.threads > 1) result.push_back(one_setting("partitioner", {"auto"}));
    // NNCF's INT8 weights in groups of 64 and 128: ViT 1.10 and 1.13 ×, MiniLM 1.06 and 1.07 (bf16).
    plan::Dimension groups = one_setting("dynamic_quantization_group", {"64", "128"});
    groups.applies = has_large_groups;
    result.push_back(std::move(groups));
    result.push_back(denormals_as_zero(host));
  }
  if (config.objective == Objective::throughput) result.push_back(batches(config));
  return with_a_choice(std::move(result));
}

std::vector<plan::Offer> offers(const Host& host, const RuntimeInfo& info, const Config& config) {
  const Settings start = ways_to_run(host, config).front();
  std::vector<plan::Offer> result;
  add_recipes(start, info, result);
  if (config.holds_bytes()) add_bytes(start, info, result);
  // Seldom close enough, so it is tried where the file's size is what counts.
  if (config.objective == Objective::size)
    result.push_back({"int4_weights", IoTypes::original, with_precision(start, "f32"), {}});
  result.push_back({"original", IoTypes::original, with_precision(start, "default"), {}});
  if (!has(info, "f16")) result.push_back({"original", IoTypes::original, with_precision(start, "f16"), kNoFloat16});
  for (const int count : excessive_thread_counts(host, config))
    result.push_back({"original", IoTypes::original, with_precision(threads_only(count), "f32"), {}});
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
      .offers = offers,
      .dimensions = dimensions};
}

}  // namespace autoaccel::runtime::openvino
