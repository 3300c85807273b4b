#include <algorithm>

#include "rewrite/sensitive_nodes.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

constexpr const char* kNormalisation = "part of a normalisation or magnitude";
constexpr const char* kExact = "computes integers (shapes, indices, counts)";
constexpr const char* kFromIntegers = "computed from integers (positions, counts)";

/// Names of outputs of the nodes that keep_sensitive_chains keeps, in order, each with `: reason` where it differs.
std::string kept_in(std::string_view body, const std::string& reason, int opset = 17) {
  model::Model model = model_of(body, opset);
  const ValueTable table(model.proto());
  KeptNodes kept;
  keep_sensitive_chains(model, table, kept);
  std::string names;
  for (const PlacedNode& placed : table.nodes()) {
    const auto found = kept.find(placed.node);
    if (found == kept.end()) continue;
    names += (names.empty() ? "" : " ") + placed.id;
    if (found->second != reason) names += ": " + found->second;
  }
  return names;
}

TEST(SensitiveChains, LayerNormalisationWrittenOut) {
  // As PyTorch writes it: the mean, the centred value, variance, root and quotient stay; scale and shift do not.
  EXPECT_EQ(kept_in(R"(net (float[2,8] x, float[8] g, float[8] b) => (float[2,8] y)
                       <float two = {2}, float eps = {0.001}> {
                         m = ReduceMean<axes = [-1]>(x) c = Sub(x, m) q = Pow(c, two) v = ReduceMean<axes = [-1]>(q)
                         e = Add(v, eps) r = Sqrt(e) n = Div(c, r) s = Mul(n, g) y = Add(s, b) })",
                    kNormalisation),
            "m c q v e r n");
}

TEST(SensitiveChains, RootMeanSquareNormalisation) {
  EXPECT_EQ(kept_in(R"(net (float[2,8] x, float[8] g) => (float[2,8] y)
                       <float two = {2}, float eps = {0.001}> {
                         w = MatMul(x, x) q = Pow(w, two) v = ReduceMean<axes = [-1]>(q) e = Add(v, eps)
                         r = Sqrt(e) i = Reciprocal(r) n = Mul(w, i) y = Mul(g, n) })",
                    kNormalisation),
            "q v e r i n");
}

TEST(SensitiveChains, VarianceAsDifferenceOfSquares) {
  // E[x²] − E[x]², as Flax writes it, with the means as sums times 1/n, and 1/root times the scale before the product.
  EXPECT_EQ(kept_in(R"(net (float[2,8] x) => (float[2,8] y)
                       <float n = {0.125}, float zero = {0}, float eps = {0.001}, float[8] g = {1,1,1,1,1,1,1,1}> {
                         s = ReduceSum<axes = [1], keepdims = 1>(x) m = Mul(s, n)
                         q = Mul(x, x) t = ReduceSum<axes = [1], keepdims = 1>(q) u = Mul(t, n)
                         mm = Mul(m, m) d = Sub(u, mm) v = Max(d, zero) e = Add(v, eps) r = Sqrt(e) i = Reciprocal(r)
                         ig = Mul(i, g) c = Sub(x, m) y = Mul(c, ig) })",
                    kNormalisation, 12),
            "s m q t u mm d v e r i ig y");
}

TEST(SensitiveChains, MagnitudeOfAComplexNumber) {
  EXPECT_EQ(kept_in(R"(net (float[2] re, float[2] im) => (float[2] y) <float two = {2}> {
                         a = Pow(re, two) b = Pow(im, two) s = Add(a, b) y = Sqrt(s) })",
                    kNormalisation),
            "a b s y");
}

TEST(SensitiveChains, NormByReduceL2) {
  EXPECT_EQ(kept_in(R"(net (float[2,8] x) => (float[2,8] y) <float eps = {0.001}> {
                         w = MatMul(x, x) n = ReduceL2<axes = [1]>(w) c = Max(n, eps) y = Div(w, c) })",
                    kNormalisation),
            "n c y");
}

TEST(SensitiveChains, ARootOfSomethingElseIsNone) {
  EXPECT_EQ(kept_in("net (float[2] x, float[2] z) => (float[2] y) { a = Mul(x, z) r = Sqrt(a) y = Div(x, r) }", ""),
            "");
}

