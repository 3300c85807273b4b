#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

TEST(RemoveDeadNodes, RemovesNodesConstantsAndDeclarationsThatNothingNeeds) {
  expect_rewrite(kRemoveDeadNodes,
                 "net (float[N] x) => (float[N] y) <float[1] w = {1}, float[1] v = {2}, float[N] b> "
                 "{ a = Mul(x, v) b = Relu(a) y = Add(x, w) }",
                 "net (float[N] x) => (float[N] y) <float[1] w = {1}> { y = Add(x, w) }");
}

TEST(RemoveDeadNodes, KeepsANodeOfWhichOneOutputIsUsed) {
  expect_untouched(kRemoveDeadNodes, "net (float[4] x) => (float[2] y) { y, rest = Split<axis = 0>(x) }", {}, 13);
}

TEST(RemoveDeadNodes, KeepsWhatOnlyASubgraphReads) {
  expect_untouched(kRemoveDeadNodes, R"(net (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
                     a = Mul(x, w)
                     y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(a) },
                                else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

TEST(RemoveDeadNodes, RemovesADeadIfAndWhatItAloneCaptured) {
  expect_rewrite(kRemoveDeadNodes, R"(net (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
                   a = Mul(x, w)
                   z = If(c) <then_branch = yes () => (float[2] t) { t = Relu(a) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }>
                   y = Neg(x) })",
                 "net (bool c, float[2] x) => (float[2] y) { y = Neg(x) }");
}

TEST(RemoveDeadNodes, RemovesInsideBodies) {
  expect_rewrite(kRemoveDeadNodes, R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) <float[2] w = {1, 2}> { a = Mul(x, w) t = Relu(x) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })",
                 R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(x) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

TEST(RemoveDeadNodes, KeepsInputsAndOperatorsOfOtherDomains) {
  expect_untouched(kRemoveDeadNodes,
                   "net (float[2] x, float[2] unused) => (float[2] y) { a = custom.Print(x) y = Neg(x) }");
}

}  // namespace
}  // namespace autoaccel::rewrite
