#include "quantize/embedding.h"

#include <gtest/gtest.h>

#include <string>

#include "quantize/weight_only.h"
#include "support/models.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {
namespace {

model::Model model_of(const std::string& body, const Shape& table, int opset = 17) {
  model::Model model =
      test_support::model_from_text("<ir_version: 10, opset_import: [\"\" : " + std::to_string(opset) + "]> " + body);
  test_support::add_random_initializer(*model.proto().mutable_graph(), "t", ElementType::float32, table, 1);
  return model;
}

std::string ops_of(const model::Model& model) {
  std::string ops;
  for (const onnx::NodeProto& node : model.proto().graph().node()) ops += (ops.empty() ? "" : " ") + node.op_type();
  return ops;
}

std::string dims_of(const model::Model& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.proto().graph().initializer())
    if (tensor.name() == name) return to_text(Shape(tensor.dims().begin(), tensor.dims().end()));
  return "";
}

std::vector<std::int64_t> int64s(const model::Model& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.proto().graph().initializer()) {
    if (tensor.name() != name) continue;
    const Tensor values = model.read_weight(tensor);
    return {values.as<std::int64_t>().begin(), values.as<std::int64_t>().end()};
  }
  return {};
}

const std::string kGather = "net (int64[B,S] i) => (float[B,S,64] y) { y = Gather(t, i) }";

TEST(StoreTables, GatherIntegersAndTheirScales) {
  rewrite::PassReport report;
  const model::Model model = rewrite::applied(kStoreWeightsAsInt8, model_of(kGather, {50, 64}), {}, &report);
  EXPECT_EQ(ops_of(model), "Gather Cast Gather Cast Gather Sub Mul Reshape");
  EXPECT_EQ(dims_of(model, "t_uint8"), "[50, 2, 32]");
  EXPECT_EQ(dims_of(model, "t_scale"), "[50, 2, 1]");
  EXPECT_EQ(dims_of(model, "t_zero_point"), "[50, 2, 1]");
  EXPECT_EQ(int64s(model, "y_shape"), (std::vector<std::int64_t>{0, 0, -1}));
  EXPECT_EQ(model.opset(), 17);  // none of it needs a newer one
  EXPECT_EQ(report.weights_converted, 1);
  ASSERT_EQ(report.notes.size(), 1U);
  // 3200 octets and 100 blocks of 4 + 1.
  EXPECT_EQ(report.notes[0].substr(0, report.notes[0].rfind(',')),
            "1 weight stored in 8 bits by rows of a table: 3.7 kB instead of 12.8 kB");
}

TEST(StoreTables, TakeRowsOfAnyWidthAndRank) {
  // One block a row, or none that divides it: scales by row, and no Reshape.
  for (const std::int64_t width : {32, 50}) {
    const model::Model model =
        rewrite::applied(kStoreWeightsAsInt8,
                         model_of("net (int32[N] i) => (float[N,W] y) { y = Gather<axis = 0>(t, i) }", {40, width}));
    EXPECT_EQ(ops_of(model), "Gather Cast Gather Cast Gather Sub Mul");
    EXPECT_EQ(dims_of(model, "t_scale"), "[40, 1]");
  }
  const model::Model scalar =
      rewrite::applied(kStoreWeightsAsInt8, model_of("net (int64 i) => (float[64] y) { y = Gather(t, i) }", {40, 64}));
  EXPECT_EQ(int64s(scalar, "y_shape"), (std::vector<std::int64_t>{-1}));
  // Row numbers of unknown rank.
  const model::Model unknown = rewrite::applied(
      kStoreWeightsAsInt8,
      model_of(
          "net (int64[N] i, int64[M] s) => (float[64] y) { r = Reshape(i, s) g = Gather(t, r) y = ReduceSum(g, s) }",
          {40, 64}));
  EXPECT_EQ(dims_of(unknown, "t_scale"), "[40, 1]");
}

TEST(StoreTables, ServeSeveralReaders) {
  const model::Model model = rewrite::applied(
      kStoreWeightsAsInt8,
      model_of(
          "net (int64[N] i, int64[N,M] j) => (float[N,64] y, float[N,M,64] z) { y = Gather(t, i) z = Gather(t, j) }",
          {50, 64}));
  EXPECT_EQ(ops_of(model),
            "Gather Cast Gather Cast Gather Sub Mul Reshape Gather Cast Gather Cast Gather Sub Mul Reshape");
  EXPECT_EQ(int64s(model, "y_shape"), (std::vector<std::int64_t>{0, -1}));
  EXPECT_EQ(int64s(model, "z_shape"), (std::vector<std::int64_t>{0, 0, -1}));
}

TEST(StoreTables, HaveEightBitsBesideWeightsOfFour) {
  model::Model before =
      model_of("net (int64[N] i) => (float[N,16] y) { e = Gather(t, i) y = MatMul(e, w) }", {50, 64}, 21);
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {64, 16}, 2);
  const model::Model model = rewrite::applied(kStoreWeightsAsInt4, before);
  EXPECT_EQ(dims_of(model, "t_uint8"), "[50, 2, 32]");
  EXPECT_EQ(dims_of(model, "w_uint4"), "[64, 16]");
}

TEST(StoreTables, LeaveOtherGathers) {
  for (const char* body : {"net (int64[N] i) => (float[50,N] y) { y = Gather<axis = 1>(t, i) }",
                           "net (int64[N] i) => (float[N,64] y, float[50,64] z) { y = Gather(t, i) z = Neg(t) }",
                           "net (int64[N] i) => (float[N,64] y, float[50,64] t) { y = Gather(t, i) }"}) {
    model::Model model = model_of(body, {50, 64});
    const std::string before = test_support::resolved(model).DebugString();
    rewrite::PassReport report;
    kStoreWeightsAsInt8.apply(model, {}, report);
    EXPECT_NE(report.nothing_to_convert, "");
    EXPECT_EQ(test_support::resolved(model).DebugString(), before);
  }
  model::Model model = model_of(kGather, {50, 64});
  rewrite::PassReport report;
  kStoreWeightsAsInt8.apply(model, {.io = IoTypes::original, .input_shapes = {}, .keep_nodes = {"y"}}, report);
  EXPECT_EQ(ops_of(model), "Gather");
}

}  // namespace
}  // namespace autoaccel::quantize
