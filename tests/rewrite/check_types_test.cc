#include "rewrite/check_types.h"

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

using Conflicts = std::vector<std::string>;

Conflicts conflicts(std::string_view body, int opset = 17) {
  model::Model model = model_of(body, opset);
  return type_conflicts(model.proto());
}

TEST(TypeConflicts, AreNoneInAGoodModel) {
  EXPECT_EQ(conflicts("net (float[2] x) => (float16[2] y) { a = Cast<to = 10>(x) y = Relu(a) }"), Conflicts{});
}

TEST(TypeConflicts, NameTheNodeWhoseInputsDiffer) {
  EXPECT_EQ(conflicts("net (float[2] x, float16[2] h) => (float[2] y) { y = Add(x, h) }"),
            Conflicts{"Add making 'y': an input is float32, input 1 is float16"});
}

TEST(TypeConflicts, NameATypeThatTheOpsetDoesNotAllow) {
  EXPECT_EQ(conflicts("net (bfloat16[1,1,4] x, bfloat16[1,1,2] w) => (bfloat16[1,1,3] y) { y = Conv(x, w) }"),
            (Conflicts{"Conv making 'y': input 0 is bfloat16, which opset 17 does not allow",
                       "Conv making 'y': input 1 is bfloat16, which opset 17 does not allow"}));
}

TEST(TypeConflicts, HoldOutputsToWhatIsDeclared) {
  EXPECT_EQ(conflicts("net (float16[2] x) => (float[2] y) { y = Relu(x) }"),
            Conflicts{"output y: declared float32, made float16"});
}

TEST(TypeConflicts, HoldBranchesToEachOther) {
  const Conflicts found = conflicts(R"(net (bool c, float[2] x) => (float[2] y) {
    y = If(c) <then_branch = yes () => (float[2] t) { t = Relu(x) },
               else_branch = no () => (float16[2] e) { e = Cast<to = 10>(x) }> })");
  EXPECT_EQ(found, Conflicts{"If making 'y', output 0 of its body: gives float32, makes float16"});
}

TEST(TypeConflicts, HoldLoopsToWhatTheyCarry) {
  const Conflicts found = conflicts(R"(net (int64 n, bool c, float[2] x) => (float16[2] y) {
    y = Loop(n, c, x) <body = b (int64 i, bool go, float[2] v) => (bool again, float16[2] w) {
      again = Identity(go) w = Cast<to = 10>(v) }> })");
  EXPECT_EQ(found, Conflicts{"Loop making 'y', output 1 of its body: takes float32, returns float16"});
}

TEST(TypeConflicts, SayNothingWhereATypeIsNotKnown) {
  EXPECT_EQ(conflicts("net (float[2] x) => (float[2] y) { a = custom.Twice(x) y = Add(x, a) }"), Conflicts{});
}

}  // namespace
}  // namespace autoaccel::rewrite
