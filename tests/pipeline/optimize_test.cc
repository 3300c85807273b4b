#include "pipeline/optimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "pipeline/optimize_fixture.h"
#include "report/report.h"

namespace autoaccel::pipeline {
namespace {

using ::testing::HasSubstr;

TEST_F(OptimizeTest, GivesEveryVariantARecordAndWritesTheReports) {
  second_offers.push_back(offer({{"precision", "bf16"}}, "no bf16 here"));
  const autoaccel::Run run = this->run();
  ASSERT_EQ(run.records.size(), 3u);
  EXPECT_EQ(record(run, "precision=f32").outcome, Outcome::ok) << record(run, "precision=f32").reason;
  EXPECT_EQ(record(run, "precision=f32").agreement->sqnr_db, 200);
  EXPECT_EQ(record(run, "precision=bf16").outcome, Outcome::skipped);
  EXPECT_EQ(record(run, "precision=bf16").reason, "no bf16 here");
  EXPECT_EQ(run.original, record(run, "onnxruntime").variant.id());
  EXPECT_TRUE(fs::exists(out() / "summary.xlsx"));
  EXPECT_TRUE(fs::exists(out() / "report.html"));
  EXPECT_EQ(report::run_from_json(base::read_file(out() / "run.json"), "run.json").records.size(), 3u);
}

TEST_F(OptimizeTest, TheRecommendedArtifactIsInBestWithItsReadme) {
  const autoaccel::Run run = this->run();  // the second takes a twentieth of the time
  ASSERT_TRUE(run.recommended) << run.verdict;
  EXPECT_EQ(*run.recommended, record(run, "precision=f32").variant.id());
  EXPECT_TRUE(fs::exists(out() / "best" / "original.json"));
  EXPECT_TRUE(fs::exists(out() / "best" / "README.md"));
}

TEST_F(OptimizeTest, ThroughputIsBatchTimesRunsOverWall) {
  const autoaccel::Run run = this->run();
  const Measurement& m = *record(run, "onnxruntime").measurement;
  EXPECT_EQ(m.batch, 2);  // the leading axis of x
  EXPECT_NEAR(m.throughput_per_second, 2 * static_cast<double>(m.runs) / m.wall_seconds,
              1e-9 * m.throughput_per_second);
}

TEST_F(OptimizeTest, ACrashIsARowAndTheOthersAreTried) {
  second_offers.insert(second_offers.begin(), offer({{"faults", "run#2:segv"}}));
  const autoaccel::Run run = this->run();
  EXPECT_EQ(record(run, "faults").outcome, Outcome::crashed);
  EXPECT_THAT(record(run, "faults").reason, HasSubstr("signal 11"));
  EXPECT_EQ(record(run, "precision=f32").outcome, Outcome::ok);
}

TEST_F(OptimizeTest, WrongOutputsAreNeverRecommended) {
  second_offers = {offer({{"offset", "1"}, {"run_seconds", "0.0002"}})};
  const autoaccel::Run run = this->run();
  EXPECT_EQ(record(run, "offset").outcome, Outcome::disagreed);
  EXPECT_TRUE(record(run, "offset").measurement);  // how fast the wrong answer is, is of interest too
  EXPECT_FALSE(run.recommended);
  EXPECT_FALSE(fs::exists(out() / "best"));
}

TEST_F(OptimizeTest, ASecondRunRepeatsNoFinishedTrial) {
  run();
  recorder_ = {};
  const autoaccel::Run again = run();
  EXPECT_TRUE(recorder_.started_.empty());
  EXPECT_EQ(recorder_.already_done_, 2);
  EXPECT_EQ(again.records.size(), 2u);
  EXPECT_EQ(again.original, record(again, "onnxruntime").variant.id());
}

TEST_F(OptimizeTest, FreshRepeatsEverything) {
  run();
  recorder_ = {};
  OptimizeJob fresh = job();
  fresh.fresh = true;
  optimize(fresh, recorder_, cancel_);
  EXPECT_EQ(recorder_.started_.size(), 2u);
}

TEST_F(OptimizeTest, AnotherSeedMakesOtherSamplesAndSoOtherTrials) {
  run();
  recorder_ = {};
  OptimizeJob other = job();
  other.config.search.seed = 7;
  optimize(other, recorder_, cancel_);
  EXPECT_EQ(recorder_.started_.size(), 2u);
}

TEST_F(OptimizeTest, AnInterruptKeepsWhatIsDoneAndTheSameCommandGoesOn) {
  recorder_.on_finished_ = [this] { cancel_.cancel(); };
  try {
    run();
    FAIL() << "not interrupted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::interrupted);
  }
  const autoaccel::Run stored = report::run_from_json(base::read_file(out() / "run.json"), "run.json");
  EXPECT_EQ(stored.records.size(), 1u);
  EXPECT_TRUE(stored.finished.empty());
  Recorder second;
  base::CancelToken go_on;
  const autoaccel::Run rest = optimize(job(), second, go_on);
  EXPECT_EQ(second.already_done_, 1);
  EXPECT_THAT(second.started_, ::testing::ElementsAre(record(rest, "precision=f32").variant.id()));
  EXPECT_FALSE(rest.finished.empty());
}

TEST_F(OptimizeTest, TheNextRuntimeMakesTheReferenceWhenTheFirstCannot) {
  runtimes_[0].worker = "autoaccel-worker-that-is-not-there";
  const autoaccel::Run run = this->run();
  EXPECT_EQ(run.original, record(run, "precision=f32").variant.id());
  EXPECT_EQ(record(run, "onnxruntime").outcome, Outcome::skipped);
  EXPECT_THAT(record(run, "onnxruntime").reason, HasSubstr("autoaccel-worker-that-is-not-there"));
}

TEST_F(OptimizeTest, AModelThatNoRuntimeRunsIsAnErrorWithEveryReason) {
  onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 64] x) => (float[2, 64] y) { y = Identity(x) })");
  test_support::write_proto(proto, model());  // no text for the fake runtime
  try {
    run();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("no runtime runs the original model"));
    EXPECT_THAT(error.message(), HasSubstr("openvino"));
  }
  EXPECT_TRUE(fs::exists(out() / "run.json"));
}

