#include "quantize/insert_qdq.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "quantize/qdq_models.h"
#include "support/models.h"

namespace autoaccel::quantize {
namespace {

using rewrite::expect_valid;
using rewrite::model_of;
using rewrite::text_of;

/// The model with all that can be on integers.
model::Model quantized(const model::Model& model, const Seen& seen, const QuantizationRules& rules,
                       rewrite::PassReport* report = nullptr, const std::set<std::string>& keep = {}) {
  rewrite::PassReport unread;
  model::Model result = Int8Static(model, seen.statistics, rules).with_kept(keep, report == nullptr ? unread : *report);
  expect_valid(result);
  return result;
}

TEST(InsertQdq, MakesPairsAndIntegerWeights) {
  // x: scale 1/64, zero point 32. Columns of w: scales 2 and 1; 3/2 is 1.5, which goes to the even 2.
  const model::Model before =
      model_of("net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {254, 127, 3, -2}> { y = MatMul(x, w) }");
  const model::Model after = model_of(R"(net (float[2,2] x) => (float[2,2] y)
      <float x_scale = {0.015625}, uint8 x_zero_point = {32}, float[2] w_scale = {2, 1}, int8[2] w_zero_point = {0, 0}, int8[2,2] w_int8 = {127, 127, 2, -2}> {
        x_quantized = QuantizeLinear(x, x_scale, x_zero_point)
        x_dequantized = DequantizeLinear(x_quantized, x_scale, x_zero_point)
        w_dequantized = DequantizeLinear<axis = 1>(w_int8, w_scale, w_zero_point)
        y = MatMul(x_dequantized, w_dequantized) })");
  rewrite::PassReport report;
  EXPECT_EQ(text_of(quantized(before, Seen().usual("x", {2, 2}, -1), rules_for("openvino"), &report)), text_of(after));
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nodes_kept, 0);
  EXPECT_EQ(report.weights_converted, 1);
  EXPECT_EQ(report.notes, (std::vector<std::string>{"1 weights stored as int8 by output channel"}));
}

TEST(InsertQdq, GivesEveryReaderOfAClosedValueIntegersAndBiasesAsInt32) {
  // s_x · s_v = 1/64 · 1: the bias 0.75 is 48 steps. The Neg reads what the convolution's Q left.
  const model::Model before =
      model_of(R"(net (float[1,1,2,2] x) => (float[1,1,2,2] y) <float[1,1,1,1] v = {127}, float[1] b = {0.75}> {
      a = Conv(x, v, b) y = Neg(a) })");
  const model::Model after = model_of(R"(net (float[1,1,2,2] x) => (float[1,1,2,2] y)
      <float a_scale = {0.015625}, uint8 a_zero_point = {32}, float x_scale = {0.015625}, uint8 x_zero_point = {32},
       float[1] v_scale = {1}, int8[1] v_zero_point = {0}, int8[1,1,1,1] v_int8 = {127},
       int32[1] b_int32 = {48}, float[1] b_scale = {0.015625}, int32[1] b_zero_point = {0}> {
        x_quantized = QuantizeLinear(x, x_scale, x_zero_point)
        x_dequantized = DequantizeLinear(x_quantized, x_scale, x_zero_point)
        v_dequantized = DequantizeLinear<axis = 0>(v_int8, v_scale, v_zero_point)
        b_dequantized = DequantizeLinear<axis = 0>(b_int32, b_scale, b_zero_point)
        a = Conv(x_dequantized, v_dequantized, b_dequantized)
        a_quantized = QuantizeLinear(a, a_scale, a_zero_point)
        a_dequantized = DequantizeLinear(a_quantized, a_scale, a_zero_point)
        y = Neg(a_dequantized) })");
  const Seen seen = Seen().usual("x", {1, 1, 2, 2}, 1).usual("a", {1, 1, 2, 2});
  EXPECT_EQ(text_of(quantized(before, seen, rules_for("onnxruntime"))), text_of(after));
}

TEST(InsertQdq, GivesLostMeansBackInTheBias) {
  QuantizationRules rules = rules_for("openvino");
  rules.corrects_means = true;
  // 1.25 becomes 1: 0.25 · 8 are lost, in the mean of an input of 8.
  const Seen conv = Seen().value("x", {1, 2, 8, 8}, {8}, 1);
  const Seen matrix = Seen().value("x", {8, 2}, {8}, -1);
  const auto bias_in = [&](const char* body, const Seen& seen) {
    const model::Model result = quantized(model_of(body), seen, rules);
    for (const auto& tensor : result.proto().graph().initializer()) {
      if (!tensor.name().ends_with("_corrected")) continue;
      const Tensor bias = result.read_weight(tensor);
      return autoaccel::to_text(bias.shape()) + " " + std::to_string(bias.as<float>()[0]);
    }
    return std::string("none");
  };
  EXPECT_EQ(bias_in("net (float[1,2,8,8] x) => (float[1,1,N,M] y) <float[1,2,1,1] w = {127, 1.25}, float[1] b = {3}> { "
                    "y = Conv(x, w, b) }",
                    conv),
            "[1] 5.000000");
  EXPECT_EQ(
      bias_in("net (float[1,2,8,8] x) => (float[1,1,N,M] y) <float[1,2,1,1] w = {127, 1.25}> { y = Conv(x, w) }", conv),
      "[1] 2.000000");
  EXPECT_EQ(bias_in("net (float[8,2] x) => (float[8,1] y) <float[2,1] w = {127, 1.25}, float[1,1] b = {3}> { a = "
                    "MatMul(x, w) y = Add(b, a) }",
                    matrix),
            "[1, 1] 5.000000");
  // Nobody adds anything behind it, and an Add of its own would cost more than it brings.
  EXPECT_EQ(bias_in("net (float[8,2] x) => (float[8,1] y) <float[2,1] w = {127, 1.25}> { a = MatMul(x, w) y = Neg(a) }",
                    matrix),
            "none");
}

