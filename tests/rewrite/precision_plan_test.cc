#include "rewrite/precision_plan.h"

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

using Plan = std::map<std::string, std::string>;

TEST(PrecisionPlan, ConvertsWhatCanBe) {
  EXPECT_EQ(plan_of("net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1,2,3,4}> { a = MatMul(x, w) y = Relu(a) }"),
            (Plan{{"a", "low"}, {"y", "low"}}));
}

TEST(PrecisionPlan, LeavesOutWhatHasNoFloat32OrTakesEither) {
  EXPECT_EQ(plan_of("net (float[2] x, int64[2] i, double[2] d) => (int64[2] s, int64[2] j, double[2] e) "
                    "{ s = Shape(x) j = Add(i, i) e = Mul(d, d) }"),
            Plan{});
}

TEST(PrecisionPlan, KeepsByTheOperatorsRule) {
  EXPECT_EQ(plan_of("net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) y = Exp(a) }"),
            (Plan{{"a", "low"}, {"y", "results leave the range of 16 bits"}}));
}

TEST(PrecisionPlan, KeepsByTheSchema) {
  EXPECT_EQ(plan_of("net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) y = Celu(a) }", {}, 12)["y"],
            "not defined for float16 in opset 12");
  EXPECT_EQ(
      plan_of("net (float[2,2] x) => (float[2,2] y) { y = MatMul(x, x) }", {.low = ElementType::bfloat16}, 12)["y"],
      "not defined for bfloat16 in opset 12");
  EXPECT_EQ(
      plan_of("net (float[2,2] x) => (float[2,2] y) { y = MatMul(x, x) }", {.low = ElementType::bfloat16}, 13)["y"],
      "low");
}

TEST(PrecisionPlan, KeepsWhatItIsAskedTo) {
  const std::string_view body = "net (float[2,2] x) => (float[2,2] y) { [first] a = MatMul(x, x) y = MatMul(a, a) }";
  const Plan kept_first{{"a", "asked to stay float32"}, {"y", "low"}};
  EXPECT_EQ(plan_of(body, {.keep = {"first"}}), kept_first);  // by name
  EXPECT_EQ(plan_of(body, {.keep = {"a"}}), kept_first);      // by id
}

TEST(PrecisionPlan, ConvertsAgainstTheRulesButNotAgainstTheSchema) {
  EXPECT_EQ(plan_of("net (float[2] x) => (float[2] y) { y = Exp(x) }", {.convert = {"y"}})["y"], "low");
  EXPECT_EQ(
      plan_of("net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) y = Celu(a) }", {.convert = {"y"}}, 12)["y"],
      "not defined for float16 in opset 12");
  EXPECT_EQ(plan_of("net (float[2] x) => (float[2] y) { y = custom.Twice(x) }", {.convert = {"y"}})["y"],
            "an operator that this opset does not define");
}

TEST(PrecisionPlan, KeepsSumsByTheirLength) {
  const std::string tail = " y = ReduceSum(a, axes) }";
  const auto sum_over = [&](const std::string& dims, std::map<std::string, Shape> shapes = {}) {
    return plan_of("net (float[" + dims + "] x) => (float[M,K] y) <int64[1] axes = {1}> { a = MatMul(x, x)" + tail,
                   {.input_shapes = std::move(shapes)})["y"];
  };
  EXPECT_EQ(sum_over("2048,2048"), "low");
  EXPECT_EQ(sum_over("2049,2049"), "adds up more than 2048 elements");
  EXPECT_EQ(sum_over("N,N"), "adds up an unknown number of elements");
  EXPECT_EQ(sum_over("N,N", {{"x", {64, 64}}}), "low");
}

TEST(PrecisionPlan, CountsAllAxesOfASumWithoutAxes) {
  const auto sum = [](const std::string& dims) {
    return plan_of("net (float[" + dims +
                   "] x) => (float[] y) { a = MatMul(x, x) y = ReduceSum<keepdims = 0>(a) }")["y"];
  };
  EXPECT_EQ(sum("45,45"), "low");                              // 2025
  EXPECT_EQ(sum("46,46"), "adds up more than 2048 elements");  // 2116
}

