#include "recipe/recipe.h"

#include <set>

#include "autoaccel/error.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::recipe {
using namespace autoaccel::rewrite;  // model_of, text_of and what else tests of rewriting share

namespace {

TEST(Recipes, HaveNamesOfTheirOwnAndTheOriginalFirst) {
  std::set<std::string_view> names;
  for (const Recipe& recipe : recipes()) {
    EXPECT_TRUE(names.insert(recipe.name).second);
    EXPECT_FALSE(recipe.what.empty());
    EXPECT_GT(recipe.tolerance.sqnr_db, 0);
    EXPECT_GT(recipe.tolerance.probability_error, 0);
    EXPECT_EQ(find_recipe(recipe.name), &recipe);
  }
  EXPECT_EQ(recipes()[0].name, "original");
  EXPECT_TRUE(recipes()[0].passes.empty());
  EXPECT_EQ(names, (std::set<std::string_view>{"original", "fp32", "fp16_weights", "fp16", "bf16", "int8_weights",
                                               "int4_weights", "int8_dynamic", "int8_static", "int8_static_mixed"}));
  EXPECT_EQ(find_recipe("fp15"), nullptr);
}

TEST(Recipes, AreSimplerTheLessTheyChange) {
  EXPECT_LT(find_recipe("original")->complexity, find_recipe("fp16_weights")->complexity);
  EXPECT_LT(find_recipe("fp16_weights")->complexity, find_recipe("fp16")->complexity);
}

TEST(ToleranceFor, IsTheRecipesOwnInFloat32) {
  const Recipe& fp16 = *find_recipe("fp16");
  for (const Settings& settings : {Settings{}, Settings{{"precision", "f32"}}, Settings{{"threads", "2"}}}) {
    EXPECT_EQ(tolerance_for(fp16, settings).sqnr_db, fp16.tolerance.sqnr_db);
    EXPECT_EQ(tolerance_for(fp16, settings).probability_error, fp16.tolerance.probability_error);
  }
}

TEST(ToleranceFor, IsLooserWhereTheRuntimeMayComputeInBfloat16) {
  for (const char* recipe : {"original", "fp16_weights", "fp16"}) {
    for (const char* precision : {"bf16", "default", "f16"}) {
      const Tolerance tolerance = tolerance_for(*find_recipe(recipe), {{"precision", precision}});
      EXPECT_EQ(tolerance.sqnr_db, 30) << recipe << " " << precision;
      EXPECT_EQ(tolerance.probability_error, 0.1) << recipe << " " << precision;
    }
  }
}

constexpr std::string_view kProduct = "net (float[2,2] x) => (float[2,2] y) { a = Identity(x) y = MatMul(a, a) }";

TEST(Apply, LeavesTheOriginalAlone) {
  const model::Model original = model_of(kProduct);
  const std::string before = text_of(original);
  PassReport report;
  const model::Model result = apply(*find_recipe("fp16"), original, reduced_io(), report);
  EXPECT_EQ(text_of(original), before);
  EXPECT_EQ(text_of(result), text_of(model_of("net (float16[2,2] x) => (float16[2,2] y) { y = MatMul(x, x) }")));
  EXPECT_EQ(report.nodes_converted, 1);
}

TEST(Apply, GivesTheOriginalItself) {
  const model::Model original = model_of(kProduct);
  PassReport report;
  EXPECT_EQ(text_of(apply(*find_recipe("original"), original, {}, report)), text_of(original));
}

void expect_error(const Recipe& recipe, std::string_view body, const PassContext& context, Cause cause,
                  const std::string& message) {
  PassReport report;
  try {
    apply(recipe, model_of(body), context, report);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), cause);
    EXPECT_EQ(error.message(), message);
  }
}

TEST(Apply, RefusesWhatItCannotChange) {
  expect_error(*find_recipe("fp16"), "net (int64[2] x) => (int64[2] y) { y = Add(x, x) }", {}, Cause::unsupported,
               "recipe fp16 changes nothing: nothing in the model computes in float32");
  expect_error(*find_recipe("fp16_weights"), kProduct, {}, Cause::unsupported,
               "recipe fp16_weights changes nothing: no float32 weights above 1024 bytes");
}

TEST(Apply, RefusesReducedTypesWhereTheRecipeHasNone) {
  expect_error(*find_recipe("fp16_weights"), kProduct, reduced_io(), Cause::unsupported,
               "recipe fp16_weights leaves the types of inputs and outputs as they are");
}

void break_model(model::Model& model, const PassContext&, PassReport& report) {
  model.proto().mutable_graph()->mutable_node(0)->set_op_type("Nonsense");
  report.nodes_converted = 1;
}

void break_types(model::Model& model, const PassContext&, PassReport& report) {
  model.proto().mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::FLOAT16);
  report.nodes_converted = 1;
}

void refuse(model::Model&, const PassContext&, PassReport&) { throw Error(Cause::unsupported, "not this one"); }

Recipe recipe_of(const Pass& pass) {
  return {.name = "test",
          .what = "for tests",
          .passes = {&pass},
          .io_type = ElementType::float16,
          .tolerance = {},
          .complexity = 1};
}

TEST(Apply, ThrowsADefectForAnInvalidResult) {
  const Pass pass{"break_model", "", break_model};
  PassReport report;
  EXPECT_THROW(
      {
        try {
          apply(recipe_of(pass), model_of(kProduct), {}, report);
        } catch (const Error& error) {
          EXPECT_EQ(error.cause(), Cause::defect);
          EXPECT_TRUE(error.message().starts_with("recipe test makes an invalid model: ")) << error.message();
          throw;
        }
      },
      Error);
}

TEST(Apply, ThrowsADefectForContradictingTypes) {
  const Pass pass{"break_types", "", break_types};
  expect_error(recipe_of(pass), kProduct, {}, Cause::defect,
               "recipe test makes a model of contradicting types: output y: declared float16, made float32");
}

TEST(Apply, NotesWhatWasWrongBefore) {
  // The original adds float32 to float16: no fault of the conversion.
  PassReport report;
  apply(
      *find_recipe("fp16"),
      model_of("net (float[2,2] x, float16[2,2] h) => (float[2,2] y, float[2,2] z) { y = Add(x, h) z = MatMul(x, x) }"),
      {}, report);
  ASSERT_FALSE(report.notes.empty());
  EXPECT_EQ(report.notes.back(),
            "types contradict each other in the original too: Add making 'y': an input is float32, input 1 is float16");
}

TEST(Apply, SaysWhichPassRefused) {
  const Pass pass{"refuse", "", refuse};
  PassReport report;
  try {
    apply(recipe_of(pass), model_of(kProduct), {}, report);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "not this one");
    EXPECT_EQ(error.context(), std::vector<std::string>{"applying refuse for recipe test"});
  }
}

}  // namespace
}  // namespace autoaccel::recipe
