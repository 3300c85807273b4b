#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "support/golden.h"

namespace autoaccel::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array<SettingInfo, 1> kThreads{{{"threads", "integer ≥ 1", "threads"}}};

Offer offer(const std::string& recipe, IoTypes io, Settings settings, const std::string& skip_reason = "") {
  return {.recipe = recipe, .io = io, .settings = std::move(settings), .skip_reason = skip_reason};
}

std::vector<Offer> onnxruntime_offers(const Host& host, const RuntimeInfo&, const Config& config) {
  std::vector<int> threads = config.search.threads;
  if (threads.empty()) threads.push_back(host.threads);
  std::vector<Offer> offers;
  for (const int count : threads) {
    const Settings settings{{"threads", std::to_string(count)}};
    offers.push_back(offer("original", IoTypes::original, settings));
    offers.push_back(offer("fp16_weights", IoTypes::original, settings));
    offers.push_back(offer("fp16", IoTypes::reduced, settings));
  }
  return offers;
}

std::vector<Offer> openvino_offers(const Host&, const RuntimeInfo& info, const Config&) {
  const bool has_bf16 = !info.precisions.empty();
  return {offer("original", IoTypes::original, {{"precision", "bf16"}}, has_bf16 ? "" : "no bfloat16 instructions"),
          offer("original", IoTypes::original, {{"precision", "f32"}}),
          offer("original", IoTypes::original, {{"precision", "default"}}),
          offer("fp16", IoTypes::original, {{"precision", "bf16"}})};
}

RuntimeDescription describe(std::string_view name, std::span<const SettingInfo> settings,
                            decltype(RuntimeDescription::offers) offers) {
  return {.name = name,
          .worker = "worker",
          .install_hint = "run tools/setup",
          .artifact_folder = "folder",
          .artifact_extension = ".x",
          .converts = false,
          .settings = settings,
          .offers = offers};
}

const std::vector<RuntimeDescription> kRuntimes = {describe("onnxruntime", kThreads, onnxruntime_offers),
                                                   describe("openvino", kThreads, openvino_offers)};

RuntimeInfo info(const std::string& name, std::vector<std::string> precisions = {"f32", "bf16"}) {
  return {.name = name,
          .available = true,
          .version = "1",
          .reason = "",
          .devices = {"cpu"},
          .precisions = std::move(precisions)};
}

Host host_with(int threads) {
  Host host;
  host.threads = threads;
  return host;
}

/// `id` or `id: reason`, one per variant.
std::vector<std::string> lines(const std::vector<PlannedVariant>& plan) {
  std::vector<std::string> lines;
  for (const auto& [variant, reason] : plan) lines.push_back(variant.id() + (reason.empty() ? "" : ": " + reason));
  return lines;
}

std::vector<std::string> plan_lines(const Config& config,
                                    std::vector<RuntimeInfo> found = {info("onnxruntime"), info("openvino")}) {
  return lines(make_plan(config, kRuntimes, found, host_with(2)));
}

TEST(MakePlan, StartsWithTheOriginalAndNamesEveryVariantOnce) {
  EXPECT_THAT(plan_lines({}), ElementsAre("onnxruntime-original-threads=2", "onnxruntime-fp16_weights-threads=2",
                                          "onnxruntime-fp16-io16-threads=2", "openvino-original-precision=bf16",
                                          "openvino-original-precision=f32", "openvino-original-precision=default",
                                          "openvino-fp16-precision=bf16"));
}

TEST(MakePlan, PutsSkippedOnesLastWithTheRuntimesReason) {
  EXPECT_THAT(plan_lines({}, {info("onnxruntime"), info("openvino", {})}),
              ElementsAre("onnxruntime-original-threads=2", "onnxruntime-fp16_weights-threads=2",
                          "onnxruntime-fp16-io16-threads=2", "openvino-original-precision=f32",
                          "openvino-original-precision=default", "openvino-fp16-precision=bf16",
                          "openvino-original-precision=bf16: no bfloat16 instructions"));
}

TEST(MakePlan, SkipsEveryOfferOfARuntimeThatIsMissing) {
  RuntimeInfo missing{.name = "openvino",
                      .available = false,
                      .version = "",
                      .reason = "run tools/setup",
                      .devices = {},
                      .precisions = {}};
  const std::string reason = ": openvino is not available: run tools/setup";
  EXPECT_THAT(plan_lines({}, {info("onnxruntime"), missing}),
              ElementsAre("onnxruntime-original-threads=2", "onnxruntime-fp16_weights-threads=2",
                          "onnxruntime-fp16-io16-threads=2", "openvino-original-precision=bf16" + reason,
                          "openvino-original-precision=f32" + reason, "openvino-original-precision=default" + reason,
                          "openvino-fp16-precision=bf16" + reason));
  EXPECT_THAT(plan_lines({}, {info("onnxruntime")}).back(), HasSubstr(": openvino is not available: not found"));
}

TEST(MakePlan, SkipsTheOriginalWhenItsRuntimeIsMissing) {
  const auto lines = plan_lines({}, {info("openvino")});
  EXPECT_EQ(lines.front(), "onnxruntime-original-threads=2: onnxruntime is not available: not found");
  EXPECT_EQ(lines.at(1), "openvino-original-precision=bf16");
}

TEST(MakePlan, SkipsEverythingOnADeviceThatNoRuntimeServes) {
  Config config;
  config.device.gpu = 0;
  const auto plan = make_plan(config, kRuntimes, std::vector{info("onnxruntime"), info("openvino")}, host_with(2));
  ASSERT_EQ(plan.size(), 8u);
  for (const PlannedVariant& planned : plan) {
    EXPECT_EQ(planned.skip_reason, planned.variant.runtime + " does not serve GPU 0 here; its devices: cpu");
    EXPECT_EQ(planned.variant.device, config.device);
  }
  // Threads are the processor's.
  EXPECT_EQ(plan.front().variant.id(), "onnxruntime-original-gpu0");
}

