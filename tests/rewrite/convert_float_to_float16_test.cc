#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

// Types in `to`: 1 float32, 6 int32, 7 int64, 10 float16. Bit patterns of float16: rewriting.h.

constexpr const Pass& kPass = kConvertFloatToFloat16;

TEST(ConvertFloatToFloat16, CastsAtTheBordersOfTheModel) {
  expect_rewrite(kPass,
                 "net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1,2,3,4}> { h = MatMul(x, w) y = Relu(h) }",
                 R"(net (float[N,2] x) => (float[N,2] y) <float16[2,2] w = {15360,16384,16896,17408}> {
                      x_float16 = Cast<to = 10>(x) h = MatMul(x_float16, w)
                      y_float16 = Relu(h) y = Cast<to = 1>(y_float16) })");
}

TEST(ConvertFloatToFloat16, NeedsNoCastsWithReducedInputsAndOutputs) {
  expect_rewrite(kPass,
                 "net (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1,2,3,4}> { h = MatMul(x, w) y = Relu(h) }",
                 R"(net (float16[N,2] x) => (float16[N,2] y) <float16[2,2] w = {15360,16384,16896,17408}> {
                      h = MatMul(x, w) y = Relu(h) })",
                 reduced_io());
}

TEST(ConvertFloatToFloat16, DecidesOnEachInputByItself) {
  // An integer input vetoes nothing; a float input that only float32 nodes read keeps its digits.
  expect_rewrite(kPass,
                 R"(net (int64[1] i, float[2,2] x, float[2,2] t) => (float[1,2] y, float[2,2] z) {
                      h = MatMul(x, x) y = Gather(h, i) z = Sin(t) })",
                 R"(net (int64[1] i, float16[2,2] x, float[2,2] t) => (float16[1,2] y, float16[2,2] z) {
                      h = MatMul(x, x) y = Gather(h, i) z_float32 = Sin(t) z = Cast<to = 10>(z_float32) })",
                 reduced_io());
}

TEST(ConvertFloatToFloat16, CastsOncePerValueAndDirection) {
  // a is read by two float32 nodes, b (float32) by two float16 nodes.
  expect_rewrite(kPass,
                 R"(net (float[2,2] x) => (float[2,2] y, float[2,2] z) {
                      a = MatMul(x, x) b = Exp(a) c = Log(a) y = MatMul(b, b) d = MatMul(b, y) z = MatMul(d, c) })",
                 R"(net (float[2,2] x) => (float[2,2] y, float[2,2] z) {
                      x_float16 = Cast<to = 10>(x)
                      a = MatMul(x_float16, x_float16)
                      a_float32 = Cast<to = 1>(a) b = Exp(a_float32) c = Log(a_float32)
                      b_float16 = Cast<to = 10>(b)
                      y_float16 = MatMul(b_float16, b_float16) y = Cast<to = 1>(y_float16)
                      d = MatMul(b_float16, y_float16)
                      c_float16 = Cast<to = 10>(c)
                      z_float16 = MatMul(d, c_float16) z = Cast<to = 1>(z_float16) })");
}

TEST(ConvertFloatToFloat16, DuplicatesAConstantThatBothKindsRead) {
  expect_rewrite(kPass,
                 "net (float[2,2] x) => (float[2,2] y, float[2,2] z) <float[2,2] w = {1,2,3,4}> "
                 "{ y = MatMul(x, w) z = Pow(x, w) }",
                 R"(net (float[2,2] x) => (float[2,2] y, float[2,2] z)
                    <float[2,2] w = {1,2,3,4}, float16[2,2] w_float16 = {15360,16384,16896,17408}> {
                      x_float16 = Cast<to = 10>(x) y_float16 = MatMul(x_float16, w_float16) y = Cast<to = 1>(y_float16)
                      z = Pow(x, w) })");
}

