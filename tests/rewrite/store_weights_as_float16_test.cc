#include <cstring>
#include <vector>

#include "base/numeric.h"
#include "support/rewrite/rewriting.h"
#include "support/models.h"

namespace autoaccel::rewrite {
namespace {

constexpr const Pass& kPass = kStoreWeightsAsFloat16;

/// 257 floats: 1028 bytes, just above what counts as large; 256 are not.
void add_weight(onnx::GraphProto& graph, const std::string& name, std::int64_t elements = 257, float value = 0.5f) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(elements);
  const std::vector<float> values(static_cast<std::size_t>(elements), value);
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
}

std::vector<std::uint16_t> halves(const model::Model& model, const onnx::TensorProto& tensor) {
  const Tensor values = model.read_weight(tensor);
  return {values.as<std::uint16_t>().begin(), values.as<std::uint16_t>().end()};
}

TEST(StoreWeightsAsFloat16, CastsBackUnderTheOldName) {
  model::Model model = model_of("net (float[N,257] x) => (float[N,257] y) { a = Mul(x, w) y = Add(a, w) }");
  add_weight(*model.proto().mutable_graph(), "w");
  PassReport report;
  const model::Model result = applied(kPass, model, {}, &report);
  const onnx::GraphProto& graph = result.proto().graph();
  ASSERT_EQ(graph.initializer_size(), 1);
  EXPECT_EQ(graph.initializer(0).name(), "w_float16");
  EXPECT_EQ(graph.initializer(0).data_type(), onnx::TensorProto::FLOAT16);
  EXPECT_EQ(halves(result, graph.initializer(0)), std::vector<std::uint16_t>(257, 0x3800));  // 0.5
  ASSERT_EQ(graph.node_size(), 3);  // one Cast for both readers, before them
  EXPECT_EQ(graph.node(0).op_type(), "Cast");
  EXPECT_EQ(graph.node(0).input(0), "w_float16");
  EXPECT_EQ(graph.node(0).output(0), "w");
  EXPECT_EQ(graph.node(0).attribute(0).i(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(graph.node(1).input(1), "w");
  EXPECT_EQ(report.weights_converted, 1);
  EXPECT_EQ(report.nodes_converted, 0);
  EXPECT_EQ(report.notes, std::vector<std::string>{"1 constant stored as float16: 514 bytes instead of 1.0 kB"});
}

TEST(StoreWeightsAsFloat16, LeavesSmallOnes) {
  model::Model model = model_of("net (float[N,256] x) => (float[N,256] y) { y = Mul(x, w) }");
  add_weight(*model.proto().mutable_graph(), "w", 256);
  PassReport report;
  EXPECT_EQ(text_of(applied(kPass, model, {}, &report)), text_of(model));
  EXPECT_EQ(report.nothing_to_convert, "no float32 weights above 1024 bytes");
}

TEST(StoreWeightsAsFloat16, LeavesWhatDoesNotFit) {
  model::Model model = model_of("net (float[N,257] x) => (float[N,257] y) { a = Mul(x, w) y = Mul(a, v) }");
  add_weight(*model.proto().mutable_graph(), "w", 257, 65505.0f);
  add_weight(*model.proto().mutable_graph(), "v", 257, 1e-7f);
  PassReport report;
  EXPECT_EQ(text_of(applied(kPass, model, {}, &report)), text_of(model));
  EXPECT_EQ(report.nothing_to_convert, "none of the 2 large float32 weights fits float16");
  EXPECT_EQ(report.notes, (std::vector<std::string>{"1 constants stay float32: values beyond ±65504",
                                                    "1 constants stay float32: too small for float16"}));
}

TEST(StoreWeightsAsFloat16, LeavesOtherTypesAndWhatNothingReads) {
  model::Model model = model_of("net (int64[1] i, float[N,257] x) => (float[N,257] y) { y = Mul(x, x) }");
  add_weight(*model.proto().mutable_graph(), "unread");
  test_support::add_random_initializer(*model.proto().mutable_graph(), "d", ElementType::float64, {600}, 1);
  EXPECT_EQ(text_of(applied(kPass, model)), text_of(model));
}

TEST(StoreWeightsAsFloat16, LeavesScalesOfQuantizedNodes) {
  model::Model model = model_of("net (int8[257] q) => (float[257] y) { y = DequantizeLinear<axis = 0>(q, w) }");
  add_weight(*model.proto().mutable_graph(), "w");
  EXPECT_EQ(text_of(applied(kPass, model)), text_of(model));
}

TEST(StoreWeightsAsFloat16, ServesReadersInSubgraphs) {
  model::Model model = model_of(R"(net (bool c, float[257] x) => (float[257] y) {
    y = If(c) <then_branch = yes () => (float[257] t) { t = Mul(x, w) },
               else_branch = no () => (float[257] e) { e = Add(x, w) }> })");
  add_weight(*model.proto().mutable_graph(), "w");
  const model::Model result = applied(kPass, model);
  ASSERT_EQ(result.proto().graph().node_size(), 2);
  EXPECT_EQ(result.proto().graph().node(0).output(0), "w");
  EXPECT_EQ(result.proto().graph().node(1).attribute(0).g().node_size(), 1);
}

TEST(StoreWeightsAsFloat16, ConvertsConstantsOfBodies) {
  model::Model model = model_of(R"(net (bool c, float[257] x) => (float[257] y) {
    y = If(c) <then_branch = yes () => (float[257] t) { w = Constant<value = float[1] {1}>() t = Mul(x, w) },
               else_branch = no () => (float[257] e) { e = Neg(x) }> })");
  onnx::NodeProto& branch = *model.proto().mutable_graph()->mutable_node(0);
  onnx::GraphProto& body = *branch.mutable_attribute(0)->mutable_g();
  add_weight(body, "w");
  *body.mutable_node(0)->mutable_attribute(0)->mutable_t() = body.initializer(0);
  body.clear_initializer();
  const model::Model result = applied(kPass, model);
  const onnx::GraphProto& after = result.proto().graph().node(0).attribute(0).g();
  ASSERT_EQ(after.node_size(), 3);
  EXPECT_EQ(after.node(0).output(0), "w_float16");
  EXPECT_EQ(after.node(0).attribute(0).t().data_type(), onnx::TensorProto::FLOAT16);
  EXPECT_EQ(after.node(1).op_type(), "Cast");
  EXPECT_EQ(after.node(1).output(0), "w");
  EXPECT_EQ(after.node(2).input(1), "w");
}

TEST(StoreWeightsAsFloat16, KeepsAWeightThatIsAnOutput) {
  model::Model model = model_of("net (float[N,257] x) => (float[N,257] y, float[257] w) { y = Mul(x, w) }");
  add_weight(*model.proto().mutable_graph(), "w");
  const model::Model result = applied(kPass, model);
  EXPECT_EQ(result.proto().graph().output(1).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(result.proto().graph().node(0).output(0), "w");
}

}  // namespace
}  // namespace autoaccel::rewrite
