#include "quantize/integer_layer.h"

#include <gtest/gtest.h>

#include <string>

#include "support/models.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {
namespace {

/// The layer, or the refusal, of the first node.
struct Looked {
  explicit Looked(const std::string& body) : model(rewrite::model_of(body)), table(model.proto()) {
    found = integer_layer(table.nodes()[0], table, model::infer_types(model));
  }
  model::Model model;
  rewrite::ValueTable table;
  FoundLayer found;
};

std::string refusal_of(const std::string& body) { return Looked(body).found.refusal; }

TEST(IntegerLayer, KnowsTheAxesOfEachOperator) {
  const Looked conv(
      "net (float[1,4,8,8] x) => (float[1,6,8,8] y) <float[6,2,1,1] w = {0}> { y = Conv<group = 2>(x, w) }");
  ASSERT_TRUE(conv.found.layer) << conv.found.refusal;
  const IntegerLayer& layer = *conv.found.layer;
  EXPECT_TRUE(layer.layout.is_out_first);
  EXPECT_EQ(layer.layout.outs, 6u);
  EXPECT_EQ(layer.layout.ins, 2u);
  EXPECT_EQ(layer.layout.groups, 2u);
  EXPECT_EQ(layer.input_axis(), 1);
  EXPECT_EQ(layer.multiply_adds, 6 * 64 * 2);
  EXPECT_TRUE(layer.is_work_known);

  const Looked transposed(
      "net (float[1,4,8,N] x) => (float[1,3,16,M] y) <float[4,3,2,2] w = {0}> { y = ConvTranspose<strides = [2, 2]>(x, "
      "w) }");
  ASSERT_TRUE(transposed.found.layer);
  EXPECT_FALSE(transposed.found.layer->layout.is_out_first);
  EXPECT_EQ(transposed.found.layer->layout.outs, 3u);
  EXPECT_EQ(transposed.found.layer->layout.ins, 4u);
  EXPECT_EQ(transposed.found.layer->layout.kernel, 4u);
  EXPECT_FALSE(transposed.found.layer->is_work_known);

  const Looked gemm("net (float[2,4] x) => (float[2,3] y) <float[3,4] w = {0}> { y = Gemm<transB = 1>(x, w) }");
  ASSERT_TRUE(gemm.found.layer);
  EXPECT_TRUE(gemm.found.layer->layout.is_out_first);
  EXPECT_EQ(gemm.found.layer->layout.outs, 3u);
  EXPECT_EQ(gemm.found.layer->input_axis(), -1);

  const Looked matmul("net (float[2,4] x) => (float[2,3] y) <float[4,3] w = {0}> { y = MatMul(x, w) }");
  ASSERT_TRUE(matmul.found.layer);
  EXPECT_FALSE(matmul.found.layer->layout.is_out_first);
  EXPECT_EQ(matmul.found.layer->layout.outs, 3u);
}

TEST(IntegerLayer, FindsTheBiasOfAMatMulInTheAddBehindIt) {
  const Looked one(
      "net (float[2,4] x) => (float[2,3] y) <float[4,3] w = {0}, float[3] b = {0}> { a = MatMul(x, w) y = Add(b, a) }");
  ASSERT_TRUE(one.found.layer);
  ASSERT_NE(one.found.layer->bias, nullptr);
  EXPECT_EQ(one.found.layer->bias->name, "b");
  EXPECT_EQ(one.found.layer->bias_slot, 0);
  const Looked shared(
      "net (float[2,4] x) => (float[2,3] y, float[2,3] z) <float[4,3] w = {0}, float[3] b = {0}> { a = MatMul(x, w) y "
      "= Add(b, a) z = Neg(a) }");
  EXPECT_EQ(shared.found.layer->bias, nullptr);
  const Looked scalar(
      "net (float[2,4] x) => (float[2,3] y) <float[4,3] w = {0}, float b = {0}> { a = MatMul(x, w) y = Add(b, a) }");
  EXPECT_EQ(scalar.found.layer->bias, nullptr);
}

TEST(IntegerLayer, RefusesOtherForms) {
  EXPECT_EQ(refusal_of("net (float16[2,4] x) => (float16[2,3] y) <float16[4,3] w = {0}> { y = MatMul(x, w) }"),
            "does not compute in float32");
  EXPECT_EQ(refusal_of("net (float[4,3] x) => (float[2,3] y) <float[2,4] w = {0}> { y = MatMul(w, x) }"),
            "its first input is a constant");
  EXPECT_EQ(refusal_of("net (float[1,4,8,8] x, float[6,4,1,1] w) => (float[1,6,8,8] y) { y = Conv(x, w) }"),
            "its weight is not a constant");
  EXPECT_EQ(refusal_of("net (float[5,2,4] x) => (float[5,2,3] y) <float[5,4,3] w = {0}> { y = MatMul(x, w) }"),
            "its weight has no axis of output channels");
  EXPECT_EQ(refusal_of("net (float[1,4,8,8] x) => (float[1,6,8,8] y) <float[4,3,1,1] w = {0}> { y = "
                       "ConvTranspose<group = 2>(x, w) }"),
            "its weight mixes channels of its groups");
  EXPECT_EQ(refusal_of("net (float[2,4] x) => (float[2,3] y) <float[4,3] w = {0}> { y = Gemm<alpha = 2.0>(x, w) }"),
            "scales or transposes what it multiplies");
  EXPECT_EQ(
      refusal_of("net (float[2,4] x) => (float[2,3] y) <float[4,3] w = {0}, float[2,1] b = {0}> { y = Gemm(x, w, b) }"),
      "its bias is not one constant number a channel");
}

TEST(IntegerLayer, TakesProductsOfActivations) {
  const Looked product("net (float[2,4] x, float[4,3] w) => (float[2,3] y) { y = MatMul(x, w) }");
  ASSERT_TRUE(product.found.layer);
  EXPECT_TRUE(product.found.layer->is_product());
  EXPECT_EQ(product.found.layer->multiply_adds, 2 * 3 * 4);
}

}  // namespace
}  // namespace autoaccel::quantize
