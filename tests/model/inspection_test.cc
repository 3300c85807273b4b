#include "model/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

onnx::ModelProto proto() {
  onnx::ModelProto proto = test_support::proto_from_text(R"(
    <ir_version: 9, opset_import: ["ai.onnx" : 17, "com.acme" : 2, "local" : 1], producer_name: "hand",
     producer_version: "1.2">
    net (float[N, 3, 8] image, int64 n, bool flag) => (float[N, K] scores)
    <float[2] w = {1, 2}, int8[3] q = {1, 2, 3}>
    {
      a = com.acme.Detect (image, n)
      b = If (flag) <
        then_branch = t () => (float[N, K] p) { p = Neg (a) },
        else_branch = e () => (float[N, K] r) { r = local.Twice (a) }
      >
      c = Neg (b)
      scores = Neg (c)
    }
    <domain: "local", opset_import: ["" : 17]>
    Twice (x) => (y) { y = Add (x, x) }
  )");
  auto& any = *proto.mutable_graph()->add_output();
  any.set_name("any");
  any.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT16);
  auto& list = *proto.mutable_graph()->add_output();
  list.set_name("list");
  list.mutable_type()->mutable_sequence_type();
  return proto;
}

class InspectionTest : public ::testing::Test {
 protected:
  Inspection inspected(const onnx::ModelProto& model, std::uint64_t external_above = 1 << 30) {
    const auto path = folder_.path() / "m.onnx";
    Model::from_proto(model).save(path, {.external_above_bytes = external_above});
    return inspect(Model::load(path));
  }
  base::TemporaryFolder folder_{"autoaccel-inspect"};
};

TEST_F(InspectionTest, CountsEverythingIncludingSubgraphsAndFunctions) {
  const Inspection inspection = inspected(proto());
  EXPECT_EQ(inspection.ir_version, 9);
  EXPECT_EQ(inspection.producer, "hand 1.2");
  ASSERT_EQ(inspection.opsets.size(), 3u);
  EXPECT_EQ(inspection.opsets[0].domain, "");  // ai.onnx is the default domain
  EXPECT_EQ(inspection.opsets[0].version, 17);
  EXPECT_EQ(inspection.nodes, 7);
  EXPECT_EQ(inspection.subgraphs, 2);
  EXPECT_EQ(inspection.functions, 1);
  ASSERT_EQ(inspection.operators.size(), 5u);
  EXPECT_EQ(inspection.operators[0].type, "Neg");
  EXPECT_EQ(inspection.operators[0].count, 3);
  EXPECT_EQ(inspection.weight_tensors, 2);
  EXPECT_EQ(inspection.weight_bytes, 11u);
  ASSERT_EQ(inspection.weights.size(), 2u);
  EXPECT_EQ(inspection.weights[0].type, ElementType::float32);  // 8 bytes before 3
  EXPECT_FALSE(inspection.quantized);
  EXPECT_EQ(inspection.bytes, std::filesystem::file_size(folder_.path() / "m.onnx"));
}

TEST_F(InspectionTest, OriginsTellCustomOperatorsFromTheModelsFunctions) {
  for (const auto& each : inspected(proto()).operators) {
    const OperatorOrigin expected = each.type == "Detect"  ? OperatorOrigin::custom
                                    : each.type == "Twice" ? OperatorOrigin::function
                                                           : OperatorOrigin::onnx;
    EXPECT_EQ(each.origin, expected) << each.type;
  }
  onnx::ModelProto newer = proto();
  newer.mutable_graph()->mutable_node(3)->set_op_type("Mish");  // since opset 18; the model imports 17
  for (const auto& each : inspected(newer).operators) {
    EXPECT_EQ(each.origin == OperatorOrigin::custom, each.type == "Mish" || each.type == "Detect") << each.type;
  }
}

TEST_F(InspectionTest, QuantizedModelsAreRecognisedByTheirOperators) {
  for (const char* type : {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "MatMulInteger", "MatMulNBits"}) {
    onnx::ModelProto quantized = proto();
    quantized.mutable_graph()->mutable_node(0)->set_op_type(type);
    EXPECT_TRUE(inspected(quantized).quantized) << type;
  }
}