TEST(ConvertFloatToFloat16, ConvertsAndDuplicatesConstantNodes) {
  expect_rewrite(kPass,
                 R"(net (float[2] x) => (float[2] y, float[2] z) {
                      a = Constant<value = float[2] {1, 2}>() b = Constant<value = float {3}>()
                      y = Add(x, a) z = Pow(x, b) u = Mul(y, b) v = Neg(u) w = Abs(v) })",
                 R"(net (float[2] x) => (float[2] y, float[2] z) {
                      a = Constant<value = float16[2] {15360, 16384}>()
                      b = Constant<value = float {3}>() b_float16 = Constant<value = float16 {16896}>()
                      x_float16 = Cast<to = 10>(x) y_float16 = Add(x_float16, a) y = Cast<to = 1>(y_float16)
                      z = Pow(x, b) u = Mul(y_float16, b_float16) v = Neg(u) w = Abs(v) })");
}

TEST(ConvertFloatToFloat16, LeavesCastsToIntegersAsTheyAre) {
  expect_rewrite(kPass, "net (float[2,2] x) => (int32[2,2] y) { a = MatMul(x, x) y = Cast<to = 6>(a) }",
                 R"(net (float[2,2] x) => (int32[2,2] y) {
                      x_float16 = Cast<to = 10>(x) a = MatMul(x_float16, x_float16) y = Cast<to = 6>(a) })");
}

TEST(ConvertFloatToFloat16, KeepsScalesOfResizeBesideFloat16Data) {
  expect_rewrite(kPass,
                 R"(net (float[1,1,H,W] x) => (float[1,1,A,B] y)
                    <float[1,1,1,1] w = {2}, float[4] s = {1, 1, 2, 2}> { a = Conv(x, w) y = Resize(a, , s) })",
                 R"(net (float16[1,1,H,W] x) => (float16[1,1,A,B] y)
                    <float16[1,1,1,1] w = {16384}, float[4] s = {1, 1, 2, 2}> { a = Conv(x, w) y = Resize(a, , s) })",
                 reduced_io());
}

TEST(ConvertFloatToFloat16, ClampsMasksAndLeavesInfinities) {
  model::Model model = model_of(R"(net (bool[2,2] c, float[2,2] x) => (float[2,2] y) <float m = {-1000000000}> {
    a = MatMul(x, x) b = Where(c, a, m) s = Softmax(b) y = MatMul(s, x) })");
  PassReport report;
  const model::Model result = applied(kPass, model, reduced_io(), &report);
  EXPECT_EQ(text_of(result),
            text_of(model_of(R"(net (bool[2,2] c, float16[2,2] x) => (float16[2,2] y) <float16 m = {64511}> {
    a = MatMul(x, x) b = Where(c, a, m) b_float32 = Cast<to = 1>(b) s = Softmax(b_float32)
    s_float16 = Cast<to = 10>(s) y = MatMul(s_float16, x) })")));
  EXPECT_EQ(report.notes, (std::vector<std::string>{"1 constant stored as float16: 2 bytes instead of 4 bytes",
                                                    "1 value of constants clamped to ±65504",
                                                    "2 casts between float16 and float32"}));
}

TEST(ConvertFloatToFloat16, CastsCapturedValuesInsideTheBody) {
  expect_rewrite(kPass, R"(net (bool c, float[2,2] x) => (float[2,2] y) <float[2,2] w = {1,2,3,4}> {
                   a = MatMul(x, w)
                   y = If(c) <then_branch = yes () => (float[2,2] t) { h = MatMul(a, w) t = Exp(h) },
                              else_branch = no () => (float[2,2] e) { h = Exp(a) e = MatMul(h, w) }> })",
                 R"(net (bool c, float[2,2] x) => (float[2,2] y) <float16[2,2] w = {15360,16384,16896,17408}> {
                   x_float16 = Cast<to = 10>(x) a = MatMul(x_float16, w)
                   y = If(c) <then_branch = yes () => (float[2,2] t) {
                                h = MatMul(a, w) h_float32 = Cast<to = 1>(h) t = Exp(h_float32) },
                              else_branch = no () => (float[2,2] e) {
                                a_float32 = Cast<to = 1>(a) h = Exp(a_float32) h_float16 = Cast<to = 10>(h)
                                e_float16 = MatMul(h_float16, w) e = Cast<to = 1>(e_float16) }> })");
}

