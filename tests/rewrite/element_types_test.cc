#include "rewrite/element_types.h"

#include <onnx/defs/parser.h>

#include "gtest/gtest.h"

namespace autoaccel::rewrite {
namespace {

using enum ElementType;

std::vector<ElementType> types_of(const char* text, const std::vector<ElementType>& inputs, int opset = 17) {
  onnx::NodeProto node;
  onnx::OnnxParser parser(text);
  EXPECT_TRUE(parser.Parse(node).IsOK());
  return output_types(node, inputs, onnx::OpSchemaRegistry::Schema(node.op_type(), opset, node.domain()));
}

using Types = std::vector<ElementType>;

TEST(ElementTypes, FollowTypeVariables) {
  EXPECT_EQ(types_of("y = MatMul(a, b)", {float32, float32}), Types{float32});
  EXPECT_EQ(types_of("y = MatMul(a, b)", {float16, float16}), Types{float16});
  EXPECT_EQ(types_of("y = Where(c, a, b)", {boolean, int64, int64}), Types{int64});
  EXPECT_EQ(types_of("y = Gather(a, i)", {float64, int32}), Types{float64});
  EXPECT_EQ(types_of("y = Concat<axis = 0>(a, b)", {undefined, float32}), Types{float32});
}

TEST(ElementTypes, AreFixedBySomeSchemas) {
  EXPECT_EQ(types_of("y = Equal(a, b)", {float32, float32}), Types{boolean});
  EXPECT_EQ(types_of("y = Shape(a)", {float32}), Types{int64});
  EXPECT_EQ(types_of("v, i = TopK(a, k)", {float32, int64}), (Types{float32, int64}));
  EXPECT_EQ(types_of("y, i = MaxPool<kernel_shape = [2]>(a)", {float32}), (Types{float32, int64}));
}

TEST(ElementTypes, ComeFromAttributes) {
  EXPECT_EQ(types_of("y = Cast<to = 10>(a)", {float32}), Types{float16});
  EXPECT_EQ(types_of("y = Constant<value_ints = [1]>()", {}), Types{int64});
  EXPECT_EQ(types_of("y = Constant<value = float16 {15360}>()", {}), Types{float16});
  EXPECT_EQ(types_of("y = ConstantOfShape(s)", {int64}), Types{float32});
  EXPECT_EQ(types_of("y = ConstantOfShape<value = int32[1] {1}>(s)", {int64}), Types{int32});
  EXPECT_EQ(types_of("y = RandomNormalLike(a)", {float16}), Types{float16});
  EXPECT_EQ(types_of("y = RandomNormalLike<dtype = 11>(a)", {float16}), Types{float64});
}

TEST(ElementTypes, ComeFromOtherInputs) {
  EXPECT_EQ(types_of("y = CastLike(a, b)", {int64, float16}), Types{float16});
  EXPECT_EQ(types_of("y = QuantizeLinear(a, s)", {float32, float32}), Types{uint8});
  EXPECT_EQ(types_of("y = QuantizeLinear(a, s, z)", {float32, float32, int8}), Types{int8});
  EXPECT_EQ(types_of("y = DequantizeLinear(a, s)", {int8, float32}), Types{float32});
}

TEST(ElementTypes, OfStatisticsAreThoseOfTheStash) {
  // LayerNormalization computes mean and deviation in stash_type, 1 (float32) unless said otherwise.
  EXPECT_EQ(types_of("y, m, d = LayerNormalization(x, s)", {float16, float16}), (Types{float16, float32, float32}));
}

TEST(ElementTypes, AreUnknownForOperatorsThatOnnxDoesNotDefine) {
  EXPECT_EQ(types_of("y = custom.Twice(a)", {float32}), Types{undefined});
}

TEST(ElementTypes, KnowNoTensorTypeOfASequence) {
  EXPECT_EQ(types_of("y = SequenceConstruct(a)", {float32}), Types{undefined});
}

TEST(Parameter, LastOneStandsForAllThatFollowWhenVariadic) {
  const auto* concat = onnx::OpSchemaRegistry::Schema("Concat", 17, "");
  EXPECT_EQ(parameter(concat->inputs(), 5), &concat->inputs()[0]);
  const auto* add = onnx::OpSchemaRegistry::Schema("Add", 17, "");
  EXPECT_EQ(parameter(add->inputs(), 2), nullptr);
}

TEST(Parameter, AllowsWhatTheSchemaSays) {
  const auto* conv = onnx::OpSchemaRegistry::Schema("Conv", 17, "");
  EXPECT_TRUE(allows(conv->inputs()[0], float16));
  EXPECT_FALSE(allows(conv->inputs()[0], bfloat16));  // from opset 22 on
  EXPECT_TRUE(allows(onnx::OpSchemaRegistry::Schema("Conv", 22, "")->inputs()[0], bfloat16));
}

}  // namespace
}  // namespace autoaccel::rewrite