TEST(SensitiveChains, SoftmaxWrittenOut) {
  EXPECT_EQ(kept_in(R"(net (float[2,8] x) => (float[2,8] y) <int64[1] axes = {1}> {
                         m = ReduceMax<axes = [1]>(x) d = Sub(x, m) e = Exp(d) s = ReduceSum(e, axes) y = Div(e, s) })",
                    "part of a softmax or exponential"),
            "d s y");  // Exp itself stays by the operator's rule
}

TEST(SensitiveChains, WhatBecomesIntegers) {
  EXPECT_EQ(kept_in(R"(net (float[2,2] x, float[1] s) => (int64[1] y) <float[1] h = {0.5}> {
                         w = MatMul(x, x) a = Mul(s, h) b = Floor(a) y = Cast<to = 7>(b) z = Relu(w) })",
                    kExact),
            "a b");
}

TEST(SensitiveChains, IntegersOfImagesAndFlagsAreNone) {
  EXPECT_EQ(
      kept_in("net (float[2] x) => (uint8[2] y, bool[2] z) { a = Neg(x) y = Cast<to = 2>(a) z = Cast<to = 9>(a) }", ""),
      "");
}

TEST(SensitiveChains, ScalesOfResize) {
  EXPECT_EQ(kept_in(R"(net (float[1,1,2,2] x, float[4] s) => (float[1,1,A,B] y) <float[1] h = {0.5}> {
                         a = Mul(s, h) r = Relu(x) y = Resize(r, , a) })",
                    "computes the scales of a Resize"),
            "a");
}

TEST(SensitiveChains, ArgumentsOfSinesEvenThroughAMatMul) {
  EXPECT_EQ(kept_in(R"(net (float[1,4] t) => (float[4,4] y, float[4,4] z) <float[4,1] f = {1,2,3,4}> {
                         a = MatMul(f, t) b = Transpose(a) y = Sin(b) z = Relu(a) })",
                    "computes the argument of a sine"),
            "a b");
}

TEST(SensitiveChains, LayersBetweenSinesAreNoAngles) {
  // The first product makes angles of the inputs; the second is a layer like any other.
  EXPECT_EQ(kept_in(R"(net (float[4,4] t) => (float[4,4] y) <float[4] b = {1,2,3,4}> {
                         a = MatMul(t, t) s = Sin(a) h = MatMul(s, s) c = Add(h, b) y = Sin(c) })",
                    "computes the argument of a sine"),
            "a c");
}

TEST(SensitiveChains, StopAtConvolutions) {
  EXPECT_EQ(kept_in(R"(net (float[1,1,4,4] x, float[1,1,1,1] w) => (int64[1,1,4,4] y) {
                         a = Relu(x) c = Conv(a, w) b = Neg(c) y = Cast<to = 7>(b) })",
                    kExact),
            "b");
}

TEST(SensitiveChains, PositionsComputedFromIntegers) {
  EXPECT_EQ(kept_in(R"(net (int64[4] i, float[4,4] x) => (float[4,4] y) <float h = {0.5}> {
                         f = Cast<to = 1>(i) a = Add(f, h) b = Mul(a, h) y = Add(x, b) })",
                    kFromIntegers),
            "a b");  // the last Add also reads what is no position
}

TEST(SensitiveChains, FlagsAndBytesAsFloatsAreNoPositions) {
  EXPECT_EQ(kept_in(R"(net (bool[4] m, uint8[4] p) => (float[4] y, float[4] z) <float h = {0.5}> {
                         f = Cast<to = 1>(m) y = Mul(f, h) g = Cast<to = 1>(p) z = Mul(g, h) })",
                    ""),
            "");
}

TEST(SensitiveChains, NeighboursOfQuantizeAndDequantize) {
  EXPECT_EQ(kept_in(R"(net (uint8[2,2] q, float s, uint8 z, float[2,2] x) => (uint8[2,2] y) {
                         d = DequantizeLinear(q, s, z) a = MatMul(d, x) b = Relu(a) y = QuantizeLinear(b, s, z) c = Neg(x) })",
                    "part of a quantized region"),
            "a b");
}

TEST(SensitiveChains, CrossTheBordersOfBodies) {
  EXPECT_EQ(kept_in(R"(net (bool c, float[1] s) => (int64[1] y) <float[1] h = {0.5}> {
                         a = Mul(s, h)
                         y = If(c) <then_branch = yes () => (int64[1] t) { f = Floor(a) t = Cast<to = 7>(f) },
                                    else_branch = no () => (int64[1] e) { e = Constant<value_ints = [1]>() }> })",
                    kExact),
            "a y/then_branch/f");
}

}  // namespace
}  // namespace autoaccel::rewrite
