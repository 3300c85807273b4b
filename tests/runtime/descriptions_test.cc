// What the runtimes offer to the plan, on hosts that are made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/onnxruntime/description.h"
#include "runtime/openvino/description.h"
#include "runtime/settings.h"

namespace autoaccel::runtime {
namespace {

Host host(int threads) {
  Host made;
  made.threads = threads;
  return made;
}

RuntimeInfo info(std::vector<std::string> precisions) {
  RuntimeInfo made;
  made.available = true;
  made.precisions = std::move(precisions);
  return made;
}

// `recipe io16 name=value …` → reason to skip it.
std::map<std::string, std::string> table(const std::vector<plan::Offer>& offers) {
  std::map<std::string, std::string> rows;
  for (const plan::Offer& offer : offers) {
    std::string row = offer.recipe + (offer.io == IoTypes::reduced ? " io16"
                                      : offer.io == IoTypes::uint8 ? " io8"
                                                                   : "");
    for (const auto& [name, value] : offer.settings) row += " " + name + "=" + value;
    EXPECT_TRUE(rows.emplace(row, offer.skip_reason).second) << row << " is offered twice";
  }
  return rows;
}

std::vector<std::string> tried(const std::vector<plan::Offer>& offers) {
  std::vector<std::string> rows;
  for (const auto& [row, reason] : table(offers)) {
    if (reason.empty()) rows.push_back(row);
  }
  return rows;
}

using Rows = std::vector<std::string>;  // sorted by text

TEST(OnnxRuntimeOffers, ForLatency) {
  const auto offers = onnxruntime::describe().offers(host(4), info({"f32"}), Config{});
  EXPECT_EQ(tried(offers), (Rows{"fp16 io16 threads=4", "fp16 threads=4", "fp16_weights threads=4", "fp32 threads=4",
                                 "int8_dynamic threads=4", "int8_static threads=4", "int8_static_mixed threads=4",
                                 "int8_weights threads=4", "original threads=4"}));
  EXPECT_EQ(table(offers).at("bf16 threads=4"),
            "ONNX Runtime's CPU provider has no bfloat16 kernels for Conv, MatMul, Add and most others");
  EXPECT_EQ(offers.front().recipe, "original");
}

TEST(OnnxRuntimeOffers, ThroughputAddsARequestAThreadWhereThereAreSeveral) {
  Config config;
  config.objective = Objective::throughput;
  const auto rows = tried(onnxruntime::describe().offers(host(4), info({}), config));
  EXPECT_EQ(std::ranges::count(rows, "original requests=4 threads=1"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original threads=4"), 1);
  // On one thread the two are the same thing.
  EXPECT_EQ(tried(onnxruntime::describe().offers(host(1), info({}), config)),
            (Rows{"fp16 io16 threads=1", "fp16 threads=1", "fp16_weights threads=1", "fp32 threads=1",
                  "int8_dynamic threads=1", "int8_static threads=1", "int8_static_mixed threads=1",
                  "int8_weights threads=1", "original threads=1"}));
}

TEST(OnnxRuntimeOffers, TheUsersThreadsReplaceTheMachines) {
  Config config;
  config.search.threads = {1, 3};
  const auto rows = tried(onnxruntime::describe().offers(host(4), info({}), config));
  EXPECT_EQ(std::ranges::count(rows, "original threads=1"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original threads=3"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original threads=4"), 0);
}

TEST(OpenVinoOffers, ProcessorWithBfloat16) {
  const auto offers = openvino::describe().offers(host(2), info({"f32", "bf16", "i8"}), Config{});
  EXPECT_EQ(tried(offers), (Rows{"bf16 precision=f32 threads=2", "fp16 io16 precision=bf16 threads=2",
                                 "fp16 io16 precision=f32 threads=2", "fp16_weights precision=bf16 threads=2",
                                 "fp16_weights precision=f32 threads=2", "fp32 precision=bf16 threads=2",
                                 "fp32 precision=f32 threads=2", "int8_static precision=bf16 threads=2",
                                 "int8_static_mixed precision=bf16 threads=2", "int8_weights precision=bf16 threads=2",
                                 "original precision=bf16 threads=2", "original precision=default threads=2",
                                 "original precision=f32 threads=2"}));
  const auto rows = table(offers);
  EXPECT_EQ(rows.at("original precision=f16 threads=2"),
            "this processor has no float16 arithmetic (avx512_fp16 or amx_fp16)");
  EXPECT_EQ(rows.at("fp16 precision=bf16 threads=2"),
            "this processor has no float16 arithmetic: OpenVINO computes it like fp16_weights, which is offered");
}

TEST(OpenVinoOffers, ProcessorWithFloat16) {
  const auto rows = tried(openvino::describe().offers(host(2), info({"f32", "bf16", "f16"}), Config{}));
  EXPECT_EQ(std::ranges::count(rows, "fp16 precision=f16 threads=2"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original precision=f16 threads=2"), 1);
  EXPECT_EQ(rows.size(), 20u) << "five recipes in three precisions, four in one, and the default";
}

TEST(OpenVinoOffers, ProcessorWithoutBfloat16SkipsItByName) {
  const auto offers = openvino::describe().offers(host(2), info({"f32"}), Config{});
  const auto rows = table(offers);
  EXPECT_EQ(rows.at("original precision=bf16 threads=2"),
            "this processor has no bfloat16 instructions (avx512_bf16 or amx_bf16)");
  for (const std::string& row : tried(offers)) EXPECT_EQ(row.find("bf16"), std::string::npos) << row;
}

TEST(OpenVinoOffers, ThroughputAddsItsMode) {
  Config config;
  config.objective = Objective::throughput;
  const auto offers = openvino::describe().offers(host(8), info({"f32", "bf16"}), config);
  for (const auto& [row, reason] : table(offers)) {
    EXPECT_TRUE(reason.empty() || row.find("mode=") == std::string::npos) << row << " repeats a reason";
  }
  const auto rows = tried(offers);
  EXPECT_EQ(std::ranges::count(rows, "original mode=throughput precision=bf16 requests=8 threads=8"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original precision=bf16 threads=8"), 1);
}

TEST(Offers, TryFourBitsWhereSizeIsWhatCounts) {
  Config config;
  const auto count = [&](const plan::RuntimeDescription& runtime) {
    return std::ranges::count(runtime.offers(host(2), info({"f32", "bf16"}), config), "int4_weights",
                              &plan::Offer::recipe);
  };
  EXPECT_EQ(count(onnxruntime::describe()) + count(openvino::describe()), 0);
  config.objective = Objective::size;
  EXPECT_EQ(count(onnxruntime::describe()), 1);
  EXPECT_EQ(count(openvino::describe()), 1);
}

// The rows with bytes, of those tried.
std::vector<std::string> tried_with_bytes(const std::vector<plan::Offer>& offers) {
  std::vector<std::string> rows = tried(offers);
  std::erase_if(rows, [](const std::string& row) { return row.find(" io8") == std::string::npos; });
  return rows;
}

Config with_bytes() {
  Config config;
  config.outputs.push_back({.name = "y", .location = {}, .use_shape = {}, .bytes = Located<ByteMapping>{}});
  return config;
}

TEST(Offers, TakeBytesOnlyWhereThereAreAny) {
  EXPECT_EQ(tried_with_bytes(onnxruntime::describe().offers(host(2), info({"f32"}), Config{})), Rows{});
  EXPECT_EQ(tried_with_bytes(openvino::describe().offers(host(2), info({"f32", "bf16"}), Config{})), Rows{});
  EXPECT_EQ(tried_with_bytes(onnxruntime::describe().offers(host(2), info({"f32"}), with_bytes())),
            (Rows{"fp32 io8 threads=2", "int8_static_mixed io8 threads=2", "original io8 threads=2"}));
  EXPECT_EQ(tried_with_bytes(openvino::describe().offers(host(2), info({"f32"}), with_bytes())),
            (Rows{"int8_static_mixed io8 precision=f32 threads=2", "original io8 precision=f32 threads=2"}));
  EXPECT_EQ(tried_with_bytes(openvino::describe().offers(host(2), info({"f32", "bf16"}), with_bytes())),
            (Rows{"bf16 io8 precision=f32 threads=2", "int8_static_mixed io8 precision=bf16 threads=2",
                  "original io8 precision=f32 threads=2"}));
}

class Descriptions : public ::testing::TestWithParam<plan::RuntimeDescription (*)()> {};

TEST_P(Descriptions, EveryOfferUsesSettingsOfTheTable) {
  const plan::RuntimeDescription description = GetParam()();
  Config config;
  config.objective = Objective::throughput;
  for (const plan::Offer& offer : description.offers(host(4), info({"f32", "bf16", "f16"}), config)) {
    EXPECT_NO_THROW(SettingsReader(offer.settings, description.settings)) << offer.recipe;
    EXPECT_FALSE(offer.settings.empty()) << "the record would not say what was measured";
  }
}

TEST_P(Descriptions, SaysHowToGetIt) {
  const plan::RuntimeDescription description = GetParam()();
  EXPECT_EQ(description.worker, "autoaccel-worker-" + std::string(description.name));
  EXPECT_NE(description.install_hint.find("tools/setup"), std::string_view::npos);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, Descriptions, ::testing::Values(&onnxruntime::describe, &openvino::describe));

}  // namespace
}  // namespace autoaccel::runtime
