#include "pipeline/judging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "base/npy.h"
#include "runtime/fake/description.h"
#include "samples/samples.h"
#include "support/crashes.h"
#include "support/models.h"

namespace autoaccel::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The fake runtime reads what it computes from the text in the model: y = scale · x.
class JudgingTest : public ::testing::Test {
 protected:
  JudgingTest() : folder_("judging-test-"), original_(write_original()) {
    test_support::keep_crashes_as_signals();
    runtimes_.front().converts = false;
    shapes_["x"] = {.use = {2, 64}, .min = {2, 64}, .max = {2, 64}};
  }

  static onnx::ModelProto proto(const std::string& members, const std::string& type = "float32") {
    onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 64] x) => (float[2, 64] y) { y = Identity(x) })");
    proto.set_doc_string(R"(autoaccel-fake-model: {"inputs": [{"name": "x", "type": ")" + type +
                         R"(", "shape": [2, 64]}], )" + members + "}");
    return proto;
  }
  static model::Model candidate(double scale, const std::string& more = {}, const std::string& type = "float32") {
    return model::Model::from_proto(
        proto(R"("outputs": [{"name": "y", "from": "x", "scale": )" + std::to_string(scale) + "}]" + more, type));
  }

  JudgingJob job() const {
    return {.original = original_,
            .shapes = shapes_,
            .config = config_,
            .folder = folder_.path(),
            .workers = AUTOACCEL_BIN_DIR,
            .runtimes = runtimes_,
            .limits = {},
            .references = {variant()},
            .samples = 3};
  }
  static Variant variant(Settings settings = {}) {
    return {.recipe = "original",
            .runtime = "fake",
            .device = {},
            .io = IoTypes::original,
            .settings = std::move(settings)};
  }
  static compare::Limit limit(double sqnr_db) {
    return {.user = AccuracyLimit{AccuracyMetric::sqnr_db, sqnr_db}, .sqnr_db = 0, .probability_error = 0};
  }

  base::TemporaryFolder folder_;
  model::Model original_;
  std::map<std::string, config::InputShapes> shapes_;
  Config config_;
  std::vector<plan::RuntimeDescription> runtimes_{runtime::fake::describe()};
  base::CancelToken cancel_;

 private:
  model::Model write_original() const {
    const fs::path path = folder_.path() / "model.onnx";
    test_support::write_proto(proto(R"("outputs": [{"name": "y", "from": "x", "scale": 3}])"), path);
    return model::Model::load(path);
  }
};

TEST_F(JudgingTest, ComparesWithTheOriginalOnEverySample) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant(), limit(50));
  // An error of 0.003 of 3: 60 dB on every sample, 10 inside the limit of 50; float32 rounds by 1e-7.
  const quantize::Score score = judge.judge(candidate(3.003));
  EXPECT_EQ(score.failure, "");
  EXPECT_NEAR(score.slack_db, 10, 0.01);
  EXPECT_TRUE(score.is_within(9.9));
  EXPECT_FALSE(score.is_within(10.1));
  ASSERT_EQ(score.outputs.size(), 1u);
  EXPECT_EQ(score.outputs[0].name, "y");
  EXPECT_NEAR(score.outputs[0].mean_sqnr_db, 60, 0.01);
  EXPECT_NEAR(score.outputs[0].worst_sqnr_db, 60, 0.01);
  EXPECT_EQ(score.outputs[0].one_sample_more_db, 10);
  ASSERT_EQ(score.outputs[0].noise.size(), 3u);
  EXPECT_NEAR(score.outputs[0].noise[2], 0.1, 1e-4);
  EXPECT_NEAR(judge.judge(candidate(3.03)).slack_db, -10, 0.01);
  EXPECT_EQ(judge.judge(candidate(3)).slack_db, 150);  // equal outputs have 200 dB
}

TEST_F(JudgingTest, KeepsTheWorkerAndStartsAnotherAfterAFailure) {
  const JudgingSamples samples(job(), cancel_);
  // Each worker counts its own loads: that the second one crashes shows that it is the same worker.
  WorkerJudge judge(samples, variant({{"faults", "load#2:segv"}}), limit(50));
  EXPECT_EQ(judge.judge(candidate(3)).failure, "");
  const quantize::Score crashed = judge.judge(candidate(3));
  EXPECT_THAT(crashed.failure, HasSubstr("signal 11"));
  EXPECT_EQ(crashed.slack_db, quantize::kBrokenSlackDb);
  EXPECT_THAT(crashed.outputs, IsEmpty());
  EXPECT_FALSE(crashed.is_within(-1000));
  EXPECT_EQ(judge.judge(candidate(3)).failure, "");
}

TEST_F(JudgingTest, SaysWhyACandidateCannotBeUsed) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant(), limit(50));
  EXPECT_THAT(judge.judge(candidate(3, R"(, "faults": "run#2:segv")")).failure, HasSubstr("signal 11"));
  const model::Model unreadable = model::Model::from_proto(test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 64] x) => (float[2, 64] y) { y = Identity(x) })"));
  EXPECT_NE(judge.judge(unreadable).failure, "");
  EXPECT_EQ(judge.seconds(unreadable), std::nullopt);
  EXPECT_EQ(judge.judge(candidate(3)).slack_db, 150);
}