TEST(ConvertFloatToFloat16, KeepsWhatALoopCarriesInFloat32) {
  expect_rewrite(kPass, R"(net (int64 n, bool c, float[2,2] x) => (float[2,2] y) {
                   y = Loop(n, c, x) <body = b (int64 i, bool go, float[2,2] v) => (bool again, float[2,2] w) {
                     again = Identity(go) w = MatMul(v, x) }> })",
                 R"(net (int64 n, bool c, float[2,2] x) => (float[2,2] y) {
                   y = Loop(n, c, x) <body = b (int64 i, bool go, float[2,2] v) => (bool again, float[2,2] w) {
                     again = Identity(go) v_float16 = Cast<to = 10>(v) x_float16 = Cast<to = 10>(x)
                     w_float16 = MatMul(v_float16, x_float16) w = Cast<to = 1>(w_float16) }> })");
}

TEST(ConvertFloatToFloat16, HandsAnOuterValueOutOfABodyInFloat32) {
  // The output of the else branch is the outer value itself.
  model::Model model = model_of(R"(net (bool c, float[2,2] x) => (float[2,2] y) {
    a = MatMul(x, x)
    y = If(c) <then_branch = yes () => (float[2,2] t) { t = MatMul(a, x) },
               else_branch = no () => (float[2,2] a) { unused = Neg(x) }> })");
  PassReport report;
  model::Model result = model.clone();
  kPass.apply(result, {}, report);
  const onnx::NodeProto* last = nullptr;
  for (const auto& node : result.proto().graph().node()) last = &node;
  const onnx::GraphProto& other = last->attribute(1).g();
  const onnx::NodeProto& cast = other.node(other.node_size() - 1);
  EXPECT_EQ(cast.op_type(), "Cast");
  EXPECT_EQ(cast.input(0), "a");
  EXPECT_EQ(other.output(0).name(), cast.output(0));
}

TEST(ConvertFloatToFloat16, UpdatesDeclaredTypes) {
  expect_rewrite(kPass,
                 "net (float[2,2] x) => (float[2,2] y) <float[2,2] a, float[2,2] y> { a = MatMul(x, x) y = Exp(a) }",
                 R"(net (float[2,2] x) => (float[2,2] y) <float16[2,2] a, float[2,2] y> {
                      x_float16 = Cast<to = 10>(x) a = MatMul(x_float16, x_float16)
                      a_float32 = Cast<to = 1>(a) y = Exp(a_float32) })");
}

TEST(ConvertFloatToFloat16, KeepsRecurrentStateInOneType) {
  const model::Model result =
      applied(kPass, model_of(R"(net (float[1,1,2] x, float[1,1,1] h) => (float[1,1,1,1] y, float[1,1,1] hn)
        <float[1,1,2] w = {1,2}, float[1,1,1] r = {1}> { y, hn = RNN<hidden_size = 1>(x, w, r, , , h) })"),
              reduced_io());
  EXPECT_EQ(text_of(result),
            text_of(model_of(R"(net (float16[1,1,2] x, float16[1,1,1] h) => (float16[1,1,1,1] y, float16[1,1,1] hn)
        <float16[1,1,2] w = {15360,16384}, float16[1,1,1] r = {15360}> { y, hn = RNN<hidden_size = 1>(x, w, r, , , h) })")));
}

TEST(ConvertFloatToFloat16, LeavesFloat64AndCustomOperators) {
  expect_rewrite(kPass,
                 R"(net (double[2] d, float[2,2] x) => (double[2] e, float[2,2] y) <float[2,2] a, float[2,2] b> {
                      e = Add(d, d) a = MatMul(x, x) b = custom.Twice(a) y = MatMul(b, b) })",
                 R"(net (double[2] d, float[2,2] x) => (double[2] e, float[2,2] y) <float16[2,2] a, float[2,2] b> {
                      e = Add(d, d) x_float16 = Cast<to = 10>(x) a = MatMul(x_float16, x_float16)
                      a_float32 = Cast<to = 1>(a) b = custom.Twice(a_float32)
                      b_float16 = Cast<to = 10>(b) y_float16 = MatMul(b_float16, b_float16) y = Cast<to = 1>(y_float16) })");
}

