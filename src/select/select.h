#pragma once

#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// How simple a recipe is, from its table: lower wins between tied variants.
struct Complexity {
  int (*of_recipe)(std::string_view recipe);
};

/// Fills rank, speed_up, speed_up_interval and on_pareto_front of every record, then `run.recommended`, `run.picks` and
/// `run.verdict`; sorts the records by rank, the ones that did not run last in the order they had. What an earlier call
/// filled in is replaced.
///
/// Ran: `ok`, `suspect` or `disagreed`, with a measurement. speed_up compares throughput when that is the objective,
/// else latency (the median; the mean where the samples are too few for one): over the rounds of the final for those
/// that took part, which also gives the interval, else by the measurements.
///
/// Qualifies: a record that is `ok`, within its limit and the constraints, and better than the original beyond doubt.
/// For latency and throughput that is Ratio::is_apart over the rounds of the final, else 95 % intervals that are apart
/// by more than the drift of the machine. For size, memory and first_inference it is a smaller figure, and not slower
/// beyond doubt. Recommended is the best that qualifies; where a final was held, the best of its finalists. None when
/// nothing qualifies, or when the original itself is not `ok`: a gain over figures that are not to be trusted is none.
///
/// Two whose intervals overlap (finalists: that are not apart) are tied; ties go to the more faithful (by
/// kEqualFidelity, up to kFullFidelity), then to the simpler recipe, unchanged inputs and outputs, fewer settings
/// beyond those of its form, then to the smaller.
///
/// Ranks: finalists that qualify, then what else does, then the other `ok` ones with the original, then `suspect`, then
/// `disagreed`; in each by the objective with the same rule for ties.
void select(Run& run, const Complexity& complexity);

}  // namespace autoaccel::select