TEST(MakePlan, SaysWhatARuntimeLacksForAGpu) {
  Config config;
  config.device.gpu = 0;
  RuntimeInfo onnxruntime = info("onnxruntime");
  onnxruntime.no_gpu_reason = "no NVIDIA driver";
  const auto plan = make_plan(config, kRuntimes, std::vector{onnxruntime, info("openvino")}, host_with(2));
  EXPECT_EQ(plan.front().skip_reason, "onnxruntime does not serve GPU 0 here: no NVIDIA driver");
  EXPECT_EQ(plan.back().skip_reason, "openvino does not serve GPU 0 here; its devices: cpu");
}

TEST(MakePlan, RespectsTheListOfRuntimesButForTheOriginal) {
  Config config;
  config.search.runtimes = {{.value = "openvino", .location = {}}};
  EXPECT_THAT(plan_lines(config),
              ElementsAre("onnxruntime-original-threads=2", "openvino-original-precision=bf16",
                          "openvino-original-precision=f32", "openvino-original-precision=default",
                          "openvino-fp16-precision=bf16", "onnxruntime-fp16_weights-threads=2: not in search.runtimes",
                          "onnxruntime-fp16-io16-threads=2: not in search.runtimes"));
}

TEST(MakePlan, RespectsTheListOfPrecisionsAndRecipes) {
  Config config;
  config.search.precisions = {{.value = "BF16", .location = {}}, {.value = "fp16_weights", .location = {}}};
  EXPECT_THAT(plan_lines(config), ElementsAre("onnxruntime-original-threads=2", "onnxruntime-fp16_weights-threads=2",
                                              "openvino-original-precision=bf16",
                                              "onnxruntime-fp16-io16-threads=2: not in search.precisions",
                                              "openvino-original-precision=f32: not in search.precisions",
                                              "openvino-original-precision=default: not in search.precisions",
                                              "openvino-fp16-precision=bf16: not in search.precisions"));
}

TEST(MakePlan, KeepsTheOriginalBesideOtherThreadCountsAndSkipsTooMany) {
  Config config;
  config.search.threads = {1, 8};
  config.search.runtimes = {{.value = "onnxruntime", .location = {}}};
  config.search.precisions = {{.value = "f32", .location = {}}};
  const auto lines = plan_lines(config);
  EXPECT_EQ(lines.at(0), "onnxruntime-original-threads=2");
  EXPECT_EQ(lines.at(1), "onnxruntime-original-threads=1");
  EXPECT_THAT(lines, ::testing::Contains(
                         "onnxruntime-original-threads=8: 8 threads on 2 processors take turns, which is slower"));
}

TEST(MakePlan, WithoutOnnxRuntimeTheFirstOriginalIsTheReference) {
  const auto lines_of = [](const std::vector<RuntimeDescription>& runtimes) {
    return lines(make_plan({}, runtimes, std::vector{info("openvino")}, host_with(2)));
  };
  const auto all = lines_of({kRuntimes[1]});
  EXPECT_EQ(all.front(), "openvino-original-precision=bf16");
  EXPECT_EQ(all.size(), 4u);
  EXPECT_THROW(lines_of({}), Error);
}

std::string message_for(const Config& config) {
  try {
    plan_lines(config);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    return render(error);
  }
  return "accepted\n";
}

TEST(MakePlan, UnknownNamesInTheListsAreErrorsWithTheirPlace) {
  const SourceLocation place{
      .file = "config.yml", .line = 14, .column = 27, .length = 7, .line_text = "  runtimes: [onnxruntime, openvno]"};
  Config runtimes;
  runtimes.search.runtimes = {{.value = "onnxruntime", .location = {}}, {.value = "openvno", .location = place}};
  EXPECT_EQ(message_for(runtimes),
            "error: config.yml:14:27: unknown runtime 'openvno'\n"
            "   14 |   runtimes: [onnxruntime, openvno]\n"
            "      |                           ^^^^^^^  did you mean 'openvino'?\n");
  Config precisions;
  precisions.search.precisions = {{.value = "fp61", .location = {}}};
  EXPECT_EQ(message_for(precisions), "error: unknown precision 'fp61'\n  hint: did you mean 'fp16'?\n");
  precisions.search.precisions = {{.value = "analog", .location = {}}};
  EXPECT_EQ(message_for(precisions),
            "error: unknown precision 'analog'\n  hint: known: fp32, fp16, bf16, original, fp16_weights, default\n");
}

TEST(OriginalVariant, HasTheThreadsOfTheHost) {
  const Variant variant = original_variant(host_with(6), {});
  EXPECT_EQ(variant.id(), "onnxruntime-original-threads=6");
  EXPECT_EQ(variant.io, IoTypes::original);
}

TEST(IsValueOf, ReadsTheRowsWords) {
  const SettingInfo choice{"arena", "on | off", ""};
  EXPECT_TRUE(is_value_of(choice, "on"));
  EXPECT_TRUE(is_value_of(choice, "off"));
  EXPECT_FALSE(is_value_of(choice, "of"));
  const SettingInfo count{"threads", "integer ≥ 1", ""};
  EXPECT_TRUE(is_value_of(count, "12"));
  EXPECT_FALSE(is_value_of(count, "2x"));
  const SettingInfo number{"offset", "number", ""};
  EXPECT_TRUE(is_value_of(number, "0.5"));
  EXPECT_FALSE(is_value_of(number, "0.5x"));
  EXPECT_TRUE(is_value_of({"precision", "word", ""}, "anything"));
}

}  // namespace
}  // namespace autoaccel::plan