TEST_F(JudgingTest, TakesNaNForAFailure) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant({{"nan", "on"}}), limit(50));
  const quantize::Score score = judge.judge(candidate(3));
  EXPECT_EQ(score.failure, "output 'y': 3 NaN where the original has none");  // one on each sample
  EXPECT_EQ(score.slack_db, quantize::kBrokenSlackDb);
}

TEST_F(JudgingTest, GivesCandidatesTheTypesThatTheyTake) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant(), limit(50));
  const quantize::Score score = judge.judge(candidate(3, {}, "float16"));  // y = 3 · float16(x): 11 bits, over 60 dB
  EXPECT_EQ(score.failure, "");
  EXPECT_GT(score.slack_db, 10);
  EXPECT_LT(score.slack_db, 50);
}

TEST_F(JudgingTest, TimesACandidate) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant(), limit(50));
  const auto seconds = judge.seconds(candidate(3, R"(, "run_seconds": 0.003)"));
  ASSERT_TRUE(seconds);
  EXPECT_GE(*seconds, 0.003);
  EXPECT_GE(judge.judge(candidate(3, R"(, "run_seconds": 0.003)")).seconds, 0.003);
}

TEST_F(JudgingTest, HasTheNextRuntimeRunTheOriginal) {
  JudgingJob job = this->job();
  job.references = {variant({{"faults", "load:segv"}}), variant()};
  EXPECT_EQ(JudgingSamples(job, cancel_).reference(2).size(), 1u);
  job.references.pop_back();
  try {
    JudgingSamples(job, cancel_);
    FAIL() << "nothing ran the original";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.hint(), HasSubstr("fake: signal 11"));
  }
}

TEST_F(JudgingTest, UsesOtherSamplesThanTheVariants) {
  config_.search.samples = 3;
  const samples::Samples variants = samples::make_samples(original_, {{"x", {2, 64}}}, config_);
  const JudgingSamples samples(job(), cancel_);
  ASSERT_EQ(samples.sets().count(), 3);
  for (int k = 0; k < 3; ++k) {
    const fs::path set = samples.sets().folders({})[static_cast<std::size_t>(k)];
    const Tensor x = base::read_npy(set / "0.npy");
    for (const TensorSet& other : variants.sets) EXPECT_FALSE(std::ranges::equal(x.bytes(), find(other, "x")->bytes()));
  }
}

TEST_F(JudgingTest, UsesAsManySamplesAsTheWorkAllows) {
  JudgingJob job = this->job();
  job.samples = std::nullopt;
  EXPECT_EQ(JudgingSamples(job, cancel_).sets().count(), 128);  // one Identity: next to no work
  // 1000 · 4096 · 1024 multiply-adds and little else: 128e9 of them are 30 inferences.
  const fs::path path = folder_.path() / "work.onnx";
  onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 64] x) => (float[2, 64] y) {
        shape = Constant<value_ints = [1000, 4096]>()
        a = ConstantOfShape(shape)
        other = Constant<value_ints = [4096, 1024]>()
        b = ConstantOfShape(other)
        c = MatMul(a, b)
        y = Identity(x)
      })");
  proto.set_doc_string(original_.proto().doc_string());
  test_support::write_proto(proto, path);
  const model::Model heavy = model::Model::load(path);
  const JudgingJob of_heavy{.original = heavy,
                            .shapes = shapes_,
                            .config = config_,
                            .folder = folder_.path(),
                            .workers = AUTOACCEL_BIN_DIR,
                            .runtimes = runtimes_,
                            .limits = {},
                            .references = {variant()}};
  EXPECT_EQ(JudgingSamples(of_heavy, cancel_).sets().count(), 29);
}

TEST_F(JudgingTest, TakesAThirdOfTheUsersSamples) {
  EXPECT_THAT(judging_share(8), ElementsAre(1, 4, 7));
  EXPECT_THAT(judging_share(3), ElementsAre(1));
  EXPECT_THAT(judging_share(2), ElementsAre(0, 1));
  EXPECT_THAT(judging_share(0), IsEmpty());
  InputConfig input{.name = "x"};
  for (int k = 0; k < 6; ++k) {
    Tensor x(ElementType::float32, {2, 64});
    for (float& value : x.as<float>()) value = static_cast<float>(k + 1);
    const fs::path path = folder_.path() / (std::to_string(k) + ".npy");
    base::write_npy(path, x);
    input.data.push_back({path, std::nullopt});
  }
  config_.inputs = {input};
  const JudgingSamples samples(job(), cancel_);
  ASSERT_EQ(samples.sets().count(), 2);
  EXPECT_EQ(samples.reference(0).front().tensor.as<float>()[0], 6);   // 3 · 2, of the set 1
  EXPECT_EQ(samples.reference(1).front().tensor.as<float>()[0], 15);  // 3 · 5, of the set 4
}

TEST_F(JudgingTest, LeavesNothingBehind) {
  {
    const JudgingSamples samples(job(), cancel_);
    WorkerJudge judge(samples, variant(), limit(50));
    judge.judge(candidate(3));
    EXPECT_TRUE(fs::exists(samples.folder()));
  }
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_.path())) left.push_back(entry.path().filename().string());
  EXPECT_THAT(left, ElementsAre("model.onnx"));
}

TEST_F(JudgingTest, CanBeInterrupted) {
  const JudgingSamples samples(job(), cancel_);
  WorkerJudge judge(samples, variant(), limit(50));
  cancel_.cancel();
  EXPECT_THROW(judge.judge(candidate(3)), Error);
}

}  // namespace
}  // namespace autoaccel::pipeline
