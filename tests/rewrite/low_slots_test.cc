#include "rewrite/low_slots.h"

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

using Slots = std::vector<bool>;

/// Slots of the last node of the model.
LowSlots slots_of(std::string_view body, ElementType low = ElementType::float16, int opset = 17) {
  model::Model model = model_of(body, opset);
  const ValueTable table(model.proto());
  return low_slots(*table.nodes().back().node, table, low);
}

TEST(LowSlots, AreThoseOfTypeVariablesThatAllowTheType) {
  const LowSlots slots = slots_of("net (float[1,1,4,4] x, float[1,1,2,2] w) => (float[1,1,3,3] y) { y = Conv(x, w) }");
  EXPECT_EQ(slots.inputs, (Slots{true, true}));
  EXPECT_EQ(slots.outputs, Slots{true});
  EXPECT_EQ(slots.refusal, "");
}

TEST(LowSlots, LeaveInputsOfOtherTypes) {
  const LowSlots slots = slots_of("net (float[4] x, int64[2] i) => (float[2] y) { y = Gather(x, i) }");
  EXPECT_EQ(slots.inputs, (Slots{true, false}));
}

TEST(LowSlots, LeaveScalesOfResize) {
  const LowSlots slots =
      slots_of("net (float[1,1,2,2] x, float[8] roi, float[4] s) => (float[1,1,4,4] y) { y = Resize(x, roi, s) }");
  EXPECT_EQ(slots.inputs, (Slots{true, false, false}));
  EXPECT_EQ(slots.outputs, Slots{true});
}

TEST(LowSlots, LeaveOutputsThatNoInputDecides) {
  // The statistics of LayerNormalization have the type of stash_type.
  const LowSlots slots =
      slots_of("net (float[2,4] x, float[4] s) => (float[2,4] y, float[2,1] m) { y, m = LayerNormalization(x, s) }");
  EXPECT_EQ(slots.outputs, (Slots{true, false}));
}

TEST(LowSlots, AreNoneWhereTheOpsetDoesNotAllowTheType) {
  const std::string_view conv = "net (float[1,1,4,4] x, float[1,1,2,2] w) => (float[1,1,3,3] y) { y = Conv(x, w) }";
  EXPECT_EQ(slots_of(conv, ElementType::bfloat16, 17).refusal, "not defined for bfloat16 in opset 17");
  EXPECT_EQ(slots_of(conv, ElementType::bfloat16, 17).inputs, (Slots{false, false}));
  EXPECT_EQ(slots_of(conv, ElementType::bfloat16, 22).refusal, "");
}

TEST(LowSlots, AreNoneForFixedTypes) {
  EXPECT_EQ(slots_of("net (float[1,6,4] b, float[1,1,6] s) => (int64[n,3] y) { y = NonMaxSuppression(b, s) }").refusal,
            "not defined for float16 in opset 17");
}

TEST(LowSlots, AreNoneForOperatorsThatOnnxDoesNotDefine) {
  EXPECT_EQ(slots_of("net (float[2] x) => (float[2] y) { y = custom.Twice(x) }").refusal,
            "an operator that this opset does not define");
}

TEST(LowSlots, AreNoneBesideAnInputOfUnknownType) {
  // Whether the custom operator makes float32 cannot be known, so Add cannot change.
  EXPECT_EQ(slots_of("net (float[2] x) => (float[2] y) { a = custom.Twice(x) y = Add(x, a) }").refusal,
            "the type of its input 1 is not known");
}

TEST(TakesEither, NeedsTheSchemasConsent) {
  const auto either = [](std::string_view body, int opset) {
    model::Model model = model_of(body, opset);
    const ValueTable table(model.proto());
    return takes_either(*table.nodes().back().node, 0, table, ElementType::float16);
  };
  EXPECT_TRUE(either("net (float[2] x) => (int64[1] y) { y = Shape(x) }", 17));
  EXPECT_FALSE(either("net (float[2] x) => (bool[2] y) { y = IsInf(x) }", 17));  // float16 from opset 20 on
  EXPECT_TRUE(either("net (float[2] x) => (bool[2] y) { y = IsInf(x) }", 20));
  EXPECT_FALSE(either("net (float[2] x) => (float[2] y) { y = Relu(x) }", 17));
}

}  // namespace
}  // namespace autoaccel::rewrite
