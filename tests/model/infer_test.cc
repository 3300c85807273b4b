#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "autoaccel/error.h"
#include "model/model.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

using test_support::model_from_text;
using test_support::proto_from_text;
using ::testing::HasSubstr;

TEST(InferTypes, AtGivenShapesEveryValueHasItsShape) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[N, 3, H, W] x) => (float[N, K] y) <float[4, 3, 3, 3] k, int64[2] flat = {0, -1}> {
      c = Conv <strides = [2, 2], pads = [1, 1, 1, 1]> (x, k)
      y = Reshape (c, flat)
    }
  )");
  const auto declared = infer_types(model);
  EXPECT_EQ(declared.at("c").shape, (Shape{-1, 4, -1, -1}));
  EXPECT_EQ(declared.at("x").axes, (std::vector<std::string>{"N", "", "H", "W"}));
  const auto types = infer_types(model, {{"x", {2, 3, 8, 6}}});
  EXPECT_EQ(types.at("c").shape, (Shape{2, 4, 4, 3}));  // (8 + 2 − 3) / 2 + 1, (6 + 2 − 3) / 2 + 1
  EXPECT_EQ(types.at("y").shape, (Shape{2, 48}));       // 4 · 4 · 3
  EXPECT_EQ(types.at("flat").type, ElementType::int64);
  EXPECT_EQ(types.at("k").shape, (Shape{4, 3, 3, 3}));
}

TEST(InferTypes, ShapesThatTheGraphComputesArePropagated) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[N, C] x) => (float[A, B] y) <int64[1] one = {1}, int64[1] zero = {0}, int64[1] two = {2}> {
      s = Shape (x)
      n = Slice (s, zero, one)
      c = Slice (s, one, two)
      t = Concat <axis = 0> (c, n)
      y = Reshape (x, t)
    }
  )");
  EXPECT_EQ(infer_types(model, {{"x", {5, 7}}}).at("y").shape, (Shape{7, 5}));
}

TEST(InferTypes, BranchesAreIncludedUnderNamesThatOccurOnce) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2, 3] x, bool c) => (float[3, 2] y) {
      y = If (c) <
        then_branch = a () => (float[3, 2] p) { only = Neg (x)
          same = Abs (only)
          p = Transpose (same) },
        else_branch = b () => (float[3, 2] r) { same = Transpose (x)
          r = Identity (same) }
      >
    }
  )");
  const auto types = infer_types(model);
  EXPECT_EQ(types.at("only").shape, (Shape{2, 3}));
  EXPECT_FALSE(types.contains("same"));  // [2, 3] in one branch, [3, 2] in the other
}

TEST(InferTypes, ACustomOperatorStopsItOnlyWhereItStands) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
    net (float[2] x) => (float[2] y, float[2] z) {
      a = Neg (x)
      b = com.acme.Odd (a)
      c = Neg (b)
      y = Identity (c)
      z = Abs (x)
    }
  )");
  const auto types = infer_types(model);
  EXPECT_EQ(types.at("a").shape, Shape{2});
  EXPECT_FALSE(types.contains("b"));
  EXPECT_FALSE(types.contains("c"));
  EXPECT_EQ(types.at("z").shape, Shape{2});
}

TEST(InferTypes, WhatIsDeclaredOfACustomOperatorIsUsed) {
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
    net (float[2] x) => (float[3] y) { b = com.acme.Odd (x)
      y = Neg (b) }
  )");
  auto& value = *proto.mutable_graph()->add_value_info();
  value.set_name("b");
  value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(3);
  EXPECT_EQ(infer_types(Model::from_proto(proto)).at("b").shape, Shape{3});
}

TEST(InferTypes, DeclaredRanksThatAreWrongAreDropped) {
  // The output is declared with rank 3 and so is the value between; both have rank 2.
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2, 3] x) => (float[1, 2, 3] y) { a = Neg (x)
      y = Transpose (a) }
  )");
  auto& value = *proto.mutable_graph()->add_value_info();
  value.set_name("a");
  value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  for (const int dim : {6, 1, 1})
    value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(dim);
  const auto types = infer_types(Model::from_proto(proto));
  EXPECT_EQ(types.at("a").shape, (Shape{2, 3}));
  EXPECT_EQ(types.at("y").shape, (Shape{3, 2}));
}

TEST(InferTypes, AStaticSizeThatWasExportedForOneBatchOnlyIsDropped) {
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[N, 3] x) => (float[1, 3] y) { y = Neg (x) }
  )");
  EXPECT_EQ(infer_types(Model::from_proto(proto), {{"x", {4, 3}}}).at("y").shape, (Shape{4, 3}));
}

TEST(InferTypes, OldModelsWithInitializersAmongTheInputs) {
  const Model model = model_from_text(R"(
    <ir_version: 3, opset_import: ["" : 7]>
    net (float[N, 2] x, float[2, 4] w) => (float[N, 4] y) <float[2, 4] w = {1, 2, 3, 4, 5, 6, 7, 8}> { y = MatMul (x, w) }
  )");
  EXPECT_EQ(infer_types(model, {{"x", {3, 2}}}).at("y").shape, (Shape{3, 4}));
}

TEST(InferTypes, AShapeForAValueThatIsNoInputIsADefect) {
  const Model model = model_from_text(
      R"(<ir_version: 8, opset_import: ["" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) })");
  EXPECT_THROW(infer_types(model, {{"z", {1}}}), Error);
}

TEST(Check, PassesValidModelsWithCustomOperators) {
  check(model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
    net (float[2] x) => (float[2] y) { y = com.acme.Odd (x) })"));
}

TEST(Check, TellsWhatIsWrongInTheCheckersWords) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x) => (float[2] y) { y = Relu <alpha = 1.0> (x) })");
  try {
    check(model);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("Unrecognized attribute: alpha for operator Relu"));
  }
}

}  // namespace
}  // namespace autoaccel::model
