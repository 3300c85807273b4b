#include "quantize/weight_only.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "autoaccel/error.h"
#include "support/models.h"

namespace autoaccel::quantize {
namespace {

model::Model model_of(const std::string& body, int opset = 17) {
  return test_support::model_from_text("<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]> " + body);
}

/// 2 · 256 floats, of which element i is i % 256: 2048 bytes.
void add_weight(onnx::GraphProto& graph, const std::string& name, const Shape& shape) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const auto dim : shape) tensor.add_dims(dim);
  std::vector<float> values(512);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 256);
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
}

rewrite::PassReport run(model::Model& model, const rewrite::PassContext& context = {}) {
  rewrite::PassReport report;
  kStoreWeightsAsInt8.apply(model, context, report);
  model::check(model);
  return report;
}

const onnx::TensorProto& initializer(const model::Model& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.proto().graph().initializer())
    if (tensor.name() == name) return tensor;
  throw Error(Cause::defect, "no initializer " + name);
}

/// The weight's bytes are i % 256, with scale 1 and zero point 0 for both channels.
void expect_stored(const model::Model& model, int axis) {
  const onnx::GraphProto& graph = model.proto().graph();
  ASSERT_GE(graph.node_size(), 2);
  const onnx::NodeProto& node = graph.node(0);
  EXPECT_EQ(node.op_type(), "DequantizeLinear");
  EXPECT_EQ(node.input(0) + " " + node.input(1) + " " + node.input(2), "w_uint8 w_scale w_zero_point");
  EXPECT_EQ(node.output(0), "w");
  EXPECT_EQ(model::attribute_int(node, "axis", -9), axis);
  ASSERT_EQ(graph.initializer_size(), 3);
  const Tensor stored = model.read_weight(initializer(model, "w_uint8"));
  ASSERT_EQ(stored.as<std::uint8_t>().size(), 512u);
  for (std::size_t i = 0; i < 512; ++i) ASSERT_EQ(stored.as<std::uint8_t>()[i], i % 256) << i;
  const Tensor scale = model.read_weight(initializer(model, "w_scale"));
  EXPECT_EQ(std::vector<float>(scale.as<float>().begin(), scale.as<float>().end()), (std::vector<float>{1, 1}));
  const Tensor zero = model.read_weight(initializer(model, "w_zero_point"));
  EXPECT_EQ(zero.as<std::uint8_t>()[0] + zero.as<std::uint8_t>()[1], 0);
}

TEST(StoreWeightsAsInt8, TakesRowsOfConvAndOfTransposedGemm) {
  model::Model conv = model_of("net (float[N,256,8] x) => (float[N,2,8] y) { y = Conv(x, w) }");
  add_weight(*conv.proto().mutable_graph(), "w", {2, 256, 1});
  const rewrite::PassReport report = run(conv);
  expect_stored(conv, 0);
  EXPECT_EQ(report.weights_converted, 1);
  EXPECT_EQ(report.nothing_to_convert, "");
  model::Model gemm = model_of("net (float[N,256] x) => (float[N,2] y) { y = Gemm<transB = 1>(x, w) }");
  add_weight(*gemm.proto().mutable_graph(), "w", {2, 256});
  run(gemm);
  expect_stored(gemm, 0);
}

TEST(StoreWeightsAsInt8, TakesColumnsOfMatMulAndGemm) {
  for (const std::string op : {"MatMul", "Gemm"}) {
    model::Model model = model_of("net (float[N,2] x) => (float[N,256] y) { y = " + op + "(x, w) }");
    add_weight(*model.proto().mutable_graph(), "w", {2, 256});
    run(model);
    EXPECT_EQ(model::attribute_int(model.proto().graph().node(0), "axis", -9), 1);
    // Column c holds c twice: the scale that is exact for it is c / 255, with q = 255.
    const Tensor scale = model.read_weight(initializer(model, "w_scale"));
    const Tensor stored = model.read_weight(initializer(model, "w_uint8"));
    ASSERT_EQ(scale.as<float>().size(), 256u);
    EXPECT_EQ(scale.as<float>()[255], 1.0f);
    EXPECT_EQ(stored.as<std::uint8_t>()[255], 255);
    EXPECT_EQ(stored.as<std::uint8_t>()[511], 255);
    EXPECT_EQ(stored.as<std::uint8_t>()[256], 128);  // column 0: zeros at zero point 128
  }
}

TEST(StoreWeightsAsInt8, ChangesNothingTheSecondTime) {
  model::Model model = model_of("net (float[N,256,8] x) => (float[N,2,8] y) { y = Conv(x, w) }");
  add_weight(*model.proto().mutable_graph(), "w", {2, 256, 1});
  run(model);
  const std::string once = test_support::resolved(model).DebugString();
  EXPECT_NE(run(model).nothing_to_convert, "");
  EXPECT_EQ(test_support::resolved(model).DebugString(), once);
}

TEST(StoreWeightsAsInt8, MakesInitializersOfConstantNodes) {
  model::Model model = model_of(
      "net (float[N,256,8] x) => (float[N,2,8] y) { w = Constant<value = float[1] {1}>() y = Conv(x, w) }");
  onnx::GraphProto& graph = *model.proto().mutable_graph();
  add_weight(graph, "", {2, 256, 1});
  *graph.mutable_node(0)->mutable_attribute(0)->mutable_t() = graph.initializer(0);
  graph.clear_initializer();
  run(model);
  ASSERT_EQ(graph.node_size(), 2);
  expect_stored(model, 0);
}

void expect_untouched(const std::string& body, const rewrite::PassContext& context = {}) {
  model::Model model = model_of(body);
  add_weight(*model.proto().mutable_graph(), "w", {2, 256});
  const std::string before = test_support::resolved(model).DebugString();
  EXPECT_EQ(run(model, context).nothing_to_convert,
            "no MatMul, Gemm or Conv has constant float32 weights of more than 1024 bytes for itself");
  EXPECT_EQ(test_support::resolved(model).DebugString(), before);
}

TEST(StoreWeightsAsInt8, LeavesWhatOthersRead) {
  expect_untouched("net (float[2,256] x) => (float[2,256] y) { y = Add(x, w) }");
  expect_untouched("net (float[N,2] x) => (float[N,256] y, float[2,256] z) { y = MatMul(x, w) z = Neg(w) }");
  expect_untouched("net (float[N,2] x) => (float[N,256] y, float[2,256] w) { y = MatMul(x, w) }");
  expect_untouched("net (float[256,N] x) => (float[2,N] y) { y = MatMul(w, x) }");
  // Columns for one reader, rows for the other.
  expect_untouched("net (float[N,2] x) => (float[N,2] y) { a = MatMul(x, w) y = Gemm<transB = 1>(a, w) }");
}

TEST(StoreWeightsAsInt8, LeavesNodesThatAreToStay) {
  expect_untouched("net (float[N,2] x) => (float[N,256] y) { y = MatMul(x, w) }",
                   {.io = IoTypes::original, .input_shapes = {}, .keep_nodes = {"y"}});
}

TEST(StoreWeightsAsInt8, RefusesOpsetsWithoutScalesByChannel) {
  model::Model model = model_of("net (float[N,2] x) => (float[N,256] y) { y = MatMul(x, w) }", 12);
  add_weight(*model.proto().mutable_graph(), "w", {2, 256});
  try {
    run(model);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_EQ(error.message(), "scales by channel need opset 13, and the model has 12");
  }
}

}  // namespace
}  // namespace autoaccel::quantize
