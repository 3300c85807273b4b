#include "quantize/bfloat16_within_limit.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "autoaccel/error.h"
#include "quantize/judge.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {
namespace {

using rewrite::model_of;
using rewrite::PassContext;
using rewrite::PassReport;
using rewrite::text_of;

// bfloat16 bit patterns: 2 = 16384 (0x4000), 3 = 16448 (0x4040). Type 16 is bfloat16.
constexpr const char* kTwoProducts =
    "net (float[2,2] x) => (float[2,2] y) <float[2,2] v = {2, 2, 2, 2}, float[2,2] w = {3, 3, 3, 3}>"
    "{ a = MatMul(x, v) y = MatMul(a, w) }";

/// Says how many MatMul read bfloat16 weights of each name, and lets them pass or not.
class FakeJudge final : public Judge {
 public:
  explicit FakeJudge(std::set<std::string> harmful) : harmful_(std::move(harmful)) {}

  Score judge(const model::Model& candidate) override {
    ++runs;
    bool harmed = false;
    for (const onnx::TensorProto& tensor : candidate.proto().graph().initializer())
      harmed |= tensor.data_type() == onnx::TensorProto::BFLOAT16 && harmful_.contains(tensor.name());
    Score score;
    // 30 dB too much noise, or 30 dB less than there may be.
    score.outputs.push_back(
        {.name = "y", .kind = "values", .noise = {harmed ? 1000.0 : 0.001}, .one_sample_more_db = 10});
    score.slack_db = slack_db_of(score.outputs[0].noise, 10);
    return score;
  }
  std::optional<double> seconds(const model::Model&) override { return std::nullopt; }

  int runs = 0;

 private:
  std::set<std::string> harmful_;
};

model::Model converted(const PassContext& context, PassReport& report) {
  model::Model model = model_of(kTwoProducts, 22, 10);
  kConvertFloatToBfloat16WithinLimit.apply(model, context, report);
  model::check(model);
  return model;
}

constexpr const char* kBothLow =
    R"(net (float[2,2] x) => (float[2,2] y)
       <bfloat16[2,2] v = {16384, 16384, 16384, 16384}, bfloat16[2,2] w = {16448, 16448, 16448, 16448}>
       { x_bfloat16 = Cast <to = 16> (x) a = MatMul(x_bfloat16, v) y_bfloat16 = MatMul(a, w)
         y = Cast <to = 1> (y_bfloat16) })";

TEST(Bfloat16WithinLimit, ChangesAllWithoutAJudge) {
  PassReport report;
  EXPECT_EQ(text_of(converted({}, report)), text_of(model_of(kBothLow, 22, 10)));
  EXPECT_EQ(report.nodes_converted, 2);
}

TEST(Bfloat16WithinLimit, ChangesAllWhenTheJudgeIsContent) {
  FakeJudge judge({});
  PassReport report;
  EXPECT_EQ(text_of(converted({.judge = &judge}, report)), text_of(model_of(kBothLow, 22, 10)));
  EXPECT_EQ(judge.runs, 1);
}

TEST(Bfloat16WithinLimit, KeepsTheNodeThatDoesTheDamage) {
  FakeJudge judge({"w"});
  PassReport report;
  EXPECT_EQ(text_of(converted({.judge = &judge}, report)), text_of(model_of(R"(net (float[2,2] x) => (float[2,2] y)
                                <bfloat16[2,2] v = {16384, 16384, 16384, 16384}, float[2,2] w = {3, 3, 3, 3}>
                                { x_bfloat16 = Cast <to = 16> (x) a = MatMul(x_bfloat16, v)
                                  a_float32 = Cast <to = 1> (a) y = MatMul(a_float32, w) })",
                                                                            22, 10)));
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.kept_by_reason, (std::map<std::string, int>{{"MatMul: asked to stay float32", 1}}));
  EXPECT_THAT(report.notes, ::testing::Contains(::testing::HasSubstr("float for accuracy: y")));
}

/// Between a layer and what follows it there are no casts, whichever type they are in.
TEST(Bfloat16WithinLimit, KeepsWhatFollowsALayerWithIt) {
  FakeJudge judge({"v"});
  PassReport report;
  model::Model model = model_of(
      "net (float[2,2] x) => (float[2,2] y) <float[2,2] v = {2, 2, 2, 2}, float[2,2] w = {3, 3, 3, 3}>"
      "{ a = MatMul(x, v) b = Relu(a) y = MatMul(b, w) }",
      22, 10);
  kConvertFloatToBfloat16WithinLimit.apply(model, {.judge = &judge}, report);
  EXPECT_EQ(text_of(model), text_of(model_of(R"(net (float[2,2] x) => (float[2,2] y)
      <float[2,2] v = {2, 2, 2, 2}, bfloat16[2,2] w = {16448, 16448, 16448, 16448}>
      { a = MatMul(x, v) b = Relu(a) b_bfloat16 = Cast <to = 16> (b) y_bfloat16 = MatMul(b_bfloat16, w)
        y = Cast <to = 1> (y_bfloat16) })",
                                             22, 10)));
  EXPECT_THAT(report.notes, ::testing::Contains(::testing::HasSubstr("1 of 2 nodes stay float")));
}

/// Both leave 2.2 dB of slack, either one 5.2 dB: the one of most work by use_shapes stays low, though its weight is
/// the smaller one.
TEST(Bfloat16WithinLimit, WeighsLayersByTheShapesInUse) {
  class OneOfTwo final : public Judge {
   public:
    Score judge(const model::Model& candidate) override {
      int low = 0;
      for (const onnx::TensorProto& tensor : candidate.proto().graph().initializer())
        low += tensor.data_type() == onnx::TensorProto::BFLOAT16 ? 1 : 0;
      Score score;
      score.outputs.push_back({.name = "y", .kind = "values", .noise = {0.001 + 0.3 * low}, .one_sample_more_db = 10});
      score.slack_db = slack_db_of(score.outputs[0].noise, 10);
      return score;
    }
    std::optional<double> seconds(const model::Model&) override { return std::nullopt; }
  } judge;
  PassReport report;
  model::Model model = model_of(
      "net (float[N,2] x, float[M,2] z) => (float[N,2] y, float[M,3] t)"
      "<float[2,2] v = {2, 2, 2, 2}, float[2,3] w = {3, 3, 3, 3, 3, 3}> { y = MatMul(x, v) t = MatMul(z, w) }",
      22, 10);
  kConvertFloatToBfloat16WithinLimit.apply(model, {.use_shapes = {{"x", {100, 2}}, {"z", {10, 2}}}, .judge = &judge},
                                           report);
  EXPECT_THAT(report.notes, ::testing::Contains(::testing::HasSubstr("float for accuracy: t")));
}

TEST(Bfloat16WithinLimit, KeepsWhatItWasAskedToKeep) {
  FakeJudge judge({});
  PassReport report;
  const model::Model model = converted({.keep_nodes = {"a", "y"}, .judge = &judge}, report);
  EXPECT_EQ(text_of(model), text_of(model_of(kTwoProducts, 22, 10)));
  EXPECT_FALSE(report.nothing_to_convert.empty());
  EXPECT_EQ(judge.runs, 0);
}

TEST(Bfloat16WithinLimit, RefusesWhenNothingUsefulIsLeft) {
  FakeJudge judge({"v", "w"});
  PassReport report;
  model::Model model = model_of(kTwoProducts, 22, 10);
  EXPECT_THROW(kConvertFloatToBfloat16WithinLimit.apply(model, {.judge = &judge}, report), Error);
}

}  // namespace
}  // namespace autoaccel::quantize
