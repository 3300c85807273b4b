#pragma once

#include <vector>

#include "select/standing.h"

namespace autoaccel::select {

/// Fills on_pareto_front of every record. The front is of speed × fidelity × size, among faithful variants within the
/// constraints that are not slower than the original beyond doubt; the original itself is not on it.
///
/// Fidelity counts in whole dB up to kFullFidelity, so that settings of one form do not all stand on the front for the
/// last digit. run  the standing's own
void mark_pareto_front(const Standing& standing, Run& run);

/// `fastest`, `most faithful that is faster` and `smallest` of the same variants, each only where there is one: faster
/// than the original beyond doubt, or smaller. Where a final was held, the fastest is one of its finalists.
std::vector<Pick> picks_of(const Standing& standing);

}  // namespace autoaccel::select
