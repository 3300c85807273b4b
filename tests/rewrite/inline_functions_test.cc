#include "autoaccel/error.h"
#include "support/rewrite/rewriting.h"
#include "support/models.h"

namespace autoaccel::rewrite {
namespace {

constexpr std::string_view kWithFunction = R"(
  <ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
  net (float[N] x) => (float[N] y) { y = mine.Twice(x) }
  <domain: "mine", opset_import: ["" : 17]>
  Twice (a) => (b) { b = Add(a, a) }
)";

TEST(InlineFunctions, PutsTheBodyInThePlaceOfTheCall) {
  model::Model model = test_support::model_from_text(kWithFunction);
  PassReport report;
  const model::Model result = applied(kInlineFunctions, model, {}, &report);
  EXPECT_EQ(result.proto().functions_size(), 0);
  ASSERT_EQ(result.proto().graph().node_size(), 1);
  const onnx::NodeProto& node = result.proto().graph().node(0);
  EXPECT_EQ(node.op_type(), "Add");
  EXPECT_EQ(node.domain(), "");
  EXPECT_EQ(node.input(0), "x");
  EXPECT_EQ(node.input(1), "x");
  EXPECT_EQ(node.output(0), "y");
  EXPECT_EQ(report.notes, std::vector<std::string>{"1 of the model's functions put in line"});
}

TEST(InlineFunctions, LeavesAModelWithoutFunctions) {
  expect_untouched(kInlineFunctions, "net (float[N] x) => (float[N] y) { y = custom.Twice(x) }");
}

}  // namespace
}  // namespace autoaccel::rewrite