TEST(InsertQdq, DividesBeforeAndMultipliesTheWeights) {
  QuantizationRules rules = rules_for("openvino");
  rules.smooths = true;
  std::vector<float> loud(64, 1);
  std::fill(loud.begin(), loud.begin() + 16, 64.0F);  // channel 0 of 4
  const Seen seen = Seen().value("x", {1, 4, 4, 4}, loud, 1);
  model::Model before = model_of("net (float[1,4,4,4] x) => (float[1,4,4,4] y) { y = Conv(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {4, 4, 1, 1}, 5);
  const Int8Static quantizer(before, seen.statistics, rules);
  const Grid& grid = *quantizer.survey().grid("x");
  ASSERT_EQ(grid.factors.size(), 4u);
  rewrite::PassReport report;
  const model::Model result = quantizer.with_kept({}, report);
  expect_valid(result);
  const onnx::GraphProto& graph = result.proto().graph();
  ASSERT_EQ(graph.node(0).op_type(), "Mul");
  EXPECT_EQ(graph.node(1).input(0), graph.node(0).output(0));
  const model::GraphView view(result, graph);
  const Tensor inverse = *view.constant_value("x_smoothing");
  EXPECT_EQ(autoaccel::to_text(inverse.shape()), "[4, 1, 1]");
  const Tensor stored = *view.constant_value("w_int8");
  const Tensor scales = *view.constant_value("w_scale");
  const Tensor weight = before.read_weight(before.proto().graph().initializer(0));
  for (std::size_t i = 0; i < 16; ++i) {
    const float scale = scales.as<float>()[i / 4];
    EXPECT_EQ(inverse.as<float>()[i % 4], 1 / grid.factors[i % 4]);
    EXPECT_NEAR(stored.as<std::int8_t>()[i] * scale, weight.as<float>()[i] * grid.factors[i % 4], scale * 0.5F) << i;
  }
}

TEST(InsertQdq, QuantizesConstantsOfFollowers) {
  const char* body = R"(net (float[1,2,8,8] x) => (float[1,2,8,8] y)
      <float[2,2,1,1] v = {1, 2, 3, 4}, float[2,2,1,1] w = {1, 2, 3, 4}, float[1] k = {-2}> { a = Conv(x, v) m = Mul(a, k) b = Conv(m, w) y = Neg(b) })";
  const Seen seen =
      Seen().usual("x", {1, 2, 8, 8}).usual("a", {1, 2, 8, 8}).usual("m", {1, 2, 8, 8}).usual("b", {1, 2, 8, 8});
  const model::Model result = quantized(model_of(body), seen, rules_for("onnxruntime"));
  const model::GraphView view(result, result.proto().graph());
  // [−2, 0] in 255 steps: −2 is 0, and 0 is 255.
  EXPECT_EQ(view.constant_value("k_uint8")->as<std::uint8_t>()[0], 0);
  EXPECT_EQ(view.constant_value("k_zero_point")->as<std::uint8_t>()[0], 255);
  EXPECT_FLOAT_EQ(view.constant_value("k_scale")->as<float>()[0], 2.0F / 255);
  EXPECT_EQ(view.producer("m")->input(1), "k_dequantized");
}

TEST(InsertQdq, KeepsAWeightThatOthersReadAndSharesItsIntegers) {
  model::Model before = model_of(R"(net (float[8,8] x, float[8,8] z) => (float[8,8] y, float[8,8] u, float[8,8] n) {
      y = MatMul(x, w) u = MatMul(z, w) n = Neg(w) })");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {8, 8}, 1);
  rewrite::PassReport report;
  const model::Model result =
      quantized(before, Seen().usual("x", {8, 8}).usual("z", {8, 8}), rules_for("openvino"), &report);
  EXPECT_EQ(report.weights_converted, 1);
  const model::GraphView view(result, result.proto().graph());
  EXPECT_EQ(view.producer("n")->input(0), "w");
  EXPECT_EQ(view.producer("y")->input(1), view.producer("u")->input(1));
}

TEST(InsertQdq, ConvertsBigWeightsWhenTheModelIsSaved) {
  model::Model before = model_of("net (float[8,64] x) => (float[8,64] y) { y = MatMul(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {64, 64}, 1);
  const model::Model result = quantized(before, Seen().usual("x", {8, 64}), rules_for("openvino"));
  const model::GraphView view(result, result.proto().graph());
  const onnx::TensorProto* stored = view.initializer("w_int8");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->data_location(), onnx::TensorProto::EXTERNAL);
  const Tensor weight = before.read_weight(before.proto().graph().initializer(0));
  const Tensor integers = result.read_weight(*stored);
  const Tensor scales = *view.constant_value("w_scale");
  for (std::size_t i = 0; i < 64 * 64; ++i) {
    const float scale = scales.as<float>()[i % 64];
    ASSERT_NEAR(integers.as<std::int8_t>()[i] * scale, weight.as<float>()[i], scale * 0.5001F) << i;
  }
}

TEST(InsertQdq, CountsWhatStaysFloat) {
  rewrite::PassReport report;
  const model::Model before = model_of(
      "net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { a = MatMul(x, w) b = Tanh(a) y = MatMul(b, "
      "w) }");
  quantized(before, Seen().usual("x", {2, 2}).usual("b", {2, 2}), rules_for("openvino"), &report, {"y"});
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nodes_kept, 1);
  EXPECT_EQ(report.kept_by_reason, (std::map<std::string, int>{{"MatMul: asked to stay float", 1}}));
}

}  // namespace
}  // namespace autoaccel::quantize
