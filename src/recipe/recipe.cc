#include "recipe/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "quantize/bfloat16_within_limit.h"
#include "quantize/dynamic_int8.h"
#include "quantize/int8_static.h"
#include "quantize/int8_within_limit.h"
#include "quantize/weight_only.h"
#include "rewrite/check_types.h"
#include "rewrite/passes.h"

namespace autoaccel::recipe {

namespace {

// docs/precision.md says where these come from.
constexpr Tolerance kSameArithmetic{.sqnr_db = 60, .probability_error = 1e-3};
constexpr Tolerance kFloat16{.sqnr_db = 40, .probability_error = 2e-2};
constexpr Tolerance kReduced{.sqnr_db = 30, .probability_error = 0.1};  // bfloat16, and integers
constexpr Tolerance kFourBits{.sqnr_db = 20, .probability_error = 0.1};

/// What every conversion begins with: fewer nodes that say the same.
std::vector<const Pass*> tidied_and(std::initializer_list<const Pass*> passes,
                                    const Pass& fold = rewrite::kFoldAffine) {
  std::vector<const Pass*> all{&rewrite::kInlineFunctions, &rewrite::kRemoveIdentities, &rewrite::kRemoveRedundantCasts,
                               &rewrite::kFuseHardSwish, &fold};
  all.insert(all.end(), passes);
  return all;
}

/// The same for static INT8, which knows values by the names that they have in the original.
std::vector<const Pass*> tidied_and_watched(const Pass& last) {
  return tidied_and({&rewrite::kRaiseOpsetTo13, &last}, rewrite::kFoldAffineKeepingValues);
}

const std::array<Recipe, 10>& table() {
  static const std::array<Recipe, 10> kRecipes{{
      {.name = "original",
       .what = "the user's file, unchanged",
       .passes = {},
       .io_type = ElementType::undefined,
       .tolerance = kSameArithmetic,
       .complexity = 0},
      {.name = "fp32",
       .what = "float32, tidied up: scales, shifts and normalisations taken into the layers beside them",
       .passes = tidied_and({}),
       .io_type = ElementType::undefined,
       .tolerance = kSameArithmetic,
       .complexity = 1},
      {.name = "fp16_weights",
       .what = "weights stored as float16, computed in float32: half the file, for loading and memory",
       .passes = tidied_and({&rewrite::kStoreWeightsAsFloat16}),
       .io_type = ElementType::undefined,
       .tolerance = kFloat16,
       .complexity = 1},
      {.name = "fp16",
       .what =
           "float16 wherever operators and values allow it, float32 elsewhere: for hardware with float16 arithmetic",
       .passes = tidied_and({&rewrite::kConvertFloatToFloat16, &rewrite::kRemoveRedundantCasts}),
       .io_type = ElementType::float16,
       .tolerance = kFloat16,
       .complexity = 2},
      {.name = "bf16",
       .what = "bfloat16 wherever it is close enough, float32 elsewhere: for hardware with bfloat16 arithmetic",
       .passes = tidied_and(
           {&rewrite::kRaiseOpsetTo22, &quantize::kConvertFloatToBfloat16WithinLimit, &rewrite::kRemoveRedundantCasts}),
       .io_type = ElementType::undefined,
       .tolerance = kReduced,
       .complexity = 3,
       .needs_judge = true,
       .is_for_runtime = true},
      {.name = "int8_weights",
       .what = "weights stored as 8-bit integers, computed in float: a quarter of the file, for matrix products",
       .passes = tidied_and({&quantize::kStoreWeightsAsInt8}),
       .io_type = ElementType::undefined,
       .tolerance = kReduced,
       .complexity = 3},
      {.name = "int4_weights",
       .what = "weights of matrix products stored as 4-bit integers: an eighth of the file, where the outputs bear it",
       .passes = tidied_and({&quantize::kStoreWeightsAsInt4}),
       .io_type = ElementType::undefined,
       .tolerance = kFourBits,
       .complexity = 4,
       .uses_products = true},
      {.name = "int8_dynamic",
       .what = "matrix products on 8-bit integers, as many as the outputs bear, ranges found in every inference",
       .passes = tidied_and({&quantize::kQuantizeDynamicallyWithinLimit}),
       .io_type = ElementType::undefined,
       .tolerance = kReduced,
       .complexity = 4,
       .needs_judge = true,
       .is_for_runtime = true},
      {.name = "int8_static",
       .what = "layers on 8-bit integers, ranges from samples: fastest, and seldom close enough as a whole",
       .passes = tidied_and_watched(quantize::kQuantizeActivations),
       .io_type = ElementType::undefined,
       .tolerance = kReduced,
       .complexity = 4,
       .needs_statistics = true,
       .is_for_runtime = true},
      {.name = "int8_static_mixed",
       .what = "as many layers on 8-bit integers as the outputs bear, the others float",
       .passes = tidied_and_watched(quantize::kQuantizeActivationsWithinLimit),
       .io_type = ElementType::undefined,
       .tolerance = kReduced,
       .complexity = 5,
       .needs_statistics = true,
       .needs_judge = true,
       .is_for_runtime = true,
       .bound = "int8_static"},
  }};
  return kRecipes;
}

/// What the checker says against the model; nullopt when nothing.
std::optional<std::string> objection(const model::Model& model) {
  try {
    model::check(model);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.cause() != Cause::model) throw;
    return error.message();
  }
}

/// The result must be as valid as the original was.
void check_result(const Recipe& recipe, const model::Model& original, model::Model& result, PassReport& report) {
  if (const auto wrong = objection(result)) {
    const auto before = objection(original);
    if (!before) throw Error(Cause::defect, fmt::format("recipe {} makes an invalid model: {}", recipe.name, *wrong));
    report.notes.push_back("the original does not pass ONNX's checker: " + *before);
  }
  const std::vector<std::string> conflicts = rewrite::type_conflicts(result.proto());
  if (conflicts.empty()) return;
  model::Model before = original.clone();
  if (rewrite::type_conflicts(before.proto()).empty()) {
    throw Error(Cause::defect,
                fmt::format("recipe {} makes a model of contradicting types: {}", recipe.name, conflicts[0]));
  }
  report.notes.push_back("types contradict each other in the original too: " + conflicts[0]);
}

Tolerance looser(const Tolerance& a, const Tolerance& b) {
  return {std::min(a.sqnr_db, b.sqnr_db), std::max(a.probability_error, b.probability_error)};
}

}  // namespace

