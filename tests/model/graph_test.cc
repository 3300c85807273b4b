#include "model/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "model/model.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kNet = R"(
<ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
net (float[2] x, bool c) => (float[2] y, float[2] s)
<float[2] w = {1.5, -2}, int64[1] axes = {0}>
{
  k = Constant <value_int = 7> ()
  list = Constant <value_ints = [3, 4]> ()
  f = Constant <value_float = 0.5> ()
  fs = Constant <value_floats = [1.0, 2.0]> ()
  t = Constant <value = int32[2] {5, 6}> ()
  [square] s = Mul (x, x)
  a = Add (s, w)
  b = If (c) <
    then_branch = then_graph () => (float[2] p) <float[2] v = {8, 9}> {
      q = Add (a, v)
      p = If (c) <
        then_branch = deep () => (float[2] d) { d = Sub (q, w) },
        else_branch = deep2 () => (float[2] e) { e = Identity (x) }
      >
    },
    else_branch = else_graph () => (float[2] r) { r = Identity (a) }
  >
  y = com.acme.Odd <scale = 3> (b, , w)
}
)";

/// Names of outputs, for lists that are easy to read.
template <typename Nodes>
std::vector<std::string> outputs_of(const Nodes& nodes) {
  std::vector<std::string> names;
  for (const auto* node : nodes) names.push_back(node->output(0));
  return names;
}

class GraphViewTest : public ::testing::Test {
 protected:
  Model model_ = test_support::model_from_text(kNet);
  const onnx::GraphProto& graph_ = std::as_const(model_).proto().graph();
  GraphView view_{model_, graph_};

  const onnx::NodeProto& if_node() const { return *view_.producer("b"); }
};

TEST_F(GraphViewTest, ProducersAreNodesOfThisGraphOnly) {
  EXPECT_EQ(view_.producer("s"), &graph_.node(5));
  EXPECT_EQ(view_.producer("x"), nullptr);
  EXPECT_EQ(view_.producer("w"), nullptr);
  EXPECT_EQ(view_.producer("q"), nullptr);  // in a branch
  EXPECT_EQ(view_.producer(""), nullptr);
}

TEST_F(GraphViewTest, ConsumersAreEveryDirectUseWithItsPlace) {
  const auto& of_x = view_.consumers("x");
  ASSERT_EQ(of_x.size(), 2u);
  EXPECT_EQ(of_x[0].node, &graph_.node(5));
  EXPECT_EQ(of_x[0].input, 0);
  EXPECT_EQ(of_x[1].input, 1);
  const auto& of_w = view_.consumers("w");
  ASSERT_EQ(of_w.size(), 2u);
  EXPECT_EQ(of_w[1].node->op_type(), "Odd");
  EXPECT_EQ(of_w[1].input, 2);
  EXPECT_THAT(view_.consumers("y"), IsEmpty());
  EXPECT_THAT(view_.consumers(""), IsEmpty());  // an input left out is no use
}

TEST_F(GraphViewTest, CapturesAreFoundAtAnyDepth) {
  EXPECT_THAT(captured_names(if_node()), ElementsAre("a", "c", "w", "x"));
  EXPECT_THAT(outputs_of(view_.capturing_nodes("a")), ElementsAre("b"));
  EXPECT_THAT(outputs_of(view_.capturing_nodes("w")), ElementsAre("b"));
  EXPECT_THAT(view_.capturing_nodes("q"), IsEmpty());
  EXPECT_TRUE(view_.is_used("a"));  // by the branches alone
  EXPECT_TRUE(view_.is_used("y"));  // as an output
  EXPECT_TRUE(view_.is_used("c"));  // by a node
  EXPECT_FALSE(view_.is_used("k"));
}

TEST_F(GraphViewTest, InputsAndOutputsAreKnown) {
  EXPECT_TRUE(view_.is_graph_input("x"));
  EXPECT_FALSE(view_.is_graph_input("w"));
  EXPECT_TRUE(view_.is_graph_output("s"));
  EXPECT_FALSE(view_.is_graph_output("a"));
  EXPECT_THAT(view_.output_names(), ElementsAre("y", "s"));
}

