#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

// Types in `to`: 1 float32, 3 int8, 6 int32, 7 int64, 9 boolean, 10 float16, 11 float64, 16 bfloat16.

TEST(RemoveRedundantCasts, RemovesACastToTheSameType) {
  expect_rewrite(kRemoveRedundantCasts, "net (float[N] x) => (float[N] y) { a = Cast<to = 1>(x) y = Relu(a) }",
                 "net (float[N] x) => (float[N] y) { y = Relu(x) }");
}

TEST(RemoveRedundantCasts, RemovesAWayOutAndBackThatLosesNothing) {
  expect_rewrite(kRemoveRedundantCasts,
                 "net (float16[N] x) => (float16[N] y) { a = Cast<to = 1>(x) b = Cast<to = 10>(a) y = Relu(b) }",
                 "net (float16[N] x) => (float16[N] y) { y = Relu(x) }");
}

TEST(RemoveRedundantCasts, KeepsTheFirstCastWhereItIsReadByItself) {
  expect_rewrite(kRemoveRedundantCasts,
                 "net (float16[N] x) => (float16[N] y, float[N] z) { a = Cast<to = 1>(x) b = Cast<to = 10>(a) y = "
                 "Relu(b) z = Exp(a) }",
                 "net (float16[N] x) => (float16[N] y, float[N] z) { a = Cast<to = 1>(x) y = Relu(x) z = Exp(a) }");
}

TEST(RemoveRedundantCasts, KeepsAPairThatRounds) {
  expect_untouched(kRemoveRedundantCasts,
                   "net (float[N] x) => (float[N] y) { a = Cast<to = 10>(x) b = Cast<to = 1>(a) y = Relu(b) }");
}

TEST(RemoveRedundantCasts, KeepsAPairThatCutsToIntegers) {
  expect_untouched(kRemoveRedundantCasts,
                   "net (float[N] x) => (float[N] y) { a = Cast<to = 7>(x) b = Cast<to = 1>(a) y = Relu(b) }");
}

TEST(RemoveRedundantCasts, KeepsIntegersThatTheFloatBetweenCannotHold) {
  // 2^24 + 1 is an int32 and no float32.
  expect_untouched(kRemoveRedundantCasts,
                   "net (int32[N] x) => (int32[N] y) { a = Cast<to = 1>(x) b = Cast<to = 6>(a) y = Neg(b) }");
}

TEST(RemoveRedundantCasts, KeepsACastToNarrowerIntegersAfterAnother) {
  // float32 → int8 out of range is not what int16 → int8 is.
  expect_untouched(kRemoveRedundantCasts,
                   "net (int16[N] x) => (int8[N] y) { a = Cast<to = 1>(x) b = Cast<to = 3>(a) y = Abs(b) }");
}

TEST(RemoveRedundantCasts, GoesStraightWhereTheTypeBetweenHoldsAll) {
  expect_rewrite(kRemoveRedundantCasts,
                 "net (bool[N] x) => (float16[N] y) { a = Cast<to = 1>(x) b = Cast<to = 10>(a) y = Relu(b) }",
                 "net (bool[N] x) => (float16[N] y) { b = Cast<to = 10>(x) y = Relu(b) }");
}

TEST(RemoveRedundantCasts, KeepsTwoRoundingsWhereTheFirstCounts) {
  // float32 → float16 → bfloat16 rounds twice.
  expect_untouched(kRemoveRedundantCasts,
                   "net (float[N] x) => (bfloat16[N] y) { a = Cast<to = 10>(x) b = Cast<to = 16>(a) y = Relu(b) }");
}

TEST(RemoveRedundantCasts, SharesOneCastAmongReaders) {
  expect_rewrite(kRemoveRedundantCasts,
                 "net (float[N] x) => (float16[N] y) { a = Cast<to = 10>(x) b = Cast<to = 10>(x) y = Mul(a, b) }",
                 "net (float[N] x) => (float16[N] y) { a = Cast<to = 10>(x) y = Mul(a, a) }");
}

TEST(RemoveRedundantCasts, LeavesTheNameOfAnOutput) {
  expect_rewrite(kRemoveRedundantCasts,
                 "net (float16[N] x) => (float16[N] y) { r = Relu(x) a = Cast<to = 1>(r) y = Cast<to = 10>(a) }",
                 "net (float16[N] x) => (float16[N] y) { r = Relu(x) y = Cast<to = 10>(r) }");
}

TEST(RemoveRedundantCasts, WorksInSubgraphsOnCapturedValues) {
  expect_rewrite(kRemoveRedundantCasts, R"(net (bool c, float16[2] x) => (float16[2] y) {
                   a = Cast<to = 1>(x)
                   y = If(c) <then_branch = yes () => (float16[2] t) { b = Cast<to = 10>(a) t = Relu(b) },
                              else_branch = no () => (float16[2] e) { e = Neg(x) }> })",
                 R"(net (bool c, float16[2] x) => (float16[2] y) {
                   y = If(c) <then_branch = yes () => (float16[2] t) { t = Relu(x) },
                              else_branch = no () => (float16[2] e) { e = Neg(x) }> })");
}

}  // namespace
}  // namespace autoaccel::rewrite
