#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/variant.h"
#include "model/model.h"

namespace autoaccel::rewrite {

/// What passes are told besides the graph.
struct PassContext {
  IoTypes io = IoTypes::original;
  std::map<std::string, Shape> input_shapes;  ///< for shape inference; empty: as declared
  std::set<std::string> keep_nodes = {};      ///< names or ids of nodes that stay in their precision
  std::set<std::string> convert_nodes =
      {};  ///< … that are converted wherever their operator allows it, against the rules
};

/// What a conversion did, for the record and the terminal.
struct PassReport {
  int nodes_converted = 0;
  int nodes_kept = 0;                         ///< float nodes left in their precision
  std::map<std::string, int> kept_by_reason;  ///< `Exp: results leave the range of 16 bits` → 2
  int weights_converted = 0;
  std::vector<std::string> notes;  ///< counts of clamped constants, overflow, flushed values, …
  std::string nothing_to_convert;  ///< why a pass that converts left the model as it was; else empty
};

/// One rewrite of an ONNX graph; stateless and idempotent: what has nothing to do leaves the model as it is.
/// errors  unsupported: the model cannot be converted, with the node and the reason
struct Pass {
  std::string_view name;  ///< <verb>_<object>
  std::string_view what;  ///< one line for `--list`
  void (*apply)(model::Model&, const PassContext&, PassReport&);
};

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
};

/// All recipes, in the order they are listed. `original` is the first.
std::span<const Recipe> recipes();

/// nullptr when there is none of that name.
const Recipe* find_recipe(std::string_view name);

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

}  // namespace autoaccel::rewrite