TEST_F(GraphViewTest, ConstantsOfEveryFormHaveTheirValue) {
  EXPECT_THAT(view_.constant_value("w")->as<float>(), ElementsAre(1.5f, -2.0f));
  EXPECT_THAT(view_.constant_value("k")->as<std::int64_t>(), ElementsAre(7));
  EXPECT_EQ(view_.constant_value("k")->shape(), Shape{});
  EXPECT_THAT(view_.constant_value("list")->as<std::int64_t>(), ElementsAre(3, 4));
  EXPECT_EQ(view_.constant_value("list")->shape(), Shape{2});
  EXPECT_THAT(view_.constant_value("f")->as<float>(), ElementsAre(0.5f));
  EXPECT_THAT(view_.constant_value("fs")->as<float>(), ElementsAre(1.0f, 2.0f));
  EXPECT_THAT(view_.constant_value("t")->as<std::int32_t>(), ElementsAre(5, 6));
  EXPECT_EQ(view_.constant_value("s"), std::nullopt);
  EXPECT_EQ(view_.constant_value("x"), std::nullopt);
  EXPECT_EQ(view_.constant_value("nothing"), std::nullopt);
}

TEST_F(GraphViewTest, ConstantsAboveTheLimitHaveNone) {
  EXPECT_EQ(view_.constant_value("w", 7), std::nullopt);
  EXPECT_NE(view_.constant_value("w", 8), std::nullopt);
  EXPECT_EQ(view_.constant_value("list", 15), std::nullopt);
  EXPECT_TRUE(view_.is_constant("list"));
  EXPECT_TRUE(view_.is_constant("w"));
  EXPECT_FALSE(view_.is_constant("s"));
  EXPECT_FALSE(view_.is_constant("x"));
}

TEST_F(GraphViewTest, ASubgraphAsksTheGraphsAroundIt) {
  const onnx::GraphProto& branch = *subgraphs(if_node())[0];
  const GraphView inner(model_, branch, &view_);
  const GraphView deep(model_, *subgraphs(*inner.producer("p"))[0], &inner);
  EXPECT_THAT(deep.constant_value("v")->as<float>(), ElementsAre(8.0f, 9.0f));
  EXPECT_THAT(deep.constant_value("w")->as<float>(), ElementsAre(1.5f, -2.0f));
  EXPECT_TRUE(deep.is_constant("k"));
  EXPECT_FALSE(deep.is_constant("x"));
  EXPECT_EQ(deep.producer("q"), nullptr);
  EXPECT_EQ(deep.outer()->producer("q"), &branch.node(0));
}

TEST(GraphView, AnInputHidesAConstantOfTheGraphAround) {
  const Model model = test_support::model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64 n, bool c, float[1] x) => (float[1] y) <float[1] w = {1}> {
      y = Loop (n, c, x) <body = body (int64 i, bool go, float[1] w) => (bool on, float[1] out) {
        on = Identity (go)
        out = Neg (w)
      }>
    }
  )");
  const GraphView outer(model, model.proto().graph());
  const GraphView body(model, *subgraphs(model.proto().graph().node(0))[0], &outer);
  EXPECT_TRUE(outer.is_constant("w"));
  EXPECT_FALSE(body.is_constant("w"));
  EXPECT_EQ(body.constant_value("w"), std::nullopt);
}

TEST(GraphView, AMutableViewGivesNodesToChange) {
  Model model = test_support::model_from_text(kNet);
  const MutableGraphView view(model, *model.proto().mutable_graph());
  view.producer("s")->set_op_type("Add");
  view.consumers("s")[0].node->set_input(view.consumers("s")[0].input, "x");
  view.initializer("w")->set_name("renamed");
  EXPECT_EQ(model.proto().graph().node(5).op_type(), "Add");
  EXPECT_EQ(model.proto().graph().node(6).input(0), "x");
  EXPECT_EQ(model.proto().graph().initializer(0).name(), "renamed");
}

