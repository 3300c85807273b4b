#include "samples/trails.h"

#include <gtest/gtest.h>

#include <set>

#include "plans.h"

namespace autoaccel::samples {
namespace {

/// `Op/input` of every place that the input reaches, with the kinds of steps before it: `Mul/0 view shift`.
std::set<std::string> places(const Subject& subject, std::string_view input) {
  constexpr const char* kNames[] = {"view", "shift", "scale", "compare", "invert"};
  std::set<std::string> places;
  for (const Trail& trail : subject.trails().follow(input)) {
    std::string text = trail.node->op_type() + "/" + std::to_string(trail.input);
    for (const Step& step : trail.steps) text += std::string(" ") + kNames[static_cast<int>(step.kind)];
    places.insert(text);
  }
  return places;
}

TEST(Trails, PassesViewsAndConstantArithmetic) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2, 3] x) => (float[2, 3] y) <float one = {1}, float[3] w = {1, 2, 3}> {
      a = Cast<to = 1>(x)
      b = Add(a, w)
      c = Sub(one, b)
      d = Div(c, one)
      y = Relu(d)
    })");
  EXPECT_EQ(places(subject, "x"), (std::set<std::string>{"Cast/0", "Add/0 view", "Sub/1 view shift",
                                                         "Div/0 view shift invert", "Relu/0 view shift invert scale"}));
}

TEST(Trails, StopsWhereTwoValuesMeet) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x, float[2] z) => (float[2] y) { a = Add(x, z)  y = Relu(a) })");
  EXPECT_EQ(places(subject, "x"), (std::set<std::string>{"Add/0"}));
}

TEST(Trails, EntersSubgraphsAndLeavesThemByTheirOutputs) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x, bool c) => (float[2] y) {
      r = If (c) <
        then_branch = then_g () => (float[2] t) { t = Identity(x) },
        else_branch = else_g () => (float[2] e) { n = Neg(x)  e = Identity(n) }
      >
      y = Exp(r)
    })");
  EXPECT_EQ(places(subject, "x"), (std::set<std::string>{"Identity/0", "Neg/0", "Exp/0 view"}));
  EXPECT_EQ(places(subject, "c"), (std::set<std::string>{"If/0"}));
}

TEST(Trails, ANameThatASubgraphDefinesItselfIsAnother) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x, bool c, float[2] z) => (float[2] y) {
      y = If (c) <
        then_branch = then_g () => (float[2] t) { t = Neg(x) },
        else_branch = else_g () => (float[2] e) { x2 = Abs(z)  e = Exp(x2) }
      >
    })");
  EXPECT_EQ(places(subject, "x"), (std::set<std::string>{"Neg/0"}));
  EXPECT_EQ(places(subject, "z"), (std::set<std::string>{"Abs/0"}));
}

TEST(Trails, FollowsALoopsCarriedValues) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x, int64 n, bool c) => (float[2] y) {
      r = Loop (n, c, x) <
        body = g (int64 i, bool k, float[2] v) => (bool ko, float[2] w) { ko = Identity(k)  w = Identity(v) }
      >
      y = Exp(r)
    })");
  EXPECT_EQ(places(subject, "x"), (std::set<std::string>{"Loop/2", "Identity/0", "Exp/0 view"}));
}

TEST(Trails, EndsAtCycles) {
  onnx::ModelProto proto = test_support::proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x) => (float[2] y) { y = Concat<axis = 0>(x, x) })");
  auto* node = proto.mutable_graph()->mutable_node(0);
  node->set_input(1, "y");
  const model::Model model = model::Model::from_proto(std::move(proto));
  const Trails trails(model);
  EXPECT_EQ(trails.follow("x").size(), 2u) << "the node's first input, and its own output as the second";
  EXPECT_EQ(trails.constant(trails.main(), "y"), std::nullopt);
}

TEST(Trails, KnowsConstantsBehindCastsAndRanges) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x) => (float[2] y) <int64 from = {2}, int64 to = {8}, int64 by = {3}> {
      i = Range(from, to, by)
      f = Cast<to = 1>(i)
      k = Constant<value = int64[2] {7, -9}>()
      s = Shape(x)
      y = Identity(x)
    })");
  const Scope& main = subject.trails().main();
  EXPECT_EQ(subject.trails().constant(main, "f"), (std::vector<double>{2, 5}));
  EXPECT_EQ(subject.trails().constant(main, "k"), (std::vector<double>{7, -9}));
  EXPECT_EQ(subject.trails().constant(main, "s"), std::nullopt);
  EXPECT_EQ(subject.trails().constant(main, "x"), std::nullopt);
  EXPECT_EQ(subject.trails().constant(main, "nowhere"), std::nullopt);
  EXPECT_EQ(subject.trails().shape(main, "k"), (Shape{2}));
  EXPECT_EQ(subject.trails().shape(main, "from"), (Shape{}));
  EXPECT_EQ(subject.trails().shape(main, "x"), std::nullopt);
}

}  // namespace
}  // namespace autoaccel::samples
