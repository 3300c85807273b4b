#include "rewrite/value_table.h"

#include <algorithm>

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

const Value* find(const ValueTable& table, const std::string& name, std::size_t number = 0) {
  for (const Value& value : table.values()) {
    if (value.name == name && number-- == 0) return &value;
  }
  return nullptr;
}

TEST(ValueTable, KnowsWhoMakesAndReadsAValue) {
  model::Model model =
      model_of("net (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { a = Mul(x, w) y = Add(a, a) }");
  const ValueTable table(model.proto());
  const Value* a = find(table, "a");
  EXPECT_EQ(a->producer->op_type(), "Mul");
  EXPECT_EQ(a->type, ElementType::float32);
  ASSERT_EQ(a->uses.size(), 2u);
  EXPECT_EQ(a->uses[0].slot, 0);
  EXPECT_EQ(a->uses[1].slot, 1);
  const Value* w = find(table, "w");
  EXPECT_TRUE(w->is_constant());
  EXPECT_EQ(w->weight, &model.proto().graph().initializer(0));
  const Value* y = find(table, "y");
  ASSERT_EQ(y->uses.size(), 1u);
  EXPECT_EQ(y->uses[0].node, nullptr);
  EXPECT_EQ(find(table, "x")->origin, Value::Origin::input);
}

constexpr std::string_view kTwins = R"(net (bool c, float[2] x) => (float[2] y) {
  y = If(c) <then_branch = yes () => (float[2] t) { h = Relu(x) t = Neg(h) },
             else_branch = no () => (float[2] e) { h = Cast<to = 7>(x) e = Cast<to = 1>(h) }> })";

TEST(ValueTable, ResolvesNamesThatSiblingsShare) {
  model::Model model = model_of(kTwins);
  const ValueTable table(model.proto());
  EXPECT_EQ(find(table, "h", 0)->type, ElementType::float32);
  EXPECT_EQ(find(table, "h", 1)->type, ElementType::int64);
  EXPECT_EQ(find(table, "h", 0)->uses[0].node->op_type(), "Neg");
  EXPECT_EQ(find(table, "h", 1)->uses[0].node->op_type(), "Cast");
  EXPECT_EQ(find(table, "x")->uses.size(), 2u);  // both inside the bodies
}

TEST(ValueTable, GivesEveryNodeAnIdOfItsOwn) {
  model::Model model = model_of(kTwins);
  const ValueTable table(model.proto());
  std::vector<std::string> ids;
  for (const PlacedNode& placed : table.nodes()) ids.push_back(placed.id);
  EXPECT_EQ(
      ids, (std::vector<std::string>{"y", "y/then_branch/h", "y/then_branch/t", "y/else_branch/h", "y/else_branch/e"}));
}

TEST(ValueTable, TakesTypesOfControlFlowFromItsBodies) {
  model::Model model = model_of(R"(net (int64 n, bool c, float16[2] x) => (float16[2] y, float16[N, 2] all) {
    y, all = Loop(n, c, x) <body = b (int64 i, bool go, v) => (bool again, w, s) {
      again = Identity(go) w = Relu(v) s = Neg(v) }> })");
  const ValueTable table(model.proto());
  EXPECT_EQ(find(table, "v")->type, ElementType::float16);  // not declared: that of the loop's input
  EXPECT_EQ(find(table, "y")->type, ElementType::float16);
  EXPECT_EQ(find(table, "all")->type, ElementType::float16);
}

TEST(ValueTable, FallsBackToWhatIsDeclared) {
  model::Model model = model_of(
      "net (float[2] x) => (float[2] y) <float[2] a> { a = custom.Twice(x) b = custom.Twice(a) y = custom.Twice(b) }");
  const ValueTable table(model.proto());
  EXPECT_EQ(find(table, "a")->type, ElementType::float32);
  EXPECT_EQ(find(table, "b")->type, ElementType::undefined);
  EXPECT_EQ(find(table, "y")->type, ElementType::float32);
}

TEST(ValueTable, KnowsTypesWhereDeclaredShapesContradictEachOther) {
  // ONNX's shape inference gives up on the MatMul of [3] and [2].
  model::Model model =
      model_of("net (float[3] x) => (float[1] y) <float[2] w = {1, 2}> { a = MatMul(x, w) y = Relu(a) }");
  const ValueTable table(model.proto());
  EXPECT_EQ(find(table, "a")->type, ElementType::float32);
}

TEST(ValueTable, TakesAnInitializerAmongTheInputsForTheInitializer) {
  model::Model model = model_of("net (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add(x, w) }", 8, 3);
  const ValueTable table(model.proto());
  EXPECT_EQ(std::ranges::count(table.values(), std::string("w"), &Value::name), 1);
  EXPECT_TRUE(find(table, "w")->is_constant());
}

TEST(ValueTable, GivesNullForEmptySlots) {
  model::Model model = model_of("net (float[2] x, float h) => (float[2] y) { y = Clip(x, , h) }");
  const ValueTable table(model.proto());
  const onnx::NodeProto& clip = model.proto().graph().node(0);
  EXPECT_EQ(table.input(clip, 1), nullptr);
  EXPECT_EQ(table.input(clip, 2)->name, "h");
  EXPECT_EQ(table.input(clip, 3), nullptr);
}

TEST(ValueTable, FindsSchemasAtTheModelsOpset) {
  model::Model model = model_of("net (float[2] x) => (float[2] y) { y = Relu(x) }", 13);
  const ValueTable table(model.proto());
  const onnx::NodeProto& relu = model.proto().graph().node(0);
  EXPECT_EQ(table.opset(relu), 13);
  EXPECT_EQ(table.schema(relu)->SinceVersion(), 13);
}

}  // namespace
}  // namespace autoaccel::rewrite
