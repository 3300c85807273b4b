#pragma once

#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// How simple a recipe is, from its table: lower wins between tied variants.
struct Complexity {
  int (*of_recipe)(std::string_view recipe);
};

/// Fills rank and speed_up of every record that ran, then `run.recommended` and `run.verdict`; sorts the records by
/// rank, the ones that did not run last in the order they had. What an earlier call filled in is replaced.
///
/// Ran: `ok`, `suspect` or `disagreed`, with a measurement. speed_up compares throughput when that is the objective,
/// else latency (the median; the mean where the samples are too few for one).
///
/// Recommended is the best by config.objective among records that are `ok`, within their limit and better than the
/// original beyond doubt: their 95 % intervals of the median are apart, by more than the drift of the machine (size:
/// smaller, and not slower beyond doubt). Two whose intervals overlap are tied; ties go to the simpler recipe, then to
/// unchanged inputs and outputs, then to the more faithful, then to the smaller. None when nothing qualifies, or when
/// the original itself is not `ok`: a gain over figures that are not to be trusted is none.
///
/// Ranks: what qualifies, then the other `ok` ones with the original, then `suspect`, then `disagreed`; in each by the
/// objective with the same rule for ties.
void select(Run& run, const Complexity& complexity);

}  // namespace autoaccel::select
