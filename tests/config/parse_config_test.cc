#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "base/files.h"
#include "config/config.h"
#include "config/keys.h"

namespace autoaccel::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Config parse(const std::string& text) { return parse_config(text, "job/config.yml"); }

TEST(ParseConfig, ReadsTheFourKeyForm) {
  const Config config = parse(
      "device: 0\n"
      "input:\n"
      "  sample:    {min_shape: [1, 9, 64, 64], max_shape: [4, 9, 64, 64], use_shape: [1, 9, 64, 64]}\n"
      "  timestep:  {min_shape: [1], max_shape: [1], use_shape: [1]}\n"
      "output:\n"
      "  out_sample: {use_shape: [1, 4, 64, 64]}\n");
  EXPECT_EQ(config.device, Device{.gpu = 0});
  ASSERT_EQ(config.inputs.size(), 2u);
  EXPECT_EQ(config.inputs[0].name, "sample");
  EXPECT_EQ(config.inputs[0].min_shape->value, (Shape{1, 9, 64, 64}));
  EXPECT_EQ(config.inputs[0].max_shape->value, (Shape{4, 9, 64, 64}));
  EXPECT_EQ(config.inputs[0].use_shape->value, (Shape{1, 9, 64, 64}));
  EXPECT_EQ(config.inputs[1].name, "timestep");
  EXPECT_EQ(config.inputs[1].use_shape->value, (Shape{1}));
  ASSERT_EQ(config.outputs.size(), 1u);
  EXPECT_EQ(config.outputs[0].name, "out_sample");
  EXPECT_EQ(config.outputs[0].use_shape->value, (Shape{1, 4, 64, 64}));
  EXPECT_EQ(config.file, "job/config.yml");
}

TEST(ParseConfig, KeepsThePlaceOfNamesAndShapes) {
  const Config config = parse("input:\n  \"é x\": {use_shape: [1, 2]}\n");
  const InputConfig& input = config.inputs.at(0);
  EXPECT_EQ(input.name, "é x");
  EXPECT_EQ(input.location->file, "job/config.yml");
  EXPECT_EQ(input.location->line, 2);
  EXPECT_EQ(input.location->column, 3);
  EXPECT_EQ(input.location->length, 5);  // with its quotes; é counts as one
  // `  "é x": {use_shape: [1, 2]}`: two spaces, 5 of the name, `: {` 3, `use_shape: ` 11, so the list starts at 22.
  EXPECT_EQ(input.use_shape->location->column, 22);
  EXPECT_EQ(input.use_shape->location->length, 6);
  EXPECT_EQ(input.use_shape->location->line_text, "  \"é x\": {use_shape: [1, 2]}");
}

TEST(ParseConfig, ReadsEveryOptionalKey) {
  const Config config = parse(
      "device: CPU\n"
      "input:\n"
      "  a: {use_shape: [], data: one.npy}\n"
      "  b: {use_shape: [3], data: [x/two.npz, /abs/three.pb]}\n"
      "  c: {range: [-1, 2.5]}\n"
      "  d: {value: 1e-3}\n"
      "objective: throughput\n"
      "accuracy: {metric: mae, limit: 0.01}\n"
      "search:\n"
      "  budget: 1 h 30 min\n"
      "  precisions: [fp32, bf16]\n"
      "  runtimes: openvino\n"
      "  batches: [1, 8]\n"
      "  threads: [1, 2]\n"
      "  seed: 9223372036854775807\n"
      "  samples: 3\n"
      "limits: {memory: 1.5 GiB, seconds: 2 min}\n");
  EXPECT_TRUE(config.device.is_cpu());
  EXPECT_EQ(config.inputs[0].use_shape->value, Shape{});
  EXPECT_EQ(config.inputs[0].data.at(0).value, "job/one.npy");
  EXPECT_EQ(config.inputs[1].data.at(0).value, "job/x/two.npz");
  EXPECT_EQ(config.inputs[1].data.at(1).value, "/abs/three.pb");
  EXPECT_EQ(config.inputs[2].range, std::make_pair(-1.0, 2.5));
  EXPECT_FALSE(config.inputs[2].use_shape);
  EXPECT_EQ(config.inputs[3].value, 1e-3);
  EXPECT_EQ(config.objective, Objective::throughput);
  EXPECT_EQ(config.accuracy->metric, AccuracyMetric::mean_absolute_error);
  EXPECT_EQ(config.accuracy->limit, 0.01);
  EXPECT_EQ(config.search.budget_seconds, 5400);
  EXPECT_EQ(config.search.precisions.at(1).value, "bf16");
  EXPECT_EQ(config.search.precisions.at(1).location->line, 11);
  EXPECT_EQ(config.search.runtimes.at(0).value, "openvino");
  EXPECT_THAT(config.search.batches, ElementsAre(1, 8));
  EXPECT_THAT(config.search.threads, ElementsAre(1, 2));
  EXPECT_EQ(config.search.seed, 9223372036854775807u);
  EXPECT_EQ(config.search.samples, 3);
  EXPECT_EQ(config.limits.memory_bytes, 1610612736u);  // 1.5 × 2^30
  EXPECT_EQ(config.limits.variant_seconds, 120);
}

