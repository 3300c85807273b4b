#include <string>

#include "support/rewrite/rewriting.h"

// Constants are small integers and halves, so every product is exact in float32.

namespace autoaccel::rewrite {
namespace {

TEST(FoldAffine, TakesAScaleAndAShiftByChannelIntoTheLayerBefore) {
  // (2x·5 + 1, 3x·7 − 1)
  expect_rewrite(kFoldAffine,
                 R"(net (float[N,1,H,W] x) => (float[N,2,H,W] y)
                    <float[2,1,1,1] w = {2, 3}, float[1,2,1,1] k = {5, 7}, float[2,1,1] b = {1, -1}>
                    { c = Conv(x, w) s = Mul(k, c) y = Add(s, b) })",
                 R"(net (float[N,1,H,W] x) => (float[N,2,H,W] y)
                    <float[2,1,1,1] w = {10, 21}, float[2] w_bias_1 = {1, -1}>
                    { y = Conv(x, w, w_bias_1) })");
}

TEST(FoldAffine, TakesADivisionADifferenceAndABiasThatIsThere) {
  // ((2x + 4) / 2) − 1 = x + 1; (3x + 8) / 2 − 1 = 1.5x + 3
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,1,2,2] x) => (float[1,2,2,2] y)
                    <float[2,1,1,1] w = {2, 3}, float[2] b = {4, 8}, float two = {2}, float one = {1}>
                    { c = Conv(x, w, b) d = Div(c, two) y = Sub(d, one) })",
                 R"(net (float[1,1,2,2] x) => (float[1,2,2,2] y)
                    <float[2,1,1,1] w = {1, 1.5}, float[2] w_bias_1 = {1, 3}>
                    { y = Conv(x, w, w_bias_1) })");
}

TEST(FoldAffine, TakesABatchNormalisation) {
  // variance + epsilon = 4, so scale = 6 / 2 and 8 / 2; shift = 1 − 5·3 and 2 − (−1)·4.
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,1,2,2] x) => (float[1,2,2,2] y)
                    <float[2,1,1,1] w = {2, 3}, float[2] g = {6, 8}, float[2] b = {1, 2}, float[2] m = {5, -1},
                     float[2] v = {3, 3}>
                    { c = Conv(x, w) y = BatchNormalization <epsilon = 1.0> (c, g, b, m, v) })",
                 R"(net (float[1,1,2,2] x) => (float[1,2,2,2] y)
                    <float[2,1,1,1] w = {6, 12}, float[2] w_bias = {-14, 6}>
                    { y = Conv(x, w, w_bias) })");
}

TEST(FoldAffine, KnowsTheOutputChannelsOfTransposedConvolutionsAndGemm) {
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,2,2,2] x) => (float[1,2,2,2] y)
                    <float[2,2,1,1] w = {1, 2, 3, 4}, float[2,1,1] k = {10, 100}>
                    { c = ConvTranspose(x, w) y = Mul(c, k) })",
                 R"(net (float[1,2,2,2] x) => (float[1,2,2,2] y)
                    <float[2,2,1,1] w = {10, 200, 30, 400}, float[2] w_bias = {0, 0}>
                    { y = ConvTranspose(x, w, w_bias) })");
  expect_rewrite(kFoldAffine,
                 R"(net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}, float[2] k = {10, 100}>
                    { c = Gemm(x, w) y = Mul(c, k) })",
                 R"(net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {10, 200, 30, 400}, float[2] w_bias = {0, 0}>
                    { y = Gemm(x, w, w_bias) })");
  expect_rewrite(kFoldAffine,
                 R"(net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}, float[2] k = {10, 100}>
                    { c = Gemm <transB = 1> (x, w) y = Mul(c, k) })",
                 R"(net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {10, 20, 300, 400}, float[2] w_bias = {0, 0}>
                    { y = Gemm <transB = 1> (x, w, w_bias) })");
}

TEST(FoldAffine, TakesAScaleIntoTheConvolutionsThatReadIt) {
  // Two groups of one channel each, and a convolution over both channels.
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,2,H,W] x) => (float[1,2,H,W] y, float[1,1,A,B] z)
                    <float[2,1,1,1] v = {1, 2}, float[1,2,1,2] w = {1, 2, 3, 4}, float[1,2,1,1] k = {10, 100}>
                    { r = Relu(x) s = Mul(r, k) y = Conv <group = 2> (s, v) z = Conv(s, w) })",
                 R"(net (float[1,2,H,W] x) => (float[1,2,H,W] y, float[1,1,A,B] z)
                    <float[2,1,1,1] v = {10, 200}, float[1,2,1,2] w = {10, 20, 300, 400}>
                    { r = Relu(x) y = Conv <group = 2> (r, v) z = Conv(r, w) })");
}

