#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "model/model.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

using test_support::model_from_text;
using test_support::proto_from_text;

/// Weights of more than kInlineBytes at the top, in a Constant, in a branch (one of them its output), in a function.
onnx::ModelProto proto_with_large_weights(int ir_version, int opset) {
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 10, opset_import: ["" : 17, "local" : 1]>
    net (float[512] x, bool c) => (float[512] y)
    {
      k = Constant <value = float[1] {0}> ()
      s = Add (x, k)
      b = If (c) <
        then_branch = inner () => (float[512] t) { t = Add (s, w_then) },
        else_branch = inner2 () => (float[512] e) { e = Constant <value = float[1] {0}> () }
      >
      f = local.Scale (b)
      y = Add (f, w)
    }
    <domain: "local", opset_import: ["" : 17]>
    Scale (a) => (r) { k2 = Constant <value = float[1] {0}> ()
      r = Mul (a, k2) }
  )");
  proto.set_ir_version(ir_version);
  proto.mutable_opset_import(0)->set_version(opset);
  const auto random = [](const std::string& name, int seed) {
    return test_support::random_tensor(name, ElementType::float32, {512}, static_cast<std::uint64_t>(seed));
  };
  auto& graph = *proto.mutable_graph();
  auto& branch = *graph.mutable_node(2);
  *graph.add_initializer() = random("w", 1);
  *graph.mutable_node(0)->mutable_attribute(0)->mutable_t() = random("", 2);
  *branch.mutable_attribute(0)->mutable_g()->add_initializer() = random("w_then", 3);
  *branch.mutable_attribute(1)->mutable_g()->mutable_node(0)->mutable_attribute(0)->mutable_t() = random("", 4);
  *proto.mutable_functions(0)->mutable_node(0)->mutable_attribute(0)->mutable_t() = random("", 5);
  return proto;
}

class DetachedTest : public ::testing::Test {
 protected:
  Model loaded(const onnx::ModelProto& proto) {
    test_support::write_proto(proto, folder_.path() / "m.onnx");
    return Model::load(folder_.path() / "m.onnx");
  }
  base::TemporaryFolder folder_{"autoaccel-detached"};
};

TEST_F(DetachedTest, WeightsOfTheMainGraphBecomeInputsOfTheirNameTypeAndShape) {
  const onnx::ModelProto proto = loaded(proto_with_large_weights(10, 17)).detached();
  const auto& graph = proto.graph();
  EXPECT_EQ(graph.initializer_size(), 0);
  ASSERT_EQ(graph.input_size(), 4);
  EXPECT_EQ(graph.input(2).name(), "w");
  EXPECT_EQ(graph.input(3).name(), "k");
  for (int i = 2; i < 4; ++i) {
    EXPECT_EQ(graph.input(i).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
    ASSERT_EQ(graph.input(i).type().tensor_type().shape().dim_size(), 1);
    EXPECT_EQ(graph.input(i).type().tensor_type().shape().dim(0).dim_value(), 512);
  }
  EXPECT_EQ(graph.node(0).op_type(), "Add");  // the Constant is gone
  EXPECT_LT(proto.ByteSizeLong(), 2048u);     // and no weight is there any more
}

TEST_F(DetachedTest, TheCheckerAndInferenceTakeItWithWeightsInBranchesAndFunctions) {
  const Model model = loaded(proto_with_large_weights(10, 17));
  check(model);
  const auto types = infer_types(model);
  EXPECT_EQ(types.at("t").shape, Shape{512});
  EXPECT_EQ(types.at("w_then").shape, Shape{512});
  EXPECT_EQ(types.at("w").shape, Shape{512});
  EXPECT_EQ(types.at("k").type, ElementType::float32);
  EXPECT_EQ(types.at("f").shape, Shape{512});  // through the function
}

TEST_F(DetachedTest, WhereConstantOfShapeIsMissingTheBytesAreReadIn) {
  onnx::ModelProto proto = proto_with_large_weights(8, 8);  // ConstantOfShape is there from opset 9 on
  proto.clear_functions();
  proto.mutable_graph()->mutable_node(3)->set_op_type("Identity");
  proto.mutable_graph()->mutable_node(3)->clear_domain();
  const Model model = loaded(proto);
  const onnx::ModelProto detached = model.detached();
  const auto& branch = detached.graph().node(1).attribute(0).g();
  EXPECT_EQ(branch.initializer(0).raw_data(),
            test_support::random_tensor("", ElementType::float32, {512}, 3).raw_data());
  check(model);
}

TEST_F(DetachedTest, AnOldModelKeepsItsInputs) {
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 3, opset_import: ["" : 7]>
    net (float[512] x, float[512] w) => (float[512] y) { y = Add (x, w) }
  )");
  *proto.mutable_graph()->add_initializer() = test_support::random_tensor("w", ElementType::float32, {512}, 1);
  const Model model = loaded(proto);
  EXPECT_EQ(model.detached().graph().input_size(), 2);
  check(model);
  EXPECT_EQ(model.inputs().size(), 1u);
}

TEST_F(DetachedTest, WhatIsInlineStays) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add (x, w) })");
  EXPECT_EQ(model.detached().SerializeAsString(), model.proto().SerializeAsString());
}

}  // namespace
}  // namespace autoaccel::model
