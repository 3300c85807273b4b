#include "rewrite/raise_opset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "model/graph.h"
#include "model/weight_store.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

TEST(RaiseOpset, RewritesWhatChangedItsForm) {
  const model::Model raised =
      applied(kRaiseOpsetTo13, model_of("net (float[1,N] x) => (float[N] y) { y = Squeeze <axes = [0]> (x) }", 12));
  EXPECT_EQ(
      text_of(raised),
      text_of(model_of(
          "net (float[1,N] x) => (float[N] y) { _v_4 = Constant <value = int64[1] {0}> () y = Squeeze (x, _v_4) }",
          13)));
}

TEST(RaiseOpset, RaisesTheIrVersionThatTheOpsetNeeds) {
  const model::Model raised =
      applied(kRaiseOpsetTo22, model_of("net (float[2] x) => (float[2] y) { y = Neg(x) }", 12, 7));
  EXPECT_EQ(raised.opset(), 22);
  EXPECT_EQ(raised.proto().ir_version(), 10);
}

TEST(RaiseOpset, LeavesAHigherOneAlone) {
  expect_untouched(kRaiseOpsetTo13, "net (float[2] x) => (float[2] y) { y = Neg(x) }", {}, 17);
}

/// 400 floats of value `value`, more than what a model keeps in the graph itself.
std::string constant(float value) {
  std::string values;
  for (int i = 0; i < 400; ++i) values += fmt::format("{}{}", i == 0 ? "" : ", ", value);
  return fmt::format("Constant <value = float[400] {{{}}}> ()", values);
}

void expect_squeeze_by_input(const onnx::NodeProto& branch) {
  for (const onnx::GraphProto* body : model::subgraphs(branch)) {
    for (const onnx::NodeProto& node : body->node()) {
      if (node.op_type() == "Squeeze") EXPECT_EQ(node.input_size(), 2);
    }
  }
}

TEST(RaiseOpset, KeepsWeightsWhereTheyAre) {
  // In the main graph and in both bodies, whose constants have equal names.
  const model::Model text = model_of(
      fmt::format("net (bool c, float[1,400] x) => (float[400] y) {{ w = {} y = If (c) <"
                  "then_branch = g () => (float[400] a) {{ v = {} t = Squeeze <axes = [0]> (x) a = Add(t, v) }}, "
                  "else_branch = h () => (float[400] b) {{ v = {} t = Squeeze <axes = [0]> (x) u = Mul(t, w) "
                  "b = Sub(u, v) }}> }}",
                  constant(1), constant(2), constant(3)),
      12);
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "raise_opset_weights.onnx";
  text.save(path);
  model::Model raised = model::Model::load(path);
  raise_opset(raised, 13);
  std::filesystem::remove(path);
  EXPECT_EQ(raised.opset(), 13);
  std::vector<float> first;
  for (const onnx::NodeProto& node : raised.proto().graph().node()) {
    if (node.op_type() == "If") expect_squeeze_by_input(node);
  }
  model::for_each_tensor(raised.proto(), [&](onnx::TensorProto& tensor) {
    if (tensor.data_type() != onnx::TensorProto::FLOAT) return;
    EXPECT_TRUE(model::WeightStore::is_reference(tensor));
    first.push_back(raised.read_weight(tensor).as<float>()[0]);
  });
  EXPECT_EQ(first, (std::vector<float>{1, 2, 3}));
}

TEST(RaiseOpset, SaysWhichOperatorStandsInTheWay) {
  model::Model model = model_of("net (float[2] x) => (float[2] y) { y = NoSuchOperator(x) }", 12);
  try {
    raise_opset(model, 13);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_THAT(error.message(), ::testing::StartsWith("the model cannot be raised from opset 12 to 13: "));
    EXPECT_THAT(error.message(), ::testing::HasSubstr("NoSuchOperator"));
  }
}

}  // namespace
}  // namespace autoaccel::rewrite