TEST(PrecisionPlan, KeepsScattersThatCompute) {
  const auto scatter = [](const std::string& attribute) {
    return plan_of("net (float[4,4] x, int64[1,1] i, float[1,4] u) => (float[4,4] y) { a = MatMul(x, x) y = ScatterND" +
                   attribute + "(a, i, u) }")["y"];
  };
  EXPECT_EQ(scatter(""), "low");
  EXPECT_EQ(scatter("<reduction = \"none\">"), "low");
  EXPECT_EQ(scatter("<reduction = \"add\">"), "computes where elements meet, which runtimes do not do in float16");
}

TEST(PrecisionPlan, KeepsStatisticsInOtherTypes) {
  const auto norm = [](const std::string& attribute) {
    return plan_of("net (float[2,2] x, float[2] s) => (float[2,2] y) { a = MatMul(x, x) y = LayerNormalization" +
                   attribute + "(a, s) }")["y"];
  };
  EXPECT_EQ(norm(""), "low");
  EXPECT_EQ(norm("<stash_type = 16>"), "computes its statistics in another type than float32");
}

TEST(PrecisionPlan, KeepsWhereLargeValuesWereSeen) {
  const std::string_view body =
      "net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) b = MatMul(a, x) y = MatMul(b, x) }";
  // Half of 65504 is 32752.
  const Plan plan = plan_of(body, {.observed = {{"a", 32753.0}, {"b", 32752.0}}});
  EXPECT_EQ(plan, (Plan{{"a", "values above 32752 were seen"}, {"b", "values above 32752 were seen"}, {"y", "low"}}));
}

TEST(PrecisionPlan, GivesBackLightNodesBetweenFloat32Ones) {
  const Plan plan = plan_of("net (float[2] x) => (float[2] y) { a = Exp(x) b = Relu(a) y = Exp(b) }");
  EXPECT_EQ(plan.at("b"), "stands between float32 nodes");
}

TEST(PrecisionPlan, KeepsHeavyNodesLowBetweenFloat32Ones) {
  const Plan plan = plan_of("net (float[2,2] x) => (float[2,2] y) { a = Exp(x) b = MatMul(a, a) y = Exp(b) }");
  EXPECT_EQ(plan.at("b"), "low");
}

TEST(PrecisionPlan, KeepsAGroupLowThatIsLargerThanItsCasts) {
  // Three nodes, two casts (a and d): worth it. Inputs and outputs of the model count for nothing.
  const Plan plan =
      plan_of("net (float[2] x) => (float[2] y) { a = Exp(x) b = Relu(a) c = Neg(b) d = Abs(c) y = Exp(d) }");
  EXPECT_EQ(plan.at("b"), "low");
  EXPECT_EQ(plan.at("c"), "low");
  EXPECT_EQ(plan.at("d"), "low");
  EXPECT_EQ(plan_of("net (float[2] x) => (float[2] y) { y = Relu(x) }").at("y"), "low");
}

TEST(PrecisionPlan, LooksIntoBodies) {
  const Plan plan = plan_of(R"(net (bool c, float[2,2] x) => (float[2,2] y) {
    y = If(c) <then_branch = yes () => (float[2,2] t) { t = MatMul(x, x) },
               else_branch = no () => (float[2,2] e) { e = Exp(x) }> })");
  EXPECT_EQ(plan, (Plan{{"y", "values cross the borders of its bodies in float32"},
                        {"y/then_branch/t", "low"},
                        {"y/else_branch/e", "results leave the range of 16 bits"}}));
}

TEST(PrecisionPlan, LeavesOperatorsOfOtherDomains) {
  EXPECT_EQ(plan_of("net (float[2,2] x) => (float[2,2] y) { y = custom.MatMul(x, x) }")["y"],
            "operators of other domains keep their types");
}

}  // namespace
}  // namespace autoaccel::rewrite
