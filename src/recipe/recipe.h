#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/variant.h"
#include "model/model.h"
#include "rewrite/pass.h"

namespace autoaccel::recipe {

using rewrite::Pass;
using rewrite::PassContext;
using rewrite::PassReport;

/// The agreement limit that a recipe promises, by the kind of output.
struct Tolerance {
  double sqnr_db = 0;            ///< `values`: at least, mean over samples; the worst sample may be 10 dB below
  double probability_error = 0;  ///< `probabilities`: at most, on any sample (compare.h defines the figure)
};

/// How a model is converted: a named list of passes.
struct Recipe {
  std::string_view name;
  std::string_view what;            ///< one line: what it does and when it pays
  std::vector<const Pass*> passes;  ///< empty: the original file itself
  ElementType io_type;              ///< float type of reduced inputs and outputs; undefined: I/O cannot be reduced
  Tolerance tolerance;
  int complexity;  ///< order of preference between statistically tied variants: lower wins

  // What PassContext has to hold for it besides the graph.
  bool needs_statistics = false;  ///< what was seen of activations
  bool uses_products = false;     ///< how channels go together: closer with it, and whole without
  bool needs_judge = false;       ///< without one it converts all that can be, whatever the outputs
  bool is_for_runtime = false;    ///< the result depends on PassContext::runtime

  /// The recipe that runs more of the same nodes low, and is no slower whatever the outputs: where that is not faster
  /// than others, or faithful itself, this one has nothing to add. Empty: there is none.
  std::string_view bound = {};
};

/// All recipes, in the order they are listed. `original` is the first.
std::span<const Recipe> recipes();

/// nullptr when there is none of that name.
const Recipe* find_recipe(std::string_view name);

/// The values whose statistics the recipe's passes will ask for, with the axis of their channels; empty: none.
///
/// context  as for apply, but without statistics
/// errors   as apply
std::map<std::string, std::optional<int>> values_to_watch(const Recipe& recipe, const model::Model& original,
                                                          const PassContext& context);

/// What a variant promises: the recipe's tolerance, or the one of the precision that the runtime is told to compute in
/// where that is the looser (settings with a `precision` other than f32). docs/precision.md derives the figures.
Tolerance tolerance_for(const Recipe& recipe, const Settings& settings);

/// Applies the recipe's passes to a copy of `original`, checks the result with ONNX's checker and its types, and
/// returns it.
///
/// A model that already fails the checker before its conversion is not held to it afterwards; the report notes it.
/// errors  unsupported: the recipe converts nothing of this model, with the reason; defect: the result is not valid,
/// with
///         what is wrong; the recipe and the pass are in the context
model::Model apply(const Recipe& recipe, const model::Model& original, const PassContext& context, PassReport& report);

}  // namespace autoaccel::recipe
