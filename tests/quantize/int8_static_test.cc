#include "quantize/int8_static.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "quantize/judge.h"
#include "quantize/qdq_models.h"
#include "support/models.h"

namespace autoaccel::quantize {
namespace {

using rewrite::model_of;
using Axes = std::map<std::string, std::optional<int>>;

constexpr const char* kLayer =
    "net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {254, 127, 3, -2}> { y = MatMul(x, w) }";

rewrite::PassContext context_with(const Statistics* statistics, std::string runtime = "openvino") {
  return {.io = IoTypes::original, .input_shapes = {}, .runtime = std::move(runtime), .statistics = statistics};
}

TEST(QuantizeActivations, ChangesNothingTheSecondTime) {
  const Seen seen = Seen().value("x", {2, 2}, {-1, 3, 3, -1}, -1);  // both channels alike
  const rewrite::PassContext context = context_with(&seen.statistics);
  rewrite::PassReport report, again;
  model::Model model = model_of(kLayer);
  kQuantizeActivations.apply(model, context, report);
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nothing_to_convert, "");
  const std::string once = rewrite::text_of(model);
  kQuantizeActivations.apply(model, context, again);
  EXPECT_EQ(rewrite::text_of(model), once);
  EXPECT_EQ(again.nothing_to_convert, "no layer can compute on integers");
  EXPECT_EQ(again.kept_by_reason, (std::map<std::string, int>{{"MatMul: reads integers already", 1}}));
}

TEST(QuantizeActivations, LeavesNodesThatAreToStay) {
  const Seen seen = Seen().usual("x", {2, 2}, -1);
  rewrite::PassContext context = context_with(&seen.statistics);
  context.keep_nodes = {"y"};
  rewrite::PassReport report;
  model::Model model = model_of(kLayer);
  const std::string before = rewrite::text_of(model);
  kQuantizeActivations.apply(model, context, report);
  EXPECT_EQ(rewrite::text_of(model), before);
}

std::string refusal_of(model::Model model, const rewrite::PassContext& context) {
  rewrite::PassReport report;
  try {
    kQuantizeActivations.apply(model, context, report);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    return error.message();
  }
  return "";
}

TEST(QuantizeActivations, SaysWhatItNeeds) {
  const Seen seen = Seen().usual("x", {2, 2}, -1);
  EXPECT_EQ(refusal_of(model_of(kLayer), context_with(&seen.statistics, "")),
            "static INT8 is made for a runtime, and there is no dialect for ''");
  EXPECT_EQ(refusal_of(model_of(kLayer), context_with(nullptr)), "static INT8 needs what calibration has seen");
  EXPECT_EQ(refusal_of(model_of(kLayer, 12), context_with(&seen.statistics)),
            "scales by channel need opset 13, and the model has 12");
}

/// Likes candidates that have a Mul, or the contrary.
class TasteForMul : public Judge {
 public:
  explicit TasteForMul(bool likes) : likes_(likes) {}
  Score judge(const model::Model& candidate) override {
    ++runs;
    bool has_mul = false;
    for (const auto& node : candidate.proto().graph().node()) has_mul |= node.op_type() == "Mul";
    return {.outputs = {}, .slack_db = has_mul == likes_ ? 5.0 : -5.0, .seconds = 0, .failure = {}};
  }
  std::optional<double> seconds(const model::Model&) override { return std::nullopt; }
  int runs = 0;

 private:
  bool likes_;
};

TEST(QuantizeActivations, KeepsTheWaysThatTheJudgeLikes) {
  std::vector<float> loud(64, 0.37F);
  std::fill(loud.begin(), loud.begin() + 16, 64.0F);  // channel 0 of 4 asks for smoothing, by a Mul
  const Seen seen = Seen().value("x", {1, 4, 4, 4}, loud, 1);
  for (const bool likes : {false, true}) {
    model::Model model = model_of("net (float[1,4,4,4] x) => (float[1,4,4,4] y) { y = Conv(x, w) }");
    test_support::add_random_initializer(*model.proto().mutable_graph(), "w", ElementType::float32, {4, 4, 1, 1}, 5);
    TasteForMul judge(likes);
    rewrite::PassContext context = context_with(&seen.statistics);
    context.judge = &judge;
    rewrite::PassReport report;
    kQuantizeActivations.apply(model, context, report);
    EXPECT_EQ(judge.runs, 5);
    EXPECT_EQ(model.proto().graph().node(0).op_type() == "Mul", likes);
    const std::string begin =
        "inside the limit (outside: negative), all layers on integers: smoothing and correction of means ";
    EXPECT_EQ(report.notes.back(), begin + (likes ? "5.0 dB, correction of means -5.0 dB, smoothing 5.0 dB, neither "
                                                    "-5.0 dB, both, with ranges by percentile 5.0 dB"
                                                  : "-5.0 dB, correction of means 5.0 dB, smoothing -5.0 dB, neither "
                                                    "5.0 dB, both, with ranges by percentile -5.0 dB"));
  }
}

TEST(Int8Static, ListsLayersWithWhatTheyCompute) {
  const Seen seen = Seen().usual("x", {2, 2}, -1);
  const Int8Static quantizer(
      model_of("net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { a = MatMul(x, w) y = Neg(a) }"),
      seen.statistics, rules_for("openvino"));
  const LowNodes low = quantizer.low_nodes();
  ASSERT_EQ(low.nodes.size(), 1u);
  EXPECT_EQ(low.nodes[0].id, "a");
  EXPECT_EQ(low.nodes[0].gain, 8);
  EXPECT_EQ(rewrite::text_of(low.with_kept({"a"})),
            rewrite::text_of(model_of(
                "net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { a = MatMul(x, w) y = Neg(a) }")));
}

constexpr const char* kMixed =
    R"(net (float[1,2,8,8] x, float[2,2] z) => (float[1,2,8,8] y, float[2,2] u) <float[2,2,1,1] v = {1, 2, 3, 4}, float[2,2] w = {1, 2, 3, 4}> {
    a = Conv(x, v) b = Relu(a) c = Add(b, x) y = Neg(c) u = MatMul(z, w) })";

TEST(ValuesToWatch, AreWhatTheDialectAsksFor) {
  EXPECT_EQ(values_to_watch(model_of(kMixed), *find_dialect("openvino")), (Axes{{"x", 1}, {"z", -1}}));
  EXPECT_EQ(values_to_watch(model_of(kMixed), *find_dialect("onnxruntime")),
            (Axes{{"x", 1}, {"z", -1}, {"a", std::nullopt}, {"b", std::nullopt}, {"c", std::nullopt}}));
  EXPECT_EQ(values_to_watch(model_of(kMixed), *find_dialect("tensorrt")),
            (Axes{{"x", 1}, {"z", -1}, {"b", std::nullopt}}));
}

}  // namespace
}  // namespace autoaccel::quantize