std::span<const Recipe> recipes() { return table(); }

const Recipe* find_recipe(std::string_view name) {
  const auto found = std::ranges::find(recipes(), name, &Recipe::name);
  return found == recipes().end() ? nullptr : &*found;
}

Tolerance tolerance_for(const Recipe& recipe, const Settings& settings) {
  const auto precision = settings.find("precision");
  if (precision == settings.end() || precision->second == "f32") return recipe.tolerance;
  // bf16, and what may be bfloat16: a runtime's own choice, and OpenVINO's f16 on processors that have only the other.
  return looser(recipe.tolerance, kReduced);
}

std::map<std::string, std::optional<int>> values_to_watch(const Recipe& recipe, const model::Model& original,
                                                          const PassContext& context) {
  const quantize::Dialect* dialect = quantize::find_dialect(context.runtime);
  if (dialect == nullptr) return {};
  model::Model model = original.clone();
  PassReport unread;
  for (const Pass* pass : recipe.passes) {
    if (pass->reads_statistics) return quantize::values_to_watch(model, *dialect);
    pass->apply(model, context, unread);
  }
  return {};
}

model::Model apply(const Recipe& recipe, const model::Model& original, const PassContext& context, PassReport& report) {
  model::Model result = original.clone();
  if (recipe.passes.empty()) return result;
  if (context.io == IoTypes::reduced && recipe.io_type == ElementType::undefined) {
    throw Error(Cause::unsupported,
                fmt::format("recipe {} leaves the types of inputs and outputs as they are", recipe.name));
  }
  for (const Pass* pass : recipe.passes) {
    try {
      pass->apply(result, context, report);
    } catch (Error& error) {
      error.add_context(fmt::format("applying {} for recipe {}", pass->name, recipe.name));
      throw;
    }
  }
  const bool is_tidy_only = report.nodes_converted + report.weights_converted == 0;
  if (is_tidy_only && report.nothing_to_convert.empty() && report.notes.empty())
    report.nothing_to_convert = "nothing in the model can be written in fewer nodes";
  if (is_tidy_only && !report.nothing_to_convert.empty()) {
    throw Error(Cause::unsupported,
                fmt::format("recipe {} changes nothing: {}", recipe.name, report.nothing_to_convert));
  }
  check_result(recipe, original, result, report);
  return result;
}

}  // namespace autoaccel::recipe
