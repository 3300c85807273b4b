// What the runtimes offer to the plan, on hosts that are made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
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

using Rows = std::vector<std::string>;

// What a dimension sets in any of its choices.
std::set<std::string> names_of(const plan::Dimension& dimension) {
  std::set<std::string> names;
  for (const Settings& choice : dimension.choices)
    for (const auto& [name, value] : choice) names.insert(name);
  return names;
}

Settings restricted(const Settings& settings, const std::set<std::string>& names) {
  Settings kept;
  for (const auto& [name, value] : settings)
    if (names.contains(name)) kept.emplace(name, value);
  return kept;
}

TEST(OnnxRuntimeOffers, ForLatency) {
  const auto offers = onnxruntime::describe().offers(host(4), info({"f32"}), Config{});
  EXPECT_EQ(tried(offers), (Rows{"fp16 io16 threads=4", "fp16 threads=4", "fp16_weights threads=4", "fp32 threads=4",
                                 "int8_dynamic threads=4", "int8_static threads=4", "int8_static_mixed threads=4",
                                 "int8_weights threads=4", "original threads=4"}));
  EXPECT_EQ(table(offers).at("bf16 threads=4"),
            "ONNX Runtime's CPU provider has no bfloat16 kernels for Conv, MatMul, Add and most others");
  EXPECT_EQ(offers.front().recipe, "original");
}

TEST(OnnxRuntimeOffers, ThroughputStartsWithARequestAThreadButForTheOriginal) {
  Config config;
  config.objective = Objective::throughput;
  EXPECT_EQ(tried(onnxruntime::describe().offers(host(4), info({}), config)),
            (Rows{"fp16 io16 requests=4 threads=1", "fp16 requests=4 threads=1", "fp16_weights requests=4 threads=1",
                  "fp32 requests=4 threads=1", "int8_dynamic requests=4 threads=1", "int8_static requests=4 threads=1",
                  "int8_static_mixed requests=4 threads=1", "int8_weights requests=4 threads=1", "original threads=4"}))
      << "the original is the plan's reference, which dimensions vary from there";
  // On one thread the two are the same thing.
  EXPECT_EQ(tried(onnxruntime::describe().offers(host(1), info({}), config)),
            (Rows{"fp16 io16 threads=1", "fp16 threads=1", "fp16_weights threads=1", "fp32 threads=1",
                  "int8_dynamic threads=1", "int8_static threads=1", "int8_static_mixed threads=1",
                  "int8_weights threads=1", "original threads=1"}));
}

