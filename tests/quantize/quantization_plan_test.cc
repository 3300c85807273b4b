#include "quantize/quantization_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "quantize/qdq_models.h"
#include "support/models.h"

namespace autoaccel::quantize {
namespace {

using rewrite::model_of;

/// For each node of the plan `quantized`, with the slots that read integers, or the reason why not.
std::map<std::string, std::string> decisions(const QuantizationPlan& plan) {
  std::map<std::string, std::string> result;
  for (const auto& [id, decision] : plan.nodes) {
    std::string text = decision.is_quantized ? "quantized" : decision.reason;
    for (const int slot : decision.slots) text += " " + std::to_string(slot);
    result[id] = text;
  }
  return result;
}

/// For each value `scale zero_point`, and `closed` where every reader gets integers.
std::map<std::string, std::string> values(const QuantizationPlan& plan) {
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : plan.values)
    result[name] = std::to_string(value.grid.scale).substr(0, 8) + " " + std::to_string(value.grid.zero_point) +
                   (value.is_closed ? " closed" : "");
  return result;
}

using Texts = std::map<std::string, std::string>;

constexpr const char* kConvReluConv = R"(net (float[1,2,8,8] x) => (float[1,2,8,8] y)
    <float[2,2,1,1] v = {1, 2, 3, 4}, float[2,2,1,1] w = {1, 2, 3, 4}> { a = Conv(x, v) b = Relu(a) c = Conv(b, w) y = Neg(c) })";

Seen seen_conv_relu_conv() {
  Seen seen;
  seen.usual("x", {1, 2, 8, 8}, 1)
      .usual("a", {1, 2, 8, 8})
      .value("b", {1, 2, 8, 8}, {0, 255}, 1)
      .usual("c", {1, 2, 8, 8});
  return seen;
}

TEST(PlanQuantization, PutsPairsBeforeLayersForOpenVINO) {
  const QuantizationSurvey survey(model_of(kConvReluConv), seen_conv_relu_conv().statistics, rules_for("openvino"));
  const QuantizationPlan plan = plan_quantization(survey);
  EXPECT_EQ(decisions(plan), (Texts{{"a", "quantized 0"}, {"c", "quantized 0"}}));
  EXPECT_EQ(values(plan), (Texts{{"x", "0.015625 32"}, {"b", "1.000000 0"}}));
  EXPECT_EQ(plan.nodes.at("a").figures->scales, (std::vector<float>{2.0F / 127, 4.0F / 127}));
}

TEST(PlanQuantization, PutsPairsBehindConvolutionsAndTheirReluForOnnxRuntime) {
  const QuantizationSurvey survey(model_of(kConvReluConv), seen_conv_relu_conv().statistics, rules_for("onnxruntime"));
  const QuantizationPlan plan = plan_quantization(survey);
  // The Relu goes into the Q behind it.
  EXPECT_EQ(decisions(plan), (Texts{{"a", "quantized 0"}, {"b", "quantized"}, {"c", "quantized 0"}}));
  EXPECT_EQ(values(plan), (Texts{{"x", "0.015625 32"}, {"b", "1.000000 0 closed"}, {"c", "0.015625 32 closed"}}));
}

TEST(PlanQuantization, IsSymmetricForTensorRT) {
  // Too narrow for TensorRT: 2 channels.
  const QuantizationSurvey narrow(model_of(kConvReluConv), seen_conv_relu_conv().statistics, rules_for("tensorrt"));
  EXPECT_EQ(decisions(plan_quantization(narrow)).at("a"), "has fewer than 16 channels");
  model::Model wide = model_of("net (float[1,2,8,8] x) => (float[1,16,8,8] y) { y = Conv(x, w) }");
  test_support::add_random_initializer(*wide.proto().mutable_graph(), "w", ElementType::float32, {16, 2, 1, 1}, 1);
  Seen seen;
  seen.value("x", {1, 2, 8, 8}, {-2, 127}, 1);
  const QuantizationPlan plan = plan_quantization(QuantizationSurvey(wide, seen.statistics, rules_for("tensorrt")));
  EXPECT_EQ(values(plan), (Texts{{"x", "1.000000 0"}}));
  EXPECT_EQ(plan.values.at("x").grid.type, ElementType::int8);
}

