#include "support/report/recorded_landscape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/report.h"
#include "report/sample_run.h"

namespace autoaccel::search::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Point = Space::Point;

Record tried(const std::string& runtime, const std::string& recipe, Settings settings, double seconds,
             bool is_faithful = true) {
  Record record = report::testing::sample_record(runtime, recipe, std::move(settings), seconds);
  record.agreement->within_limit = is_faithful;
  record.outcome = is_faithful ? Outcome::ok : Outcome::disagreed;
  return record;
}

/// Two recipes on one runtime, the original in two precisions; threads and requests vary together, spinning on its own.
Run made_up_run() {
  Run run;
  run.model.file = "made_up.onnx";
  run.original = "r-original-precision=f32-threads=2";
  const std::vector<std::pair<std::string, std::string>> forms{
      {"original", "f32"}, {"original", "bf16"}, {"int8_static", "bf16"}, {"int8_static_mixed", "bf16"}};
  double seconds = 0.008;
  for (const bool is_start : {true, false}) {
    for (const auto& [recipe, precision] : forms) {
      for (const bool is_spinning : {true, false}) {
        for (const bool is_parallel : {false, true}) {
          if (is_start != (is_spinning && !is_parallel)) continue;
          Settings settings{{"precision", precision}, {"threads", is_parallel ? "1" : "2"}};
          if (is_parallel) settings["requests"] = "2";
          if (!is_spinning) settings["spinning"] = "off";
          run.records.push_back(tried("r", recipe, settings, seconds *= 0.95, recipe != "int8_static"));
        }
      }
    }
  }
  Record skipped;
  skipped.variant = {.recipe = "bf16", .runtime = "r", .device = {}, .settings = {}};
  run.records.push_back(skipped);
  Record failed = report::testing::sample_failure("s", "original", {}, Outcome::not_compiled, "no kernel");
  run.records.push_back(failed);
  return run;
}

class RecordedTest : public ::testing::Test {
 protected:
  // As a file, since that is what the bench reads.
  const autoaccel::Run run_ = report::run_from_json(report::json_from_run(made_up_run()), "run.json");
  const Landscape landscape_ = landscape_from_run(run_);
};

TEST_F(RecordedTest, PrecisionTellsFormsApart) {
  std::vector<std::string> ids;
  for (const Form& form : landscape_.space.forms()) ids.push_back(form.variant.id());
  EXPECT_THAT(ids, ElementsAre("r-original-precision=f32-threads=2", "r-original-precision=bf16-threads=2",
                               "r-int8_static-precision=bf16-threads=2", "r-int8_static_mixed-precision=bf16-threads=2",
                               "s-original"));
}

TEST_F(RecordedTest, WhatVariesTogetherIsOneDimension) {
  const auto& dimensions = landscape_.space.dimensions(2);
  ASSERT_EQ(dimensions.size(), 2u);
  EXPECT_EQ(dimensions[0]->name, "requests and threads");
  EXPECT_THAT(dimensions[0]->choices,
              ElementsAre(Settings{{"threads", "2"}}, Settings{{"requests", "2"}, {"threads", "1"}}));
  EXPECT_EQ(dimensions[1]->name, "spinning");
  EXPECT_THAT(dimensions[1]->choices, ElementsAre(Settings{}, Settings{{"spinning", "off"}}));
  EXPECT_THAT(landscape_.space.dimensions(4), IsEmpty());
}

TEST_F(RecordedTest, EveryRecordThatWasTriedIsAPoint) {
  EXPECT_EQ(landscape_.space.size(), 4 * 2 * 2 + 1u);
  EXPECT_EQ(landscape_.truth.size(), landscape_.space.size());
  for (const Record& record : run_.records) {
    if (record.outcome == Outcome::skipped || !record.measurement) continue;
    bool is_there = false;
    for (const auto& [point, observation] : landscape_.truth)
      if (landscape_.space.variant(point) == record.variant)
        is_there = observation.value == record.measurement->latency_seconds.median;
    EXPECT_TRUE(is_there) << record.variant.id();
  }
}

TEST_F(RecordedTest, WhatCameOfATrialIsWhatTheRecordSays) {
  const Observation& start = landscape_.truth.at(Point{2, {0, 0}});
  EXPECT_FALSE(start.is_faithful);
  EXPECT_DOUBLE_EQ(*start.value, 0.008 * 0.95 * 0.95 * 0.95);
  EXPECT_EQ(start.half_width, 0.006);
  // load 0.21, first inference 3 medians, warm-up 0.4, 200 runs
  EXPECT_NEAR(start.seconds, 0.21 + 0.4 + 203 * *start.value, 1e-12);
  EXPECT_EQ(landscape_.conversion_seconds[2], 0.8);
  const Observation& failed = landscape_.truth.at(Point{4, {}});
  EXPECT_FALSE(failed.is_faithful);
  EXPECT_FALSE(failed.value);
}

TEST_F(RecordedTest, RecipesSayWhatTheyCostAndWhatBoundsThem) {
  const auto& forms = landscape_.space.forms();
  EXPECT_EQ(forms[0].cost, ConversionCost::cheap);
  EXPECT_EQ(forms[2].cost, ConversionCost::calibrated);
  EXPECT_EQ(forms[3].cost, ConversionCost::judged);
  EXPECT_EQ(forms[3].bound, 2u);
  EXPECT_EQ(forms[2].bound, 2u);
}

TEST_F(RecordedTest, ItCanBeSearched) {
  for (const std::string& name : strategy_names())
    EXPECT_EQ(play(landscape_, name, 1, landscape_.space.size()).trials.back().regret, 0) << name;
}

}  // namespace
}  // namespace autoaccel::search::testing
