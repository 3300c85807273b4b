#pragma once

#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "pipeline/artifacts.h"
#include "pipeline/open_variant.h"
#include "pipeline/workspace.h"

namespace autoaccel::pipeline {

/// Measures the original and the finalists in turn, in an order that is drawn anew for each round, until the ratios are
/// known well enough. Sessions stay open between the turns where memory allows; else each turn loads its own.
///
/// Outputs are compared once more on the session that is measured: the settings of a variant may spoil one compilation
/// and not another. A finalist that disagrees or fails now gets that outcome in its record, and the final goes on
/// without it.
///
/// run      has records of the original and of the finalists; their measurements become those of the final's turns
/// errors   interrupted; worker::Failure of the original itself
FinalRounds hold_final(const Workspace& workspace, Artifacts& artifacts, const Reference& reference,
                       const std::vector<std::string>& finalists, const FinalRules& rules, Observer& observer,
                       Run& run);

}  // namespace autoaccel::pipeline