TEST(PlanQuantization, GivesNodesBack) {
  const QuantizationSurvey survey(model_of(kConvReluConv), seen_conv_relu_conv().statistics, rules_for("onnxruntime"));
  const QuantizationPlan plan = plan_quantization(survey, {"c"});
  EXPECT_EQ(decisions(plan), (Texts{{"a", "quantized 0"}, {"b", "quantized"}, {"c", "asked to stay float"}}));
  EXPECT_EQ(values(plan), (Texts{{"x", "0.015625 32"}, {"b", "1.000000 0 closed"}}));
}

constexpr const char* kFollowers = R"(net (float[1,2,8,8] x) => (float[1,2,8,8] y)
    <float[2,2,1,1] v = {1, 2, 3, 4}, float[2,2,1,1] w = {1, 2, 3, 4}, float[2,2,1,1] u = {1, 2, 3, 4}, float[1] k = {2}> {
      a = Conv(x, v) s = Sigmoid(a) m = Mul(a, s) p = MaxPool<kernel_shape = [1, 1]>(m) b = Conv(p, w)
      t = Add(b, x) z = Mul(b, k) c = Conv(z, u) y = Add(c, t) })";

TEST(PlanQuantization, TakesFollowersBetweenIntegersForOnnxRuntime) {
  Seen seen;
  for (const char* name : {"x", "a", "s", "m", "b", "z", "c", "t"}) seen.usual(name, {1, 2, 8, 8}, 1);
  seen.value("p", {1, 2, 8, 8}, {0, 1}, 1);  // its range is not asked for
  const QuantizationSurvey survey(model_of(kFollowers), seen.statistics, rules_for("onnxruntime"));
  const QuantizationPlan plan = plan_quantization(survey);
  EXPECT_EQ(decisions(plan), (Texts{{"a", "quantized 0"},
                                    {"s", "quantized 0"},
                                    {"m", "quantized 0 1"},
                                    {"p", "quantized 0"},
                                    {"b", "quantized 0"},
                                    {"t", "reads floats"},  // x
                                    {"z", "quantized 0"},
                                    {"c", "quantized 0"},
                                    {"y", "makes an output, which would be quantized as well"}}));
  // A pool keeps the scale of what it reads.
  EXPECT_EQ(values(plan).at("p"), "0.015625 32 closed");
  // With its convolution gone, what fed it has no reader left that computes on integers; a is still read by m.
  const Texts kept = decisions(plan_quantization(survey, {"b"}));
  EXPECT_EQ(kept.at("p"), "only float nodes read its result");
  EXPECT_EQ(kept.at("m"), "only float nodes read its result");
  EXPECT_EQ(kept.at("s"), "only float nodes read its result");
  EXPECT_EQ(kept.at("z"), "reads floats");
}

TEST(PlanQuantization, RefusesWhatWasNotSeenAsIntegersCanHoldIt) {
  const auto refusal_with = [](const Seen& seen, const char* runtime = "openvino") {
    return decisions(
               plan_quantization(QuantizationSurvey(model_of(kConvReluConv), seen.statistics, rules_for(runtime))))
        .at("a");
  };
  const std::string unseen = "nothing was seen of its input that integers can stand for";
  EXPECT_EQ(refusal_with(Seen()), unseen);
  EXPECT_EQ(refusal_with(Seen().value("x", {1, 2, 8, 8}, {0}, 1)), unseen);
  EXPECT_EQ(refusal_with(Seen().value("x", {1, 2, 8, 8}, {1, std::nanf("")}, 1)), unseen);
  EXPECT_EQ(refusal_with(Seen().value("x", {1, 2, 8, 8}, {1, -std::numeric_limits<float>::infinity()}, 1)), unseen);
  EXPECT_EQ(refusal_with(Seen().value("x", {1, 2, 8, 8}, {1e-38F}, 1)), unseen);
  EXPECT_EQ(refusal_with(Seen().usual("x", {1, 2, 8, 8}, 1)), "quantized 0");
  EXPECT_EQ(refusal_with(Seen().usual("x", {1, 2, 8, 8}, 1), "onnxruntime"),
            "nothing was seen of its result that integers can stand for");
}

