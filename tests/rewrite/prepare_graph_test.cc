#include "rewrite/prepare_graph.h"

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

std::string prepared(model::Model model) {
  prepare_graph(model);
  const std::string once = text_of(model);
  prepare_graph(model);
  EXPECT_EQ(text_of(model), once);
  return once;
}

TEST(PrepareGraph, PutsNodesInOrder) {
  // In the text form nodes may stand in any order, as in files of old exporters.
  EXPECT_EQ(prepared(model_of("net (float[2] x) => (float[2] y) { y = Neg(a) a = Relu(x) }")),
            text_of(model_of("net (float[2] x) => (float[2] y) { a = Relu(x) y = Neg(a) }")));
}

TEST(PrepareGraph, WritesFloatsOfConstantNodesAsTensors) {
  EXPECT_EQ(prepared(model_of("net (float[2] x) => (float[2] y) { s = Constant<value_float = 0.5>() "
                              "v = Constant<value_floats = [1.0, 2.0]>() a = Mul(x, s) y = Add(a, v) }")),
            text_of(model_of("net (float[2] x) => (float[2] y) { s = Constant<value = float {0.5}>() "
                             "v = Constant<value = float[2] {1.0, 2.0}>() a = Mul(x, s) y = Add(a, v) }")));
}

TEST(PrepareGraph, LeavesIntegersOfConstantNodes) {
  const std::string body =
      "net (float[2] x) => (float[1, 2] y) { a = Constant<value_ints = [0]>() y = Unsqueeze(x, a) }";
  EXPECT_EQ(prepared(model_of(body)), text_of(model_of(body)));
}

TEST(PrepareGraph, TakesInitializersOutOfTheInputsOfAnOldModel) {
  EXPECT_EQ(prepared(model_of("net (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add(x, w) }", 8, 3)),
            text_of(model_of("net (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }", 8, 4)));
}

TEST(PrepareGraph, KeepsTheVersionOfAModelWithoutSuchInputs) {
  const std::string body = "net (float[2] x) => (float[2] y) { y = Neg(x) }";
  EXPECT_EQ(prepared(model_of(body, 8, 3)), text_of(model_of(body, 8, 3)));
}

}  // namespace
}  // namespace autoaccel::rewrite
