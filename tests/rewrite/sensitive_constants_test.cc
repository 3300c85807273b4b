#include <limits>

#include "rewrite/sensitive_nodes.h"

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

constexpr const char* kLarge = "reads values outside the range of 16 bits";
constexpr const char* kMasked = "masked by a constant outside the range of 16 bits";
constexpr const char* kSmall = "reads a constant too small for 16 bits";
constexpr const char* kProtected = "protected by a constant too small for 16 bits";

using Kept = std::map<std::string, std::string>;

Kept kept_in(std::string_view body, ElementType low = ElementType::float16) {
  model::Model model = model_of(body);
  const ValueTable table(model.proto());
  WeightSurvey survey(model, low);
  KeptNodes kept;
  keep_for_constants(table, survey, limits_of(low), kept);
  Kept result;
  for (const PlacedNode& placed : table.nodes()) {
    if (const auto found = kept.find(placed.node); found != kept.end()) result[placed.id] = found->second;
  }
  return result;
}

TEST(SensitiveConstants, MaskOnTheWayToSoftmaxIsClamped) {
  EXPECT_EQ(kept_in(R"(net (float[2,2] x) => (float[2,2] y) <float[2,2] mask = {0, -1000000000, 0, 0}> {
                         s = Shape(x) a = Add(x, mask) b = Reshape(a, s) y = Softmax(b) })"),
            (Kept{{"y", kMasked}}));
}

TEST(SensitiveConstants, MaskChosenByWhereIsClamped) {
  EXPECT_EQ(kept_in(R"(net (bool[2,2] c, float[2,2] x) => (float[2,2] y, float[2,2] z) <float m = {-3.4e38}> {
                         axes = Constant<value_ints = [0]>()
                         u = Unsqueeze(m, axes) a = Where(c, x, u) y = Softmax(a) z = Max(x, m) })"),
            (Kept{{"y", kMasked}}));
}

TEST(SensitiveConstants, OtherReadersOfALargeConstantStay) {
  EXPECT_EQ(kept_in("net (float[2] x) => (float[2] y) <float m = {100000}> { y = Div(x, m) }"), (Kept{{"y", kLarge}}));
  EXPECT_EQ(kept_in("net (float[2] x) => (float[2] y) <float m = {-1000000000}> { a = Add(x, m) y = Relu(a) }"),
            (Kept{{"a", kLarge}}));  // no softmax behind it
}

TEST(SensitiveConstants, LargeProductsKeepWhatTheyFlowInto) {
  // (1 − mask) · −1e9 added to scores: the product is as large as the constant.
  EXPECT_EQ(
      kept_in(R"(net (float[2,2] x, float[2,2] keep) => (float[2,2] y) <float one = {1}, float m = {-1000000000}> {
                         n = Sub(one, keep) p = Mul(n, m) a = Add(x, p) y = Softmax(a) })"),
      (Kept{{"p", kLarge}, {"a", kLarge}, {"y", kLarge}}));
}

TEST(SensitiveConstants, OneMaskWithTwoKindsOfReaders) {
  EXPECT_EQ(kept_in(R"(net (bool[2] c, float[2] x) => (float[2] y, float[2] z) <float m = {-1000000000}> {
                         y = Where(c, x, m) z = Mul(x, m) })"),
            (Kept{{"z", kLarge}}));
}

TEST(SensitiveConstants, LargestFiniteValueFits) {
  EXPECT_EQ(kept_in("net (float[2] x) => (float[2] y) <float m = {65504}> { y = Mul(x, m) }"), Kept{});
}

TEST(SensitiveConstants, InfinitiesAreExact) {
  model::Model model = model_of("net (float[2] x) => (float[2] y) <float m = {1}> { a = Add(x, m) y = Relu(a) }");
  onnx::TensorProto& tensor = *model.proto().mutable_graph()->mutable_initializer(0);
  tensor.set_float_data(0, -std::numeric_limits<float>::infinity());
  const ValueTable table(model.proto());
  WeightSurvey survey(model, ElementType::float16);
  KeptNodes kept;
  keep_for_constants(table, survey, limits_of(ElementType::float16), kept);
  EXPECT_TRUE(kept.empty());
}

TEST(SensitiveConstants, EpsilonKeepsWhatItProtects) {
  EXPECT_EQ(kept_in(R"(net (float[2] x, float[2] n) => (float[2] y) <float eps = {0.000000000001}> {
                         a = Add(n, eps) y = Div(x, a) })"),
            (Kept{{"a", kSmall}, {"y", kProtected}}));
  EXPECT_EQ(kept_in(R"(net (float[2] x) => (float[2] y) <float eps = {0.000000000001}> {
                         a = Max(x, eps) b = Sqrt(a) y = Log(b) })"),
            (Kept{{"a", kSmall}, {"b", kProtected}, {"y", kProtected}}));
}

TEST(SensitiveConstants, EpsilonThatProtectsNothingMayVanish) {
  EXPECT_EQ(kept_in("net (float[2] x) => (float[2] y) <float eps = {0.000000000001}> { a = Add(x, eps) y = Relu(a) }"),
            Kept{});
  // As the numerator nothing is protected.
  EXPECT_EQ(
      kept_in("net (float[2] x) => (float[2] y) <float eps = {0.000000000001}> { a = Add(x, eps) y = Div(a, x) }"),
      Kept{});
}

TEST(SensitiveConstants, TinyFactorsStay) {
  EXPECT_EQ(kept_in("net (float[2] x) => (float[2] y) <float k = {0.000000001}> { y = Mul(x, k) }"),
            (Kept{{"y", kSmall}}));
}

TEST(SensitiveConstants, TinyBiasesMayVanish) {
  EXPECT_EQ(kept_in(R"(net (float[1,1,2,2] x, float[1,1,1,1] w) => (float[1,1,2,2] y) <float[1] b = {0.000000001}> {
                         y = Conv(x, w, b) })"),
            Kept{});
}

TEST(SensitiveConstants, MovementHandsThePropertyOn) {
  EXPECT_EQ(kept_in(R"(net (float[2] x) => (float[1,2] y) <float[1] k = {0.000000001}> {
                         axes = Constant<value_ints = [0]>() u = Unsqueeze(k, axes) y = Mul(x, u) })"),
            (Kept{{"u", kSmall}, {"y", kSmall}}));
}

TEST(SensitiveConstants, Bfloat16HasTheRangeOfFloat32) {
  EXPECT_EQ(
      kept_in("net (float[2] x) => (float[2] y) <float m = {1e30}, float k = {1e-30}> { a = Mul(x, m) y = Mul(a, k) }",
              ElementType::bfloat16),
      Kept{});
}

}  // namespace
}  // namespace autoaccel::rewrite
