#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "base/json_values.h"
#include "report/report.h"
#include "report/sample_run.h"
#include "support/golden.h"

namespace autoaccel::report {
namespace {

using ::testing::HasSubstr;

TEST(JsonReport, IsAsInTheGoldenFile) {
  autoaccel::testing::expect_golden("run.json", json_from_run(testing::sample_run()));
}

TEST(JsonReport, ComesBackAsItWas) {
  for (const autoaccel::Run& run : {autoaccel::Run{}, testing::sample_run()}) {
    const std::string text = json_from_run(run);
    EXPECT_EQ(json_from_run(run_from_json(text, "run.json")), text);
  }
}

TEST(JsonReport, KeepsEveryBitOfANumber) {
  autoaccel::Run run = testing::sample_run();
  run.records[0].measurement->samples_seconds = {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308};
  const autoaccel::Run read = run_from_json(json_from_run(run), "run.json");
  EXPECT_EQ(read.records[0].measurement->samples_seconds, run.records[0].measurement->samples_seconds);
}

TEST(JsonReport, WritesHostileTextAsText) {
  const std::string text = json_from_run(testing::hostile_run());
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  const autoaccel::Run read = run_from_json(text, "run.json");
  EXPECT_EQ(read.model.inputs[0].name, testing::hostile_run().model.inputs[0].name);
  EXPECT_EQ(json_from_run(read), text);
}

TEST(JsonReport, SaysWhereAFileIsDamaged) {
  try {
    run_from_json("{\"schema_version\": 1, ", "out/run.json");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("out/run.json is not JSON"));
  }
  EXPECT_THROW(run_from_json("", "run.json"), Error);
  EXPECT_THROW(run_from_json("[]", "run.json"), Error);
  EXPECT_THROW(run_from_json("\xff", "run.json"), Error);
  EXPECT_THROW(run_from_json(std::string(100'000, '['), "run.json"), Error);

  std::string other = json_from_run(testing::sample_run());
  const std::string version = "\"schema_version\": 1";
  other.replace(other.find(version), version.size(), "\"schema_version\": 99");
  EXPECT_THROW(run_from_json(other, "run.json"), Error);
}

/// Paths of all members of a run that has everything: `records[].measurement.latency_seconds.p90`.
void collect_paths(const base::Json& json, const std::string& path, std::set<std::string>& paths) {
  if (json.is_array()) {
    for (const auto& item : json) collect_paths(item, path + "[]", paths);
    return;
  }
  if (!json.is_object()) return;
  // Names of settings, kinds and runtimes are the run's own, not the schema's.
  if (path.ends_with("settings") || path.ends_with("nodes_by_kind") || path.ends_with("placement.layers") ||
      path == "versions") return;
  for (const auto& [key, value] : json.items()) {
    const std::string below = path.empty() ? key : path + "." + key;
    paths.insert(below);
    collect_paths(value, below, paths);
  }
}

/// The schema's document names every member, by its path in backquotes.
TEST(JsonReport, EveryMemberIsDocumented) {
  autoaccel::Run run = testing::sample_run();
  run.config.outputs = {{.name = "y", .location = {}, .use_shape = {}}};
  run.config.accuracy = AccuracyLimit{};
  run.records[0].speed_up_interval = Interval{};
  for (Record& record : run.records)
    if (record.measurement) record.measurement->conditions.gpu = GpuConditions{};
  run.picks = {{}};
  run.final_rounds = FinalRounds{{{}}};
  run.shapes = {{}};
  std::set<std::string> paths;
  collect_paths(base::to_json(run), "", paths);
  const std::string document = base::read_file(std::filesystem::path(AUTOACCEL_SOURCE_DIR) / "docs" / "run-json.md");
  for (const std::string& path : paths) EXPECT_THAT(document, HasSubstr("`" + path + "`"));
}

}  // namespace
}  // namespace autoaccel::report