TEST(ParseConfig, ReadsConstraintsInTheirUnits) {
  const Config config = parse(
      "objective: first_inference\n"
      "constraints: {latency_p99_ms: 20.5, memory_mb: 400, size_mb: 2.5, batch: 4, accuracy: {limit: 25}}\n"
      "search: {budget: 40 trials}\n");
  EXPECT_EQ(config.objective, Objective::first_inference);
  EXPECT_EQ(config.constraints.latency_p99_seconds, 0.0205);
  EXPECT_EQ(config.constraints.memory_bytes, 400'000'000u);
  EXPECT_EQ(config.constraints.size_bytes, 2'500'000u);
  EXPECT_THAT(config.search.batches, ElementsAre(4));
  EXPECT_EQ(config.accuracy->limit, 25);
  EXPECT_EQ(config.search.budget_trials, 40);
  EXPECT_FALSE(config.search.budget_seconds);
  EXPECT_EQ(parse("objective: memory\n").objective, Objective::memory);
  EXPECT_FALSE(parse("constraints:\n").constraints.size_bytes);
}

TEST(ParseConfig, AccuracyWithoutMetricIsSignalToNoise) {
  const Config config = parse("accuracy: {limit: 30}\n");
  EXPECT_EQ(config.accuracy->metric, AccuracyMetric::sqnr_db);
  EXPECT_EQ(config.accuracy->limit, 30);
}

TEST(ParseConfig, NothingInTheFileIsAConfigOfDefaults) {
  for (const std::string text : {"", "\n\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF",
                                 "input:\noutput:\nsearch:\n", "null\n", "accuracy: {}\n"}) {
    const Config config = parse(text);
    EXPECT_TRUE(config.device.is_cpu());
    EXPECT_THAT(config.inputs, IsEmpty());
    EXPECT_THAT(config.outputs, IsEmpty());
    EXPECT_EQ(config.objective, Objective::latency);
    EXPECT_FALSE(config.accuracy);
    EXPECT_FALSE(config.search.budget_seconds);
    EXPECT_EQ(config.search.samples, 8);
    EXPECT_EQ(config.limits.variant_seconds, 600);
  }
}

TEST(ParseConfig, ReadsNamesThatYamlWouldTakeForSomethingElse) {
  const Config config = parse(
      "input:\n  1: {use_shape: [1]}\n  'null': {use_shape: [1]}\n  yes: {use_shape: [1]}\n"
      "  \"a: b\": {use_shape: [1]}\n  model/in:0: {use_shape: [1]}\n");
  std::vector<std::string> names;
  for (const InputConfig& input : config.inputs) names.push_back(input.name);
  EXPECT_THAT(names, ElementsAre("1", "null", "yes", "a: b", "model/in:0"));
}

TEST(ParseConfig, ReadsAliasesWindowsLinesAndAByteOrderMark) {
  const Config config = parse("\xEF\xBB\xBFinput:\r\n  a: &one {use_shape: [1, 3]}\r\n  b: *one\r\n");
  EXPECT_EQ(config.inputs.at(0).use_shape->value, (Shape{1, 3}));
  EXPECT_EQ(config.inputs.at(1).use_shape->value, (Shape{1, 3}));
  EXPECT_EQ(config.inputs.at(1).use_shape->location->line, 2);  // where the value is written
  EXPECT_EQ(config.inputs.at(0).use_shape->location->line_text, "  a: &one {use_shape: [1, 3]}");
}

TEST(ParseConfig, AQuotedGpuNumberIsANumber) { EXPECT_EQ(parse("device: \"1\"\n").device, Device{.gpu = 1}); }

/// Each alias doubles the one before: 2^40 values in 300 bytes.
TEST(ParseConfig, RefusesAFileThatAliasesBlowUp) {
  std::string text = "a0: &a0 [1, 1]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  try {
    parse(text);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_THAT(error.message(), HasSubstr("more than 20000 values"));
  }
}

TEST(ParseConfig, RefusesHugeAndDeepFilesQuickly) {
  for (const std::string& text : {std::string(2 << 20, 'a'), std::string(1000, '['), "a: " + std::string(500'000, '['),
                                  "a: [" + std::string(400'000, ',') + "]", "a: [" + std::string(500'000, '1')}) {
    EXPECT_THROW(parse(text), Error);
  }
}

/// A single line of 40,000 values must not be copied into the place of each.
TEST(ParseConfig, KeepsNoLongLinesInPlaces) {
  std::string text = "input: {a: {use_shape: [1";
  for (int i = 0; i < 15'000; ++i) text += ",1";
  text += "]}}";
  const Config config = parse(text);
  EXPECT_EQ(config.inputs.at(0).use_shape->value.size(), 15'001u);
  EXPECT_EQ(config.inputs.at(0).use_shape->location->line_text, "");
  EXPECT_EQ(config.inputs.at(0).use_shape->location->column, 24);
}

TEST(ReadConfig, RequiresTheFileAndItsSamples) {
  const base::TemporaryFolder folder("config-test");
  const auto path = folder.path() / "config.yml";
  try {
    read_config(path);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_THAT(error.message(), HasSubstr(path.string()));
  }

  std::ofstream(path) << "input:\n  x: {data: x.npy}\n";
  try {
    read_config(path);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_EQ(error.location()->line, 2);
    EXPECT_EQ(error.location()->column, 13);
    EXPECT_THAT(error.message(), HasSubstr((folder.path() / "x.npy").string()));
  }

  std::ofstream(folder.path() / "x.npy") << "anything";
  EXPECT_EQ(read_config(path).inputs.at(0).data.at(0).value, folder.path() / "x.npy");
}

}  // namespace
}  // namespace autoaccel::config