TEST(OnnxRuntimeOffers, TheUsersThreadsReplaceTheMachines) {
  Config config;
  config.search.threads = {8, 3, 1};
  const auto rows = tried(onnxruntime::describe().offers(host(4), info({}), config));
  EXPECT_EQ(std::ranges::count(rows, "fp32 threads=3"), 1) << "the first that the machine has processors for";
  EXPECT_EQ(std::ranges::count(rows, "original threads=3"), 1);
  EXPECT_EQ(std::ranges::count(rows, "original threads=8"), 1) << "for the plan to say why it is not tried";
  EXPECT_EQ(rows.size(), 10u);
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

TEST(OpenVinoOffers, ThroughputStartsWithItsMode) {
  Config config;
  config.objective = Objective::throughput;
  const auto offers = openvino::describe().offers(host(8), info({"f32", "bf16"}), config);
  for (const auto& [row, reason] : table(offers))
    EXPECT_NE(row.find(" mode=throughput "), std::string::npos) << row << " starts elsewhere";
  EXPECT_EQ(std::ranges::count(tried(offers), "original mode=throughput precision=bf16 requests=8 threads=8"), 1);
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

// `name=value …` of each choice of the dimension that varies threads.
Rows ways(const plan::RuntimeDescription& description, const Host& on, const Config& config) {
  Rows rows;
  for (const plan::Dimension& dimension : description.dimensions(on, info({"f32", "bf16"}), config)) {
    if (!names_of(dimension).contains("threads")) continue;
    for (const Settings& choice : dimension.choices) {
      std::string row;
      for (const auto& [name, value] : choice) row += (row.empty() ? "" : " ") + name + "=" + value;
      rows.push_back(row);
    }
  }
  return rows;
}

Config throughput(std::vector<int> threads = {}) {
  Config config;
  config.objective = Objective::throughput;
  config.search.threads = std::move(threads);
  return config;
}

TEST(OnnxRuntimeDimensions, WaysToSpreadTheLoad) {
  const auto runtime = onnxruntime::describe();
  EXPECT_EQ(ways(runtime, host(8), Config{}), (Rows{"threads=8", "threads=4", "threads=2", "threads=1"}));
  EXPECT_EQ(ways(runtime, host(2), throughput()),
            (Rows{"requests=2 threads=1", "sessions=2 threads=1", "requests=4 threads=1", "threads=2",
                  "requests=2 threads=2", "requests=2 spinning=off threads=2"}));
  EXPECT_EQ(ways(runtime, host(8), throughput()),
            (Rows{"requests=8 threads=1", "sessions=8 threads=1", "requests=16 threads=1", "sessions=4 threads=2",
                  "threads=8", "requests=2 threads=8", "requests=2 spinning=off threads=8"}));
  EXPECT_EQ(ways(runtime, host(8), throughput({4, 3, 9})), (Rows{"sessions=2 threads=4", "sessions=2 threads=3"}));
}

TEST(OpenVinoDimensions, WaysToSpreadTheLoad) {
  const auto runtime = openvino::describe();
  EXPECT_EQ(ways(runtime, host(6), Config{}), (Rows{"threads=6", "threads=3", "threads=1"}));
  EXPECT_EQ(ways(runtime, host(2), throughput()),
            (Rows{"mode=throughput requests=2 threads=2", "requests=4 streams=2 threads=2", "threads=2",
                  "requests=2 streams=1 threads=2"}));
  EXPECT_EQ(ways(runtime, host(8), throughput()),
            (Rows{"mode=throughput requests=8 threads=8", "requests=8 streams=8 threads=8",
                  "requests=16 streams=8 threads=8", "requests=4 streams=4 threads=8", "requests=2 streams=2 threads=8",
                  "threads=8", "requests=2 streams=1 threads=8"}));
  EXPECT_EQ(ways(runtime, host(8), throughput({2, 1, 9})),
            (Rows{"mode=throughput requests=2 threads=2", "requests=4 streams=2 threads=2", "threads=2",
                  "requests=2 streams=1 threads=2", "threads=1"}));
}

Rows names(const plan::RuntimeDescription& description, const Host& on, Objective objective) {
  Config config;
  config.objective = objective;
  Rows rows;
  for (const plan::Dimension& dimension : description.dimensions(on, info({"f32", "bf16"}), config))
    rows.push_back(dimension.name);
  return rows;
}

TEST(Dimensions, VaryWhatTheObjectiveGainsBy) {
  const auto first = onnxruntime::describe(), second = openvino::describe();
  EXPECT_EQ(names(first, host(2), Objective::latency), (Rows{"threads", "optimization", "spinning"}));
  EXPECT_EQ(names(first, host(2), Objective::memory),
            (Rows{"threads", "memory_pattern", "arena", "optimization", "prepacking"}));
  EXPECT_EQ(names(first, host(2), Objective::first_inference), (Rows{"threads", "optimization", "prepacking"}));
  EXPECT_EQ(names(second, host(2), Objective::latency),
            (Rows{"threads", "shapes", "partitioner", "dynamic_quantization_group"}));
  EXPECT_EQ(names(second, host(2), Objective::first_inference), (Rows{"threads", "shapes"}));
}

TEST(Dimensions, DenormalsOnlyWhereTheyCostTime) {
  Host intel = host(1), amd = host(1);
  intel.processor = "Intel(R) Xeon(R) Platinum 8480+";
  amd.processor = "AMD EPYC 9B45";
  for (const auto& description : {onnxruntime::describe(), openvino::describe()}) {
    EXPECT_EQ(std::ranges::count(names(description, intel, Objective::latency), "denormals_as_zero"), 1);
    EXPECT_EQ(std::ranges::count(names(description, amd, Objective::latency), "denormals_as_zero"), 0);
  }
}

TEST(OpenVinoDimensions, GroupsOfDynamicQuantizationAreForWeightsInEightBits) {
  const auto dimensions = openvino::describe().dimensions(host(2), info({"f32"}), Config{});
  const auto groups = std::ranges::find(dimensions, "dynamic_quantization_group", &plan::Dimension::name);
  ASSERT_NE(groups, dimensions.end());
  ASSERT_NE(groups->applies, nullptr);
  const auto applies = [&](const char* recipe) {
    Variant variant;
    variant.recipe = recipe;
    return groups->applies(variant);
  };
  EXPECT_TRUE(applies("int8_weights"));
  EXPECT_FALSE(applies("int4_weights"));
  EXPECT_FALSE(applies("original"));
}

struct NamedObjective {
  const char* name;
  Objective objective;
};
constexpr NamedObjective kObjectives[] = {{"latency", Objective::latency},
                                          {"throughput", Objective::throughput},
                                          {"size", Objective::size},
                                          {"memory", Objective::memory},
                                          {"first inference", Objective::first_inference}};

struct Case {
  std::string name;
  Host host;
  Config config;
};

std::vector<Case> cases() {
  std::vector<Case> made;
  for (const auto& [name, objective] : kObjectives) {
    for (const int threads : {1, 2, 3, 8}) {
      for (const std::vector<int>& users : {std::vector<int>{}, std::vector<int>{2, 9, 1}}) {
        Config config;
        config.objective = objective;
        config.search.threads = users;
        made.push_back(
            {std::string(name) + " on " + std::to_string(threads) + (users.empty() ? "" : ", user's threads"),
             host(threads), config});
      }
    }
  }
  return made;
}

bool is_excessive(const plan::Offer& offer, const Host& on) {
  const auto threads = offer.settings.find("threads");
  return threads != offer.settings.end() && std::stoi(threads->second) > on.threads;
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

TEST_P(Descriptions, EveryOfferStartsAtTheFirstChoiceOfEveryDimension) {
  const plan::RuntimeDescription description = GetParam()();
  for (const Case& each : cases()) {
    SCOPED_TRACE(each.name);
    const auto dimensions = description.dimensions(each.host, info({"f32", "bf16"}), each.config);
    for (const plan::Offer& offer : description.offers(each.host, info({"f32", "bf16"}), each.config)) {
      // The reference's own settings, which the plan gives it, and what is only offered to be skipped.
      if (offer.settings == Settings{{"threads", std::to_string(each.host.threads)}} || is_excessive(offer, each.host))
        continue;
      for (const plan::Dimension& dimension : dimensions)
        EXPECT_EQ(restricted(offer.settings, names_of(dimension)), dimension.choices.front())
            << offer.recipe << ", " << dimension.name;
    }
  }
}

TEST_P(Descriptions, ChoicesDifferUseTheTableAndShareNoName) {
  const plan::RuntimeDescription description = GetParam()();
  for (const Case& each : cases()) {
    SCOPED_TRACE(each.name);
    std::set<std::string> taken;
    for (const plan::Dimension& dimension : description.dimensions(each.host, info({"f32"}), each.config)) {
      EXPECT_GE(dimension.choices.size(), 2u) << dimension.name;
      const std::set<Settings> distinct(dimension.choices.begin(), dimension.choices.end());
      EXPECT_EQ(distinct.size(), dimension.choices.size()) << dimension.name;
      for (const Settings& choice : dimension.choices) {
        EXPECT_NO_THROW(SettingsReader(choice, description.settings)) << dimension.name;
        const auto threads = SettingsReader(choice, description.settings).integer("threads");
        EXPECT_LE(threads.value_or(1), each.host.threads) << dimension.name;
      }
      for (const std::string& name : names_of(dimension))
        EXPECT_TRUE(taken.insert(name).second) << name << " is in two dimensions";
    }
  }
}

TEST_P(Descriptions, OneProcessorLeavesNoChoiceOfThreads) {
  const plan::RuntimeDescription description = GetParam()();
  for (const auto& [objective_name, objective] : kObjectives) {
    Config config;
    config.objective = objective;
    for (const plan::Dimension& dimension : description.dimensions(host(1), info({"f32"}), config))
      for (const char* name : {"threads", "streams", "sessions", "requests", "spinning", "partitioner"})
        EXPECT_FALSE(names_of(dimension).contains(name)) << objective_name << ": " << name;
  }
}

TEST_P(Descriptions, BatchesAreForThroughput) {
  const plan::RuntimeDescription description = GetParam()();
  const auto batches_of = [&](const Config& config) {
    for (const plan::Dimension& dimension : description.dimensions(host(2), info({"f32"}), config))
      if (dimension.name == "batch") return dimension.choices;
    return std::vector<Settings>{};
  };
  Config config;
  EXPECT_EQ(batches_of(config), std::vector<Settings>{});
  config.objective = Objective::throughput;
  EXPECT_EQ(batches_of(config), (std::vector<Settings>{{}, {{"batch", "2"}}, {{"batch", "4"}}, {{"batch", "8"}}}));
  config.search.batches = {16, 3};
  EXPECT_EQ(batches_of(config), (std::vector<Settings>{{}, {{"batch", "16"}}, {{"batch", "3"}}}));
}

TEST_P(Descriptions, SaysHowToGetIt) {
  const plan::RuntimeDescription description = GetParam()();
  EXPECT_EQ(description.worker, "autoaccel-worker-" + std::string(description.name));
  EXPECT_NE(description.install_hint.find("tools/setup"), std::string_view::npos);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, Descriptions, ::testing::Values(&onnxruntime::describe, &openvino::describe));

}  // namespace
}  // namespace autoaccel::runtime
