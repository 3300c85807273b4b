#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "pipeline/optimize_fixture.h"
#include "report/report.h"

namespace autoaccel::pipeline {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// The original takes 20 ms; the second runtime 5 ms, and 1 ms with a setting that no offer has.
class SearchTest : public OptimizeTest {
 protected:
  SearchTest() {
    second_offers = {offer({{"precision", "f32"}})};
    second_dimensions = {
        {.name = "run_seconds", .choices = {{}, {{"run_seconds", "0.005"}}, {{"run_seconds", "0.001"}}}},
        {.name = "threads", .choices = {{}, {{"threads", "2"}}}}};
  }
};

TEST_F(SearchTest, FindsSettingsThatNoOfferHas) {
  const autoaccel::Run run = this->run();
  ASSERT_TRUE(run.recommended) << run.verdict;
  EXPECT_THAT(*run.recommended, HasSubstr("run_seconds=0.001"));
  EXPECT_EQ(recorder_.forms_, 2);
  EXPECT_EQ(run.search.points, 1 + 3 * 2u);  // the original, and the second runtime's form
  EXPECT_EQ(run.search.strategy, "racing");
  EXPECT_FALSE(run.search.stopped_because.empty());
  EXPECT_EQ(run.search.trials, static_cast<int>(run.records.size()));
  ASSERT_EQ(run.search.course.size(), run.records.size());
  EXPECT_EQ(run.search.course.front().id, run.original);
  EXPECT_LE(run.search.course.front().seconds, run.search.course.back().seconds);
}

TEST_F(SearchTest, TheFinalMeasuresTheOriginalAndTheFrontRunnersInEveryRound) {
  const autoaccel::Run run = this->run();
  ASSERT_TRUE(run.final_rounds);
  ASSERT_GE(run.final_rounds->finalists.size(), 2u);
  EXPECT_EQ(run.final_rounds->finalists.front().id, run.original);
  for (const auto& finalist : run.final_rounds->finalists) EXPECT_EQ(finalist.seconds.size(), 3u);  // job.final
  const Record& best = record(run, *run.recommended);
  ASSERT_TRUE(best.speed_up_interval);
  EXPECT_LE(best.speed_up_interval->low, *best.speed_up);
  EXPECT_GE(best.speed_up_interval->high, *best.speed_up);
  EXPECT_TRUE(run.drift);
}

TEST_F(SearchTest, ExhaustiveTriesEveryPoint) {
  OptimizeJob job = this->job();
  job.strategy = "exhaustive";
  const autoaccel::Run run = optimize(job, recorder_, cancel_);
  EXPECT_EQ(run.records.size(), run.search.points);
}

TEST_F(SearchTest, ASecondRunHoldsNoOtherFinal) {
  const autoaccel::Run first = run();
  recorder_ = {};
  const autoaccel::Run second = run();
  EXPECT_TRUE(recorder_.started_.empty());
  ASSERT_TRUE(second.final_rounds);
  ASSERT_EQ(second.final_rounds->finalists.size(), first.final_rounds->finalists.size());
  for (std::size_t i = 0; i < first.final_rounds->finalists.size(); ++i)
    EXPECT_EQ(second.final_rounds->finalists[i].seconds, first.final_rounds->finalists[i].seconds);
  EXPECT_EQ(second.recommended, first.recommended);
}

TEST_F(SearchTest, ABudgetOfTrialsEndsItAndALargerOneGoesOn) {
  OptimizeJob job = this->job();
  job.config.search.budget_trials = 2;
  const autoaccel::Run brief = optimize(job, recorder_, cancel_);
  EXPECT_EQ(recorder_.started_.size(), 2u);
  EXPECT_THAT(brief.search.stopped_because, HasSubstr("2 trials"));
  const std::vector<std::string> before = recorder_.started_;
  recorder_ = {};
  run();
  EXPECT_FALSE(recorder_.started_.empty());
  for (const std::string& id : before) EXPECT_THAT(recorder_.started_, Not(Contains(id)));
}

TEST_F(SearchTest, WhatAnEarlierRunTriedBesidesIsKept) {
  OptimizeJob all = this->job();
  all.strategy = "exhaustive";
  const std::size_t records = optimize(all, recorder_, cancel_).records.size();
  OptimizeJob brief = this->job();
  brief.config.search.budget_trials = 1;
  EXPECT_EQ(optimize(brief, recorder_, cancel_).records.size(), records);
}

TEST_F(SearchTest, AVariantOfTheSpaceCanBeTriedAlone) {
  const std::string id = "openvino-original-precision=f32-run_seconds=0.001-threads=2";
  const Record record = try_one(job(), id, recorder_, cancel_);
  EXPECT_EQ(record.variant.id(), id);
  EXPECT_EQ(record.outcome, Outcome::ok) << record.reason;
}

TEST_F(SearchTest, WrongOutputsEndTheMeasuringEarly) {
  second_offers = {offer({{"offset", "1"}})};
  second_dimensions = {};
  const autoaccel::Run run = this->run();
  EXPECT_THAT(record(run, "offset").notes, Contains(HasSubstr("measured briefly")));
  EXPECT_FALSE(run.final_rounds);
}

TEST_F(SearchTest, OnlyRestrictsTheRunToTheOriginalAndTheNamed) {
  OptimizeJob job = this->job();
  job.only = {"openvino-original-precision=f32-run_seconds=0.005"};
  const autoaccel::Run run = optimize(job, recorder_, cancel_);
  EXPECT_EQ(recorder_.started_.size(), 2u);
  EXPECT_EQ(run.recommended, job.only.front());
  EXPECT_EQ(record(run, "openvino-original-precision=f32").outcome, Outcome::ok);
}

TEST_F(SearchTest, AnUnknownStrategyIsAUsageError) {
  OptimizeJob job = this->job();
  job.strategy = "luck";
  EXPECT_THROW(optimize(job, recorder_, cancel_), Error);
}

}  // namespace
}  // namespace autoaccel::pipeline