TEST(PlanQuantization, RefusesWhatIsNotWorthIt) {
  // 16 · 16 · 64 · 64 multiply-adds and 16 · 16.
  model::Model model = model_of(
      "net (float[1,16,64,64] x) => (float[1,16,1,1] y, float[1,16,64,64] d) { a = Conv(x, v) b = GlobalAveragePool(a) "
      "y = Conv(b, w) d = Conv<group = 16>(a, u) }");
  onnx::GraphProto& graph = *model.proto().mutable_graph();
  test_support::add_random_initializer(graph, "v", ElementType::float32, {16, 16, 1, 1}, 1);
  test_support::add_random_initializer(graph, "w", ElementType::float32, {16, 16, 1, 1}, 2);
  test_support::add_random_initializer(graph, "u", ElementType::float32, {16, 1, 1, 1}, 3);
  Seen seen;
  seen.usual("x", {1, 16, 64, 64}, 1).usual("a", {1, 16, 64, 64}, 1).usual("b", {1, 16, 1, 1}, 1);
  const Texts found = decisions(plan_quantization(QuantizationSurvey(model, seen.statistics, rules_for("openvino"))));
  EXPECT_EQ(found.at("a"), "quantized 0");
  EXPECT_EQ(found.at("y"), "computes too little to be worth its rounding");
  EXPECT_EQ(found.at("d"), "reads more than it computes, channel by channel");
}

TEST(PlanQuantization, LeavesBodiesAndWeightsWithoutScales) {
  Seen seen;
  seen.usual("x", {2, 2}, -1);
  const QuantizationSurvey body(model_of(R"(net (bool c, float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> {
      y = If(c) <then_branch = yes () => (float[2,2] t) { t = MatMul(x, w) }, else_branch = no () => (float[2,2] e) { e = Neg(x) }> })"),
                                seen.statistics, rules_for("openvino"));
  EXPECT_EQ(decisions(plan_quantization(body)).at("y/then_branch/t"), "stands in a body, whose values are not watched");
  model::Model broken =
      model_of("net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }");
  const std::vector<float> weights{1, std::nanf(""), 2, 3};
  model::Model::set_inline(*broken.proto().mutable_graph()->mutable_initializer(0), std::as_bytes(std::span(weights)));
  EXPECT_EQ(decisions(plan_quantization(QuantizationSurvey(broken, seen.statistics, rules_for("openvino")))).at("y"),
            "its weight holds NaN, infinities, or only tiny numbers");
}

constexpr const char* kAttention = R"(net (float[2,8,4] q, float[2,4,8] k, float[2,8,4] v) => (float[2,8,4] y) {
    s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v) })";

TEST(PlanQuantization, MultipliesActivationsWhereThatIsQuick) {
  Seen seen;
  seen.value("q", {2, 8, 4}, {-127, 5})
      .value("k", {2, 4, 8}, {3, 254})
      .value("v", {2, 8, 4}, {-1, 63.5F})
      .value("p", {2, 8, 8}, {0, 1});
  const QuantizationPlan plan =
      plan_quantization(QuantizationSurvey(model_of(kAttention), seen.statistics, rules_for("openvino")));
  EXPECT_EQ(decisions(plan).at("s"), "quantized 0 1");
  EXPECT_EQ(decisions(plan).at("y"), "quantized 0 1");
  EXPECT_EQ(values(plan), (Texts{{"q", "1.000000 0"}, {"k", "2.000000 0"}, {"v", "0.500000 0"}, {"p", "0.003922 0"}}));
  EXPECT_EQ(plan.values.at("k").grid.type, ElementType::int8);
  EXPECT_EQ(plan.values.at("p").grid.type, ElementType::uint8);
  const QuantizationSurvey other(model_of(kAttention), seen.statistics, rules_for("onnxruntime"));
  EXPECT_EQ(decisions(plan_quantization(other)).at("s"), "multiplies two activations");
}

TEST(PlanQuantization, LeavesAProductThatSharesItsInputWithALayer) {
  Seen seen;
  seen.usual("q", {8, 8}, -1).usual("k", {8, 8}, -1);
  model::Model model = model_of(
      "net (float[8,8] q, float[8,8] k) => (float[8,8] y, float[8,8] z) { y = MatMul(q, k) z = MatMul(q, w) }");
  test_support::add_random_initializer(*model.proto().mutable_graph(), "w", ElementType::float32, {8, 8}, 1);
  const QuantizationPlan plan = plan_quantization(QuantizationSurvey(model, seen.statistics, rules_for("openvino")));
  EXPECT_EQ(decisions(plan), (Texts{{"y", "shares an input with a layer of unsigned ones"}, {"z", "quantized 0"}}));
  EXPECT_EQ(plan.values.at("q").grid.type, ElementType::uint8);
}

