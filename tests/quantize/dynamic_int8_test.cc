#include "quantize/dynamic_int8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "quantize/judge.h"
#include "quantize/statistics.h"
#include "support/models.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {
namespace {

using rewrite::applied;
using rewrite::expect_untouched;
using rewrite::expect_valid;
using rewrite::model_of;
using rewrite::PassContext;
using rewrite::PassReport;
using rewrite::text_of;

// Columns (127, −127) and (254, 0): scales 1 and 2.
constexpr const char* kProduct =
    "net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {127, 254, -127, 0}> { y = MatMul(x, w) }";

TEST(QuantizeDynamically, MultipliesIntegers) {
  PassReport report;
  const model::Model model = applied(kQuantizeDynamically, model_of(kProduct), {}, &report);
  EXPECT_EQ(text_of(model), text_of(model_of(R"(net (float[N,2] x) => (float[N,2] y)
      <int8[2,2] w_int8 = {127, 127, -127, 0}, float[2] w_scale = {1, 2}> {
        x_uint8, x_scale, x_zero_point = DynamicQuantizeLinear(x)
        y_int32 = MatMulInteger(x_uint8, w_int8, x_zero_point)
        y_float = Cast <to = 1> (y_int32)
        y_scale = Mul(x_scale, w_scale)
        y = Mul(y_float, y_scale) })")));
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nodes_kept, 0);
}

TEST(QuantizeDynamically, TurnsRowsOfGemmAndAddsItsBias) {
  const model::Model model = applied(kQuantizeDynamically, model_of(R"(net (float[N,2] x) => (float[N,3] y)
      <float[3,2] w = {127, -127, 254, 0, 0, 63.5}, float[3] b = {1, 2, 3}> { y = Gemm <transB = 1> (x, w, b) })"));
  // Rows (127, −127), (254, 0), (0, 63.5) with scales 1, 2 and 0.5, as columns.
  EXPECT_EQ(text_of(model), text_of(model_of(R"(net (float[N,2] x) => (float[N,3] y)
      <float[3] b = {1, 2, 3}, int8[2,3] w_int8 = {127, 127, 0, -127, 0, 127}, float[3] w_scale = {1, 2, 0.5}> {
        x_uint8, x_scale, x_zero_point = DynamicQuantizeLinear(x)
        y_int32 = MatMulInteger(x_uint8, w_int8, x_zero_point)
        y_float = Cast <to = 1> (y_int32)
        y_scale = Mul(x_scale, w_scale)
        y_product = Mul(y_float, y_scale)
        y = Add(y_product, b) })")));
}

TEST(QuantizeDynamically, LooksAtAnActivationOnce) {
  const model::Model model =
      applied(kQuantizeDynamically, model_of(R"(net (float[N,2] x) => (float[N,2] y, float[N,2] z)
      <float[2,2] v = {127, 254, -127, 0}, float[2,2] w = {127, 254, -127, 0}> {
        y = MatMul(x, v) r = Relu(x) a = MatMul(x, w) z = Add(a, r) })"));
  int looks = 0, products = 0;
  for (const onnx::NodeProto& node : model.proto().graph().node()) {
    looks += node.op_type() == "DynamicQuantizeLinear";
    products += node.op_type() == "MatMulInteger";
  }
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(products, 2);
}

TEST(QuantizeDynamically, ConvertsWeightsOnSaving) {
  model::Model before = model_of("net (float[N,300] x) => (float[N,70] y) { y = MatMul(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {300, 70}, 3);
  const Tensor weight = before.read_weight(before.proto().graph().initializer(0));
  const model::Model model = applied(kQuantizeDynamically, before);
  EXPECT_LT(model.proto().ByteSizeLong(), 3000U);
  const auto& tensors = model.proto().graph().initializer();
  ASSERT_EQ(tensors.size(), 2);
  const Tensor integers = model.read_weight(tensors[0]), scales = model.read_weight(tensors[1]);
  for (std::size_t i = 0; i < 300 * 70; ++i) {
    const float scale = scales.as<float>()[i % 70];
    ASSERT_LE(std::abs(integers.as<std::int8_t>()[i] * scale - weight.as<float>()[i]), 0.5001F * scale) << i;
  }
}

TEST(QuantizeDynamically, RaisesTheOpset) {
  model::Model model = model_of(kProduct, 9);
  PassReport report;
  kQuantizeDynamically.apply(model, {}, report);
  EXPECT_EQ(model.opset(), 11);
  expect_valid(model);
}

TEST(QuantizeDynamically, TakesLayersInsideSubgraphs) {
  const model::Model model = applied(kQuantizeDynamically, model_of(R"(net (bool c, float[N,2] x) => (float[N,2] y)
      <float[2,2] w = {127, 254, -127, 0}> {
        y = If (c) <then_branch = t () => (float[N,2] p) { p = MatMul(x, w) },
                    else_branch = e () => (float[N,2] q) { q = Relu(x) }> })"));
  const onnx::GraphProto& branch = model.proto().graph().node(0).attribute(0).g();
  EXPECT_EQ(branch.node(0).op_type(), "DynamicQuantizeLinear");
  EXPECT_EQ(branch.node(4).output(0), "p");
}

TEST(QuantizeDynamically, LeavesOthers) {
  for (const char* body :
       {"net (float[N,2,8] x) => (float[N,2,8] y) <float[2,2,1] w = {1, 2, 3, 4}> { y = Conv(x, w) }",
        "net (float[2,2] x, float[2,2] w) => (float[2,2] y) { y = MatMul(x, w) }",
        "net (float[2,N] x) => (float[2,N] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(w, x) }",
        "net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = Gemm <alpha = 2.0> (x, w) }",
        "net (float[1,2,2] x) => (float[1,2,2] y) <float[1,2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }"}) {
    expect_untouched(kQuantizeDynamically, body);
  }
  expect_untouched(kQuantizeDynamically, kProduct, {.keep_nodes = {"y"}});
}

TEST(QuantizeDynamically, SaysWhyThereIsNothing) {
  const auto reason = [](model::Model model) {
    PassReport report;
    kQuantizeDynamically.apply(model, {}, report);
    return report.nothing_to_convert;
  };
  EXPECT_EQ(reason(model_of("net (float[2] x) => (float[2] y) { y = Relu(x) }")),
            "no MatMul or Gemm has constant float32 weights of two axes");
  model::Model broken = model_of(kProduct);
  onnx::TensorProto& weight = *broken.proto().mutable_graph()->mutable_initializer(0);
  const std::vector<float> values{1, 2, std::numeric_limits<float>::infinity(), 4};
  model::Model::set_inline(weight, std::as_bytes(std::span(values)));
  EXPECT_EQ(reason(std::move(broken)), "the weights of 1 MatMul and Gemm have no scale");
  // 4 multiply-adds beside 1000 · 1000 · 2.
  EXPECT_EQ(
      reason(model_of(R"(net (float[1,2] x, float[1000,1000] a, float[1000,2] b) => (float[1,2] y, float[1000,2] z)
                               <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) z = MatMul(a, b) })")),
      "the 1 MatMul and Gemm with constant weights compute too little");
}

TEST(QuantizeDynamically, BringsQuietChannelsUp) {
  // Channel 0 reaches 100, the other fifteen 1: they would be rounded to steps of 100 / 255.
  Statistics statistics;
  Tensor seen(ElementType::float32, {64, 16});
  for (std::size_t i = 0; i < 64 * 16; ++i)
    seen.as<float>()[i] = (i % 16 == 0 ? 100.0F : 1.0F) * std::sin(static_cast<float>(i));
  statistics.add("x", seen, -1);
  model::Model before = model_of("net (float[N,16] x) => (float[N,8] y) { y = MatMul(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {16, 8}, 5);
  const Tensor weight = before.read_weight(before.proto().graph().initializer(0));
  PassReport report;
  const model::Model model = applied(kQuantizeDynamically, before, {.statistics = &statistics}, &report);
  EXPECT_EQ(report.notes, std::vector<std::string>{"activations smoothed before 1 layers"});
  const onnx::GraphProto& graph = model.proto().graph();
  EXPECT_EQ(graph.node(0).op_type(), "Mul");
  EXPECT_EQ(graph.node(1).op_type(), "DynamicQuantizeLinear");
  EXPECT_EQ(graph.node(1).input(0), graph.node(0).output(0));
  std::map<std::string, Tensor> constants;
  for (const onnx::TensorProto& tensor : graph.initializer())
    constants.emplace(tensor.name(), model.read_weight(tensor));
  const auto inverse = constants.at("x_smoothing").as<float>();
  const auto integers = constants.at("w_int8").as<std::int8_t>();
  const auto scales = constants.at("w_scale").as<float>();
  EXPECT_EQ(inverse[0], 1);
  EXPECT_GT(inverse[1], 2);
  // (x · inverse) · (q · scale) ≈ x · w
  for (std::size_t i = 0; i < 16 * 8; ++i) {
    const float back = static_cast<float>(integers[i]) * scales[i % 8] * inverse[i / 8];
    EXPECT_NEAR(back, weight.as<float>()[i], 0.5001F * scales[i % 8] * inverse[i / 8]) << i;
  }
}

/// Too much noise where this weight is in integers.
class HurtBy final : public Judge {
 public:
  explicit HurtBy(std::string weight) : weight_(std::move(weight)) {}
  Score judge(const model::Model& candidate) override {
    bool hurts = false;
    for (const onnx::TensorProto& tensor : candidate.proto().graph().initializer())
      hurts |= tensor.name() == weight_ + "_int8";
    Score score;
    score.outputs.push_back(
        {.name = "y", .kind = "values", .noise = {hurts ? 1000.0 : 0.001}, .one_sample_more_db = 10});
    score.slack_db = slack_db_of(score.outputs[0].noise, 10);
    return score;
  }
  std::optional<double> seconds(const model::Model&) override { return std::nullopt; }

 private:
  std::string weight_;
};

TEST(QuantizeDynamically, KeepsTheLayerThatDoesTheDamage) {
  HurtBy judge("w");
  PassReport report;
  model::Model model = model_of(R"(net (float[2,2] x) => (float[2,2] y)
      <float[2,2] v = {127, 254, -127, 0}, float[2,2] w = {1, 2, 3, 4}> { a = MatMul(x, v) y = MatMul(a, w) })");
  kQuantizeDynamicallyWithinLimit.apply(model, {.judge = &judge}, report);
  expect_valid(model);
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nodes_kept, 1);
  EXPECT_EQ(report.kept_by_reason, (std::map<std::string, int>{{"MatMul and Gemm: asked to stay float", 1}}));
  EXPECT_EQ(model.proto().graph().node(model.proto().graph().node_size() - 1).op_type(), "MatMul");
  HurtBy all("v");
  PassReport refused;
  model::Model alone =
      model_of("net (float[2,2] x) => (float[2,2] y) <float[2,2] v = {1, 2, 3, 4}> { y = MatMul(x, v) }");
  EXPECT_THROW(kQuantizeDynamicallyWithinLimit.apply(alone, {.judge = &all}, refused), Error);
}

TEST(QuantizeDynamically, NeedsNoJudge) {
  PassReport report;
  const model::Model model = applied(kQuantizeDynamicallyWithinLimit, model_of(kProduct), {}, &report);
  EXPECT_EQ(text_of(model), text_of(applied(kQuantizeDynamically, model_of(kProduct))));
}

}  // namespace
}  // namespace autoaccel::quantize