TEST(ConvertFloatToFloat16, ObeysNodesToKeepAndToConvert) {
  PassContext context = reduced_io();
  context.keep_nodes = {"a"};
  context.convert_nodes = {"y"};
  expect_rewrite(kPass, "net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) b = MatMul(a, x) y = Exp(b) }",
                 R"(net (float16[2,2] x) => (float16[2,2] y) {
                      x_float32 = Cast<to = 1>(x) a = MatMul(x_float32, x_float32)
                      a_float16 = Cast<to = 10>(a) b = MatMul(a_float16, x) y = Exp(b) })",
                 context);
}

TEST(ConvertFloatToFloat16, MakesNamesThatAreFree) {
  const model::Model result =
      applied(kPass, model_of("net (float[2,2] x, float[2] x_float16) => (float[2,2] y) { y = MatMul(x, x) }"));
  EXPECT_EQ(result.proto().graph().node(0).output(0), "x_float16_1");
}

TEST(ConvertFloatToFloat16, LeavesQuantizedRegions) {
  expect_untouched(kPass, R"(net (float[2,2] x, float[2,2] v) => (float[2,2] y)
    <float s = {0.5}, uint8 z = {0}, uint8[2,2] w = {1,2,3,4}> {
      q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) e = DequantizeLinear(w, s, z) y = MatMul(d, e) })");
}

std::string refusal(std::string_view body) {
  PassReport report;
  const model::Model before = model_of(body);
  const model::Model after = applied(kPass, before, {}, &report);
  EXPECT_EQ(text_of(after), text_of(before));
  return report.nothing_to_convert;
}

TEST(ConvertFloatToFloat16, LeavesAModelThatIs16BitsAlready) {
  EXPECT_EQ(refusal("net (float16[2,2] x) => (float16[2,2] y) "
                    "{ a = MatMul(x, x) b = Cast<to = 1>(a) c = Relu(b) d = Cast<to = 10>(c) y = MatMul(d, x) }"),
            "already 16 bits: 2 of 2 convolutions, matrix products and the like compute in float16 or bfloat16");
  EXPECT_EQ(refusal("net (float16[2] x) => (float16[2] y) { y = Relu(x) }"),
            "already 16 bits: 1 of 1 nodes compute in float16 or bfloat16");
}

TEST(ConvertFloatToFloat16, SaysWhyNothingCanChange) {
  EXPECT_EQ(refusal("net (int64[2] x) => (int64[2] y) { y = Add(x, x) }"), "nothing in the model computes in float32");
  EXPECT_EQ(
      refusal("net (float[2] x) => (float[2] y) { a = Exp(x) b = Exp(a) y = Sin(b) }"),
      "float16 suits no node; the most frequent reason is Exp: results leave the range of 16 bits (2 of 3 nodes)");
}

TEST(ConvertFloatToFloat16, CountsNodesAndReasons) {
  PassReport report;
  applied(kPass, model_of("net (float[2,2] x) => (float[2,2] y) { a = MatMul(x, x) b = Exp(a) y = Exp(b) }"), {},
          &report);
  EXPECT_EQ(report.nodes_converted, 1);
  EXPECT_EQ(report.nodes_kept, 2);
  EXPECT_EQ(report.kept_by_reason, (std::map<std::string, int>{{"Exp: results leave the range of 16 bits", 2}}));
}

TEST(ConvertFloatToFloat16, TellsAnInputThatStays) {
  PassReport report;
  applied(kPass,
          model_of("net (float[2] t, float[2,2] x) => (float[2] y, float[2,2] z) { y = Sin(t) z = MatMul(x, x) }"),
          reduced_io(), &report);
  ASSERT_FALSE(report.notes.empty());
  EXPECT_EQ(report.notes[0], "input t stays float32: only float32 nodes read it");
}

}  // namespace
}  // namespace autoaccel::rewrite
