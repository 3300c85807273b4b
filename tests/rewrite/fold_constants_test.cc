#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "support/models.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

TEST(FoldConstants, GivesConstantsTheirLastShape) {
  expect_rewrite(
      kFoldConstants,
      R"(net (float[1,2,3] x) => (float[1,2,3] y) <float[6] w = {1, 2, 3, 4, 5, 6}, int64[2] s = {2, 3}, int64[1] a = {0}> {
                   r = Reshape(w, s) u = Unsqueeze(r, a) y = Add(x, u) })",
      "net (float[1,2,3] x) => (float[1,2,3] y) <float[1,2,3] u = {1, 2, 3, 4, 5, 6}> { y = Add(x, u) }");
  expect_rewrite(kFoldConstants,
                 R"(net (float[2,3] x) => (float[2,3] y) <float[1,2,3,1] w = {1, 2, 3, 4, 5, 6}, int64[2] a = {0, 3}> {
                   r = Squeeze(w, a) f = Flatten(r) y = Add(x, f) })",
                 "net (float[2,3] x) => (float[2,3] y) <float[2,3] f = {1, 2, 3, 4, 5, 6}> { y = Add(x, f) }");
}

TEST(FoldConstants, TurnsMatrices) {
  expect_rewrite(
      kFoldConstants,
      "net (float[N,3] x) => (float[N,2] y) <float[2,3] w = {1, 2, 3, 4, 5, 6}> { t = Transpose(w) y = MatMul(x, t) }",
      "net (float[N,3] x) => (float[N,2] y) <float[3,2] t = {1, 4, 2, 5, 3, 6}> { y = MatMul(x, t) }");
  expect_rewrite(kFoldConstants,
                 "net (float[N,2] x) => (float[N,3] y) <float[2,3] w = {1, 2, 3, 4, 5, 6}> { t = Transpose<perm = [0, "
                 "1]>(w) y = MatMul(x, t) }",
                 "net (float[N,2] x) => (float[N,3] y) <float[2,3] t = {1, 2, 3, 4, 5, 6}> { y = MatMul(x, t) }");
}

TEST(FoldConstants, TurnsBigMatricesWhenTheyAreSaved) {
  model::Model model = model_of("net (float[N,40] x) => (float[N,30] y) { t = Transpose(w) y = MatMul(x, t) }");
  test_support::add_random_initializer(*model.proto().mutable_graph(), "w", ElementType::float32, {30, 40}, 1);
  const Tensor before = model.read_weight(model.proto().graph().initializer(0));
  const model::Model result = applied(kFoldConstants, model);
  ASSERT_EQ(result.proto().graph().initializer_size(), 1);
  EXPECT_EQ(result.proto().graph().initializer(0).data_location(), onnx::TensorProto::EXTERNAL);
  const Tensor after = result.read_weight(result.proto().graph().initializer(0));
  for (std::size_t i = 0; i < 30; ++i)
    for (std::size_t j = 0; j < 40; ++j) ASSERT_EQ(after.as<float>()[j * 30 + i], before.as<float>()[i * 40 + j]);
}

TEST(FoldConstants, CastsSmallOnesOnly) {
  expect_rewrite(kFoldConstants,
                 "net (float[3] x) => (float[3] y) <int64[3] w = {1, -2, 3}> { c = Cast<to = 1>(w) y = Add(x, c) }",
                 "net (float[3] x) => (float[3] y) <float[3] c = {1, -2, 3}> { y = Add(x, c) }");
  model::Model model = model_of("net (float[1000] x) => (float[1000] y) { c = Cast<to = 1>(w) y = Add(x, c) }");
  test_support::add_random_initializer(*model.proto().mutable_graph(), "w", ElementType::float16, {1000}, 1);
  EXPECT_EQ(text_of(applied(kFoldConstants, model)), text_of(model));
}

TEST(FoldConstants, WorksInBodies) {
  expect_rewrite(kFoldConstants, R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) <float[1,2] w = {1, 2}, int64[1] s = {2}> { r = Reshape(w, s) t = Add(x, r) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })",
                 R"(net (bool c, float[2] x) => (float[2] y) {
                   y = If(c) <then_branch = yes () => (float[2] t) <float[2] r = {1, 2}> { t = Add(x, r) },
                              else_branch = no () => (float[2] e) { e = Neg(x) }> })");
}

TEST(FoldConstants, LeavesWhatIsNotConstantOrMakesMore) {
  for (const char* body : {"net (float[6] x) => (float[2,3] y) <int64[2] s = {2, 3}> { r = Reshape(x, s) y = Neg(r) }",
                           "net (float[2,3] x, int64[2] s) => (float[2,3] y) <float[6] w = {1, 2, 3, 4, 5, 6}> { r = "
                           "Reshape(w, s) y = Add(x, r) }",
                           "net (float[1000,2] x) => (float[1000,2] y) <float[1,2] w = {1, 2}, int64[2] s = {1000, 2}> "
                           "{ e = Expand(w, s) y = Add(x, e) }",
                           "net (float[2] x) => (float[2] y, float[2] r) <float[1,2] w = {1, 2}, int64[1] s = {2}> { r "
                           "= Reshape(w, s) y = Add(x, r) }",
                           "net (float[2,2,2] x) => (float[2,2,2] y) <float[2,2,2] w = {1, 2, 3, 4, 5, 6, 7, 8}> { t = "
                           "Transpose<perm = [1, 0, 2]>(w) y = Add(x, t) }"})
    expect_untouched(kFoldConstants, body);
}

}  // namespace
}  // namespace autoaccel::rewrite