TEST_F(InspectionTest, TheTextIsAligned) {
  const std::string text = render(inspected(proto()));
  EXPECT_EQ(text.substr(text.find("  format")), R"(  format     ONNX IR version 9, opset 17, com.acme 2, local 1
  producer   hand 1.2
  graph      net, 7 nodes, 2 subgraphs, 1 function
  quantized  no
inputs
  image  float32  [N, 3, 8]  dynamic axis 0
  n      int64    []
  flag   boolean  []
outputs
  scores  float32       [N, K]     dynamic axes 0, 1
  any     float16       any shape
  list    not a tensor
weights: 2 tensors, 11 bytes
  float32  1 tensor  8 bytes
  int8     1 tensor  3 bytes
operators: 7 nodes of 5 kinds
  Neg              3
  Add              1
  If               1
  com.acme.Detect  1  custom: only a runtime that has it can run the model
  local.Twice      1  a function of this model
)");
}

TEST_F(InspectionTest, ExternalFilesAreShownAndTheirSizeCounts) {
  onnx::ModelProto large = proto();
  test_support::add_random_initializer(*large.mutable_graph(), "large", ElementType::float32, {500'000}, 1);
  const Inspection inspection = inspected(large, 0);
  ASSERT_EQ(inspection.files.size(), 2u);
  EXPECT_EQ(inspection.files[1].bytes, 2'000'000u);
  EXPECT_EQ(inspection.bytes, inspection.files[0].bytes + 2'000'000u);
  EXPECT_THAT(render(inspection), HasSubstr("size       2.0 MB in 2 files"));
  EXPECT_THAT(render(inspection), HasSubstr("data       m.onnx.data (2.0 MB)"));
}

TEST_F(InspectionTest, NamesFromTheModelCannotSteerTheTerminal) {
  onnx::ModelProto hostile = proto();
  hostile.set_producer_name("\x1b[2J");
  hostile.mutable_graph()->mutable_input(0)->set_name("evil\x1b]0;x\x07");
  hostile.mutable_graph()->mutable_node(0)->set_op_type("Det\nect");
  hostile.mutable_graph()->mutable_output(0)->set_name("\xff\xfe");
  const Inspection inspection = inspected(hostile);
  const std::string text = render(inspection);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("Det\\x0Aect"));
  EXPECT_FALSE(to_json(inspection).dump().empty());  // JSON must be UTF-8
}

TEST_F(InspectionTest, TheJsonHasTheSameFigures) {
  const base::Json json = to_json(inspected(proto()));
  EXPECT_EQ(json["opsets"][1]["domain"], "com.acme");
  EXPECT_EQ(json["inputs"][0]["name"], "image");
  EXPECT_EQ(json["inputs"][0]["shape"], (base::Json{-1, 3, 8}));
  EXPECT_EQ(json["operators"][3]["origin"], "custom");
  EXPECT_EQ(json["operators"][4]["origin"], "function");
  EXPECT_EQ(json["weights"][0]["type"], "float32");
  EXPECT_EQ(json["weight_bytes"], 11);
  EXPECT_EQ(json["quantized"], false);
  EXPECT_EQ(json["nodes"], 7);
}

TEST_F(InspectionTest, StringsAndUnknownTypesDoNotStopIt) {
  onnx::ModelProto odd = proto();
  auto& text = *odd.mutable_graph()->add_initializer();
  text.set_name("labels");
  text.set_data_type(onnx::TensorProto::STRING);
  text.add_dims(2);
  text.add_string_data("cat");
  text.add_string_data("zebra");
  auto& future = *odd.mutable_graph()->add_initializer();
  future.set_name("future");
  future.set_data_type(99);
  future.add_dims(2);
  future.set_raw_data("abcd");
  const Inspection inspection = inspect(Model::from_proto(odd));
  EXPECT_EQ(inspection.weight_bytes, 11u + 8 + 4);
  EXPECT_THAT(render(inspection), HasSubstr("type99"));
}

}  // namespace
}  // namespace autoaccel::model
