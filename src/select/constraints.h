#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// The constraints of config.yml that a record does not meet, each as a clause: `p99 of 34.1 ms is above
/// latency_p99_ms: 20`. Empty: it meets all, or there are none.
///
/// Where the samples are too few to state a p99, the longest one counts; a figure that is not known does not meet its
/// constraint.
std::vector<std::string> unmet_constraints(const Run& run, const Record& record);

/// All of them as one text; empty: none.
std::string unmet_constraint(const Run& run, const Record& record);

}  // namespace autoaccel::select
