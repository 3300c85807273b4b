#include "rewrite/node_work.h"

#include <string_view>

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

/// Of the node that makes `y`.
double work_of(std::string_view body, const std::map<std::string, Shape>& shapes = {}) {
  model::Model model = model_of(body);
  const ValueTable table(model.proto());
  const auto types = model::infer_types(model, shapes);
  for (const PlacedNode& placed : table.nodes())
    if (placed.id == "y") return node_work(*placed.node, table, types);
  ADD_FAILURE() << "no node makes y";
  return 0;
}

TEST(NodeWork, CountsTheMultiplyAddsOfLayers) {
  // 4·5·5 results, each of 2·3·3 products.
  EXPECT_EQ(work_of("net (float[1,2,7,7] x, float[4,2,3,3] w) => (float[1,4,5,5] y) { y = Conv(x, w) }"), 1800);
  // Two groups: each result sees one of the two channels.
  EXPECT_EQ(work_of("net (float[1,2,7,7] x, float[4,1,3,3] w) => (float[1,4,5,5] y) { y = Conv <group = 2> (x, w) }"),
            900);
  // 2·3·3 inputs, each into 4·2·2.
  EXPECT_EQ(work_of("net (float[1,2,3,3] x, float[2,4,2,2] w) => (float[1,4,4,4] y) { y = ConvTranspose(x, w) }"),
            288);
  EXPECT_EQ(work_of("net (float[2,5,3] x, float[2,3,4] z) => (float[2,5,4] y) { y = MatMul(x, z) }"), 120);
  EXPECT_EQ(work_of("net (float[3,5] x, float[3,4] z) => (float[5,4] y) { y = Gemm <transA = 1> (x, z) }"), 60);
  // 7 steps of a batch of one, 4·2 gates: 3 inputs and 2 hidden values each.
  EXPECT_EQ(work_of("net (float[7,1,3] x, float[1,8,3] w, float[1,8,2] r) => (float[7,1,1,2] y)"
                    "{ y = LSTM <hidden_size = 2> (x, w, r) }"),
            7 * (24 + 16));
}

TEST(NodeWork, CountsWhatOthersMove) {
  // 10 read, 10 made; the constant is not counted.
  EXPECT_EQ(work_of("net (float[10] x) => (float[10] y) <float[10] k = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}> { y = Add(x, k) }"), 16 * 20);
  EXPECT_EQ(work_of("net (float[10] x, float[10] z) => (float[10] y) { y = Add(x, z) }"), 16 * 30);
}

TEST(NodeWork, TakesTheShapesOfInterest) {
  const char* const dynamic = "net (float[N,3] x, float[3,4] w) => (float[N,4] y) { y = MatMul(x, w) }";
  EXPECT_EQ(work_of(dynamic, {{"x", {6, 3}}}), 72);
  EXPECT_EQ(work_of(dynamic), 12);
}

}  // namespace
}  // namespace autoaccel::rewrite
