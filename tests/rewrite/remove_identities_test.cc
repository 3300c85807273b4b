#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

TEST(RemoveIdentities, JoinsWhatStandsOnBothSides) {
  expect_rewrite(kRemoveIdentities,
                 "net (float[N, 2] x) => (float[N, 2] y) { a = Relu(x) b = Identity(a) c = Identity(b) y = Neg(c) }",
                 "net (float[N, 2] x) => (float[N, 2] y) { a = Relu(x) y = Neg(a) }");
}

TEST(RemoveIdentities, GivesTheProducerTheNameOfTheOutput) {
  // Neg also reads the value that loses its name.
  expect_rewrite(kRemoveIdentities,
                 "net (float[2] x) => (float[2] y, float[2] z) { a = Relu(x) y = Identity(a) z = Neg(a) }",
                 "net (float[2] x) => (float[2] y, float[2] z) { y = Relu(x) z = Neg(y) }");
}

TEST(RemoveIdentities, ForgetsTheDeclarationOfTheValueThatIsGone) {
  expect_rewrite(kRemoveIdentities,
                 "net (float[2] x) => (float[2] y) <float[2] a, float[2] b> { a = Relu(x) b = Identity(a) y = Neg(b) }",
                 "net (float[2] x) => (float[2] y) <float[2] a> { a = Relu(x) y = Neg(a) }");
}

TEST(RemoveIdentities, LeavesOneBetweenAnInputAndAnOutput) {
  expect_untouched(kRemoveIdentities, "net (float[2] x) => (float[2] y) { y = Identity(x) }");
}

TEST(RemoveIdentities, LeavesOneBetweenAConstantAndAnOutput) {
  expect_untouched(kRemoveIdentities,
                   "net (float[2] x) => (float[2] y, float[2] z) <float[2] w = {1, 2}> { y = Identity(w) z = Neg(x) }");
}

TEST(RemoveIdentities, LeavesOneBetweenTwoOutputs) {
  expect_untouched(kRemoveIdentities, "net (float[2] x) => (float[2] y, float[2] z) { y = Relu(x) z = Identity(y) }");
}

TEST(RemoveIdentities, RenamesInSubgraphsThatCaptureTheValue) {
  expect_rewrite(kRemoveIdentities, R"(net (bool c, float[2] x) => (float[2] y) {
                   a = Identity(x)
                   y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(a) },
                              else_branch = no () => (float[2] e) { e = Neg(a) }> })",
                 R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(x) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

TEST(RemoveIdentities, LeavesOneThatHandsAnOuterValueOutOfABody) {
  expect_untouched(kRemoveIdentities, R"(net (bool c, float[2] x) => (float[2] y) {
                     y = If(c) <then_branch = yes () => (float[2] t) { t = Identity(x) },
                                else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

TEST(RemoveIdentities, WorksInsideBodies) {
  expect_rewrite(kRemoveIdentities, R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) { a = Relu(x) t = Identity(a) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })",
                 R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(x) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

}  // namespace
}  // namespace autoaccel::rewrite
