#include "rewrite/apply_precision.h"

#include "autoaccel/error.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

// What a plan becomes in float16 is tested with the pass, convert_float_to_float16_test.cc. Type 16 is bfloat16, of
// which 1 = 16256 (0x3f80), 2 = 16384 (0x4000), 3 = 16448 (0x4040), 4 = 16512 (0x4080).

constexpr std::string_view kTwoProducts = R"(net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1,2,3,4}> {
  a = MatMul(x, w) y = MatMul(a, w) })";

std::string apply_to(std::string_view body, const PrecisionPlan& plan, IoTypes io = IoTypes::original) {
  model::Model model = model_of(body, 22, 10);
  WeightSurvey survey(model, plan.low);
  PassReport report;
  apply_precision(model, plan, survey, io, report);
  expect_valid(model);
  return text_of(model);
}

TEST(ApplyPrecision, CarriesOutAPlanOfIslandsInBfloat16) {
  const PrecisionPlan plan{.low = ElementType::bfloat16, .nodes = {{"a", {true, ""}}, {"y", {false, "asked"}}}};
  EXPECT_EQ(apply_to(kTwoProducts, plan), text_of(model_of(R"(net (float[2,2] x) => (float[2,2] y)
    <float[2,2] w = {1,2,3,4}, bfloat16[2,2] w_bfloat16 = {16256,16384,16448,16512}> {
      x_bfloat16 = Cast<to = 16>(x) a = MatMul(x_bfloat16, w_bfloat16) a_float32 = Cast<to = 1>(a) y = MatMul(a_float32, w) })",
                                                           22, 10)));
}

TEST(ApplyPrecision, ReducesInputsAndOutputsToThePlansType) {
  const PrecisionPlan plan{.low = ElementType::bfloat16, .nodes = {{"a", {true, ""}}, {"y", {true, ""}}}};
  EXPECT_EQ(apply_to(kTwoProducts, plan, IoTypes::reduced),
            text_of(model_of(R"(net (bfloat16[2,2] x) => (bfloat16[2,2] y)
    <bfloat16[2,2] w = {16256,16384,16448,16512}> { a = MatMul(x, w) y = MatMul(a, w) })",
                             22, 10)));
}

TEST(ApplyPrecision, ChangesNothingForAPlanOfNone) {
  const PrecisionPlan plan{.low = ElementType::float16, .nodes = {{"a", {false, "asked"}}, {"y", {false, "asked"}}}};
  EXPECT_EQ(apply_to(kTwoProducts, plan), text_of(model_of(kTwoProducts, 22, 10)));
}

TEST(ApplyPrecision, RefusesAPlanThatTheSchemaForbids) {
  const PrecisionPlan plan{.low = ElementType::float16, .nodes = {{"y", {true, ""}}}};
  model::Model model = model_of("net (float[2] x) => (float[2] y) { y = custom.Twice(x) }");
  WeightSurvey survey(model, plan.low);
  PassReport report;
  try {
    apply_precision(model, plan, survey, IoTypes::original, report);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::defect);
    EXPECT_EQ(error.message(),
              "Twice making 'y' was to compute in float16: an operator that this opset does not define");
  }
}

TEST(ApplyPrecision, GivesAConstantOutputBothItsTypeAndItsName) {
  // w is an output of the model as well: with reduced outputs the float16 one has its name.
  const PrecisionPlan plan{.low = ElementType::float16, .nodes = {{"a", {true, ""}}, {"y", {false, "asked"}}}};
  EXPECT_EQ(apply_to(R"(net (float[2,2] x) => (float[2,2] y, float[2,2] w) <float[2,2] w = {1,2,3,4}> {
                         a = MatMul(x, w) y = MatMul(a, w) })",
                     plan, IoTypes::reduced),
            text_of(model_of(R"(net (float16[2,2] x) => (float16[2,2] y, float16[2,2] w)
    <float[2,2] w_float32 = {1,2,3,4}, float16[2,2] w = {15360,16384,16896,17408}> {
      a = MatMul(x, w) a_float32 = Cast<to = 1>(a) y_float32 = MatMul(a_float32, w_float32) y = Cast<to = 10>(y_float32) })",
                             22, 10)));
}

}  // namespace
}  // namespace autoaccel::rewrite
