#include "support/rewrite/rewriting.h"

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

#include <utility>

#include "rewrite/check_types.h"
#include "rewrite/prepare_graph.h"
#include "support/models.h"

namespace autoaccel::rewrite {

model::Model model_of(std::string_view body, int opset, int ir_version) {
  return test_support::model_from_text(
      fmt::format(R"(<ir_version: {}, opset_import: ["" : {}, "custom" : 1]> {})", ir_version, opset, body));
}

namespace {

/// An empty string that is set prints unlike one that is not, and means the same.
template <typename Message>
void clear_if_empty(Message& message, const std::string& (Message::*text)() const, void (Message::*clear)()) {
  if ((message.*text)().empty()) (message.*clear)();
}

}  // namespace

std::string text_of(const model::Model& model) {
  onnx::ModelProto proto = test_support::resolved(model);
  model::for_each_tensor(proto, [](onnx::TensorProto& tensor) {
    clear_if_empty(tensor, &onnx::TensorProto::name, &onnx::TensorProto::clear_name);
  });
  model::for_each_graph(proto, [](onnx::GraphProto& graph) {
    for (onnx::NodeProto& node : *graph.mutable_node()) {
      node.clear_name();
      clear_if_empty(node, &onnx::NodeProto::domain, &onnx::NodeProto::clear_domain);
    }
  });
  return proto.DebugString();
}

void expect_valid(const model::Model& model) {
  onnx::ModelProto proto = test_support::resolved(model);
  EXPECT_NO_THROW(onnx::checker::check_model(proto));
  const onnx::ShapeInferenceOptions strict{/*check_type=*/true, /*strict_mode=*/1, /*data_prop=*/false};
  try {
    onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\n" << proto.DebugString();
  }
  EXPECT_EQ(type_conflicts(proto), std::vector<std::string>{});
}

model::Model applied(const Pass& pass, const model::Model& before, const PassContext& context, PassReport* report) {
  expect_valid(before);
  model::Model once = before.clone();
  PassReport first;
  pass.apply(once, context, first);
  expect_valid(once);
  model::Model twice = once.clone();
  PassReport second;
  pass.apply(twice, context, second);
  EXPECT_EQ(text_of(twice), text_of(once)) << pass.name << " changes its own result";
  if (report != nullptr) *report = std::move(first);
  return once;
}

void expect_rewrite(const Pass& pass, std::string_view before, std::string_view after, const PassContext& context,
                    int opset) {
  EXPECT_EQ(text_of(applied(pass, model_of(before, opset), context)), text_of(model_of(after, opset)));
}

void expect_untouched(const Pass& pass, std::string_view body, const PassContext& context, int opset) {
  expect_rewrite(pass, body, body, context, opset);
}

std::map<std::string, std::string> plan_of(std::string_view body, PlanRequest request, int opset) {
  model::Model model = model_of(body, opset);
  prepare_graph(model);
  WeightSurvey survey(model, request.low);
  std::map<std::string, std::string> result;
  for (const auto& [id, decision] : plan_precision(model, survey, request).nodes) {
    result[id] = decision.low ? "low" : decision.reason;
  }
  return result;
}

}  // namespace autoaccel::rewrite