TEST_F(OptimizeTest, WhatTheBudgetDoesNotReachIsSkippedWithTheReason) {
  OptimizeJob job = this->job();
  job.config.search.budget_seconds = 0;
  const autoaccel::Run run = optimize(job, recorder_, cancel_);
  EXPECT_EQ(recorder_.started_.size(), 1u);  // the original is always tried
  EXPECT_EQ(record(run, "precision=f32").outcome, Outcome::skipped);
  EXPECT_THAT(record(run, "precision=f32").reason, HasSubstr("search.budget"));
  // With more of it, the same command tries the rest.
  recorder_ = {};
  EXPECT_EQ(record(optimize(this->job(), recorder_, cancel_), "precision=f32").outcome, Outcome::ok);
  EXPECT_EQ(recorder_.started_.size(), 1u);
}

TEST_F(OptimizeTest, AnotherOutputShapeThanConfigYmlSaysIsAUsageErrorAtItsPlace) {
  OptimizeJob job = this->job();
  const SourceLocation place{
      .file = "config.yml", .line = 3, .column = 20, .length = 7, .line_text = "  y: {use_shape: [2, 32]}"};
  job.config.outputs = {{.name = "y", .location = place, .use_shape = Located<Shape>{{2, 32}, place}}};
  // bind_shapes compares with what the model declares; this one declares nothing.
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(base::read_file(model())));
  proto.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  test_support::write_proto(proto, model());
  try {
    optimize(job, recorder_, cancel_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_THAT(error.message(), HasSubstr("output 'y' has the shape [2, 64], not [2, 32]"));
    ASSERT_TRUE(error.location());
    EXPECT_EQ(error.location()->line, 3);
  }
}

TEST_F(OptimizeTest, TwoRunsInOneFolderAreRefused) {
  recorder_.on_finished_ = [this] {
    Recorder other;
    try {
      optimize(job(), other, cancel_);
      ADD_FAILURE() << "the second run was let in";
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), HasSubstr("another run is at work"));
    }
  };
  run();
}

TEST_F(OptimizeTest, TheStagesAloneGiveTheSameRun) {
  const auto planned = list_plan(job(), cancel_);
  ASSERT_EQ(planned.size(), 2u);
  for (const auto& p : planned) EXPECT_EQ(try_one(job(), p.variant.id(), recorder_, cancel_).outcome, Outcome::ok);
  const autoaccel::Run gathered = write_reports(out());
  EXPECT_EQ(gathered.records.size(), 2u);
  EXPECT_EQ(gathered.original, planned.front().variant.id());
  EXPECT_TRUE(gathered.recommended) << gathered.verdict;
}

TEST_F(OptimizeTest, AnUnknownVariantNamesTheNearest) {
  const std::string id = list_plan(job(), cancel_).back().variant.id();
  try {
    try_one(job(), id + "x", recorder_, cancel_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_THAT(error.hint(), HasSubstr("did you mean '" + id + "'"));
  }
}

TEST_F(OptimizeTest, ReportsOfAFolderWithoutARunAreAUsageError) {
  try {
    write_reports(folder_.path() / "empty");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
  }
}

}  // namespace
}  // namespace autoaccel::pipeline