TEST(PlanQuantization, QuantizesTheOtherTermOfASumForTensorRT) {
  model::Model model = model_of(
      "net (float[1,16,8,8] x) => (float[1,16,8,8] y) { r = Relu(x) a = Conv(r, w) s = Add(r, a) y = Neg(s) }");
  test_support::add_random_initializer(*model.proto().mutable_graph(), "w", ElementType::float32, {16, 16, 1, 1}, 1);
  Seen seen;
  seen.usual("r", {1, 16, 8, 8}, 1).usual("a", {1, 16, 8, 8}, 1);
  const QuantizationPlan plan = plan_quantization(QuantizationSurvey(model, seen.statistics, rules_for("tensorrt")));
  EXPECT_EQ(decisions(plan).at("s"), "quantized 0");
  EXPECT_EQ(values(plan).size(), 1u);
}

TEST(PlanQuantization, CorrectsByWhatWasSeenOfChannels) {
  QuantizationRules rules = rules_for("openvino");
  rules.corrects_means = true;
  Seen seen;
  seen.value("x", {1, 2, 8, 8}, std::vector<float>(64, 8), 1);  // both channels hold 8
  const char* body = "net (float[1,2,8,8] x) => (float[1,1,N,M] y) <float[1,2,1,1] w = {127, 1.25}> { y = Conv(x, w) }";
  EXPECT_EQ(
      plan_quantization(QuantizationSurvey(model_of(body), seen.statistics, rules)).nodes.at("y").figures->lost_means,
      (std::vector<double>{0.25 * 8}));
  // Each element of a transposed convolution gets every fourth tap.
  const char* transposed =
      R"(net (float[1,2,8,8] x) => (float[1,1,N,M] y) <float[2,1,2,2] w = {127, 1.25, 0, 0, 0, 1.5, 0, 0}> {
      y = ConvTranspose<strides = [2, 2]>(x, w) })";
  EXPECT_EQ(plan_quantization(QuantizationSurvey(model_of(transposed), seen.statistics, rules))
                .nodes.at("y")
                .figures->lost_means,
            (std::vector<double>{(0.25 - 0.5) * 8 / 4}));
  // Along another axis it says nothing of channels.
  Seen rows;
  rows.value("x", {1, 2, 2, 8}, {8}, 2);
  EXPECT_TRUE(plan_quantization(QuantizationSurvey(model_of(body), rows.statistics, rules))
                  .nodes.at("y")
                  .figures->lost_means.empty());
}

TEST(PlanQuantization, SmoothsWhatOnlyLayersOfOneWidthRead) {
  QuantizationRules rules = rules_for("openvino");
  rules.smooths = true;
  std::vector<float> loud(64, 1);
  std::fill(loud.begin(), loud.begin() + 16, 64.0F);  // channel 0 of 4
  Seen seen;
  seen.value("x", {1, 4, 4, 4}, loud, 1);
  const auto smoothed = [&](const char* body) {
    model::Model model = model_of(body);
    onnx::GraphProto& graph = *model.proto().mutable_graph();
    for (const char* name : {"v", "w"})
      test_support::add_random_initializer(graph, name, ElementType::float32, {4, 4, 1, 1}, 5);
    test_support::add_random_initializer(graph, "u", ElementType::float32, {4, 2, 1, 1}, 5);
    const QuantizationPlan plan = plan_quantization(QuantizationSurvey(model, seen.statistics, rules));
    if (!plan.nodes.at("y").is_quantized) ADD_FAILURE() << plan.nodes.at("y").reason;
    EXPECT_EQ(plan.nodes.at("y").figures->factors, plan.values.at("x").grid.factors);
    return !plan.values.at("x").grid.factors.empty();
  };
  EXPECT_TRUE(
      smoothed("net (float[1,4,4,4] x) => (float[1,4,4,4] y, float[1,4,4,4] z) { y = Conv(x, v) z = Conv(x, w) }"));
  // The second layer reads two channels of its group each, and cannot take four factors.
  EXPECT_FALSE(smoothed(
      "net (float[1,4,4,4] x) => (float[1,4,4,4] y, float[1,4,4,4] z) { y = Conv(x, v) z = Conv<group = 2>(x, u) }"));
}

}  // namespace
}  // namespace autoaccel::quantize