TEST(NodesInOrder, PutsEachNodeAfterWhatItReadsAlsoInItsSubgraphs) {
  Model model = test_support::model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1] x, bool c) => (float[1] y) {
      y = If (c) <
        then_branch = a () => (float[1] p) { p = Identity (late) },
        else_branch = b () => (float[1] r) { r = Identity (x) }
      >
      free = Neg (x)
      late = Neg (middle)
      middle = Neg (x)
    }
  )");
  const GraphView view(model, std::as_const(model).proto().graph());
  EXPECT_THAT(outputs_of(view.nodes_in_order()), ElementsAre("free", "middle", "late", "y"));
  sort_nodes(*model.proto().mutable_graph());
  const auto& nodes = model.proto().graph().node();
  EXPECT_THAT(
      (std::vector<std::string>{nodes[0].output(0), nodes[1].output(0), nodes[2].output(0), nodes[3].output(0)}),
      ElementsAre("free", "middle", "late", "y"));
  const std::string sorted = model.proto().SerializeAsString();
  sort_nodes(*model.proto().mutable_graph());
  EXPECT_EQ(model.proto().SerializeAsString(), sorted);
}

TEST(NodesInOrder, KeepsAnOrderThatIsRight) {
  const Model model = test_support::model_from_text(kNet);
  const GraphView view(model, model.proto().graph());
  const auto ordered = view.nodes_in_order();
  ASSERT_EQ(ordered.size(), 9u);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(ordered[static_cast<std::size_t>(i)], &model.proto().graph().node(i));
}

TEST(NodesInOrder, ACycleIsAnErrorWithANodeOnIt) {
  Model model = test_support::model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1] x) => (float[1] y) { y = Add (x, z)
      z = Neg (y) })");
  try {
    sort_nodes(*model.proto().mutable_graph());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("cycle: Add making 'y'"));
  }
}

TEST(RemoveNodes, KeepsTheOrderOfTheRest) {
  Model model = test_support::model_from_text(kNet);
  auto& graph = *model.proto().mutable_graph();
  remove_nodes(graph, [](const auto& node) { return node.op_type() == "Constant"; });
  ASSERT_EQ(graph.node_size(), 4);
  EXPECT_EQ(graph.node(0).output(0), "s");
  EXPECT_EQ(graph.node(3).output(0), "y");
}

TEST(Attributes, AreFoundByName) {
  const Model model = test_support::model_from_text(kNet);
  const auto& odd = model.proto().graph().node(8);
  EXPECT_EQ(attribute_int(odd, "scale", -1), 3);
  EXPECT_EQ(attribute_int(odd, "other", -1), -1);
  EXPECT_EQ(find_attribute(odd, "other"), nullptr);
}

TEST(DescribeNode, UsesTheNameOrElseTheFirstOutput) {
  const Model model = test_support::model_from_text(kNet);
  EXPECT_EQ(describe(model.proto().graph().node(5)), "Mul 'square'");
  EXPECT_EQ(describe(model.proto().graph().node(6)), "Add making 'a'");
}

TEST(IsStandard, IsTheDomain) {
  const Model model = test_support::model_from_text(kNet);
  EXPECT_TRUE(is_standard(model.proto().graph().node(5)));
  EXPECT_FALSE(is_standard(model.proto().graph().node(8)));
}

TEST(UniqueNames, AvoidNamesOfValuesAndNodesInAllGraphs) {
  const Model model = test_support::model_from_text(kNet);
  UniqueNames names(model.proto());
  EXPECT_EQ(names.make("fresh"), "fresh");
  EXPECT_EQ(names.make("fresh"), "fresh_1");
  EXPECT_EQ(names.make("fresh"), "fresh_2");
  EXPECT_EQ(names.make("x"), "x_1");
  EXPECT_EQ(names.make("w"), "w_1");
  EXPECT_EQ(names.make("d"), "d_1");            // made in a branch of a branch
  EXPECT_EQ(names.make("square"), "square_1");  // a node
}

TEST(ForEach, VisitsEveryGraphNodeAndTensorOnce) {
  const Model model = test_support::model_from_text(kNet);
  std::vector<std::string> graphs;
  for_each_graph(model.proto(), [&](const onnx::GraphProto& graph) { graphs.push_back(graph.name()); });
  EXPECT_THAT(graphs, ElementsAre("net", "then_graph", "deep", "deep2", "else_graph"));
  int nodes = 0;
  for_each_node(model.proto(), [&](const onnx::NodeProto&) { ++nodes; });
  EXPECT_EQ(nodes, 9 + 2 + 1 + 1 + 1);
  int tensors = 0;
  for_each_tensor(model.proto(), [&](const onnx::TensorProto&) { ++tensors; });
  EXPECT_EQ(tensors, 4);  // w, axes, v and the Constant's
}

}  // namespace
}  // namespace autoaccel::model