TEST(FoldAffine, TakesAShiftWhereNothingIsPadded) {
  // Two outputs: (1 + 2)·5 and (3 + 4)·5.
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,2,2,2] x) => (float[1,2,2,2] y) <float[2,2,1,1] w = {1, 2, 3, 4}, float k = {5}>
                    { r = Relu(x) s = Add(r, k) y = Conv(s, w) })",
                 R"(net (float[1,2,2,2] x) => (float[1,2,2,2] y)
                    <float[2,2,1,1] w = {1, 2, 3, 4}, float[2] w_bias = {15, 35}>
                    { r = Relu(x) y = Conv(r, w, w_bias) })");
}

TEST(FoldAffine, TakesAScaleThroughAShiftThatHasToStay) {
  // 2r + 6 = 2(r + 3), and the convolution takes the 2. What the Add makes is another value now.
  expect_rewrite(kFoldAffine,
                 R"(net (float[1,1,4,4] x) => (float[1,1,4,4] y)
                    <float[1,1,1,3] w = {1, 2, 3}, float two = {2}, float six = {6}>
                    { r = Relu(x) s = Mul(r, two) a = Add(s, six) y = Conv <pads = [0, 1, 0, 1]> (a, w) })",
                 R"(net (float[1,1,4,4] x) => (float[1,1,4,4] y)
                    <float[1,1,1,3] w = {2, 4, 6}, float[1,1,1] a_unscaled_shift = {3}>
                    { r = Relu(x) a_unscaled = Add(r, a_unscaled_shift)
                      y = Conv <pads = [0, 1, 0, 1]> (a_unscaled, w) })");
}

TEST(FoldAffine, LeavesWhatItWouldChange) {
  const std::string head = "net (float[1,1,2,2] x) => (float[1,2,2,2] y) <float[2,1,1,1] w = {2, 3}, ";
  // The value between is read elsewhere, or is an output.
  expect_untouched(kFoldAffine, head + "float k = {5}> { c = Conv(x, w) s = Mul(c, k) y = Add(c, s) }");
  expect_untouched(
      kFoldAffine,
      "net (float[1,1,2,2] x) => (float[1,2,2,2] c, float[1,2,2,2] y) <float[2,1,1,1] w = {2, 3}, float k = {5}>"
      "{ c = Conv(x, w) y = Mul(c, k) }");
  // Numbers by row, by column, and more dimensions than the layer makes.
  expect_untouched(kFoldAffine, head + "float[2,1] k = {5, 6}> { c = Conv(x, w) y = Mul(c, k) }");
  expect_untouched(kFoldAffine, head + "float[2] k = {5, 6}> { c = Conv(x, w) y = Mul(c, k) }");
  expect_untouched(
      kFoldAffine,
      "net (float[1,1,2,2] x) => (float[1,1,2,2,2] y) <float[2,1,1,1] w = {2, 3}, float[1,1,1,1,1] k = {5}>"
      "{ c = Conv(x, w) y = Mul(c, k) }");
  // Not linear in the value; a factor that is not finite.
  expect_untouched(kFoldAffine, head + "float k = {5}> { c = Conv(x, w) y = Div(k, c) }");
  expect_untouched(kFoldAffine, head + "float k = {0}> { c = Conv(x, w) y = Div(c, k) }");
  // A weight that two layers share.
  expect_untouched(kFoldAffine, head + "float k = {5}> { c = Conv(x, w) s = Mul(c, k) d = Conv(x, w) y = Add(s, d) }");
}

TEST(FoldAffine, LeavesAShiftBeforePaddingAlone) {
  expect_untouched(kFoldAffine,
                   "net (float[1,1,4,4] x) => (float[1,1,4,4] y) <float[1,1,1,3] w = {1, 2, 3}, float k = {5}>"
                   "{ r = Relu(x) a = Add(r, k) y = Conv <pads = [0, 1, 0, 1]> (a, w) }");
}

TEST(FoldAffine, LeavesAScaleThatWidensItsInput) {
  // x has one channel, the product two: the convolution's input is not x scaled.
  expect_untouched(kFoldAffine,
                   "net (float[1,1,2,2] x) => (float[1,1,2,2] y) <float[1,2,1,1] w = {1, 2}, float[1,2,1,1] k = {5, 6}>"
                   "{ r = Relu(x) s = Mul(r, k) y = Conv(s, w) }");
}

}  // namespace
}  // namespace autoaccel::rewrite
