#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_values.h"
#include "select/changes.h"

namespace autoaccel::report {

/// What can fail a pipeline: `slower`, `less-faithful`, `failing`.
std::vector<std::string> regression_names();

/// The changes of these kinds; `deployed_only` leaves out all but what is deployed.
///
/// kinds  of regression_names()
std::vector<select::Change> regressions(const select::Changes& changes, std::span<const std::string> kinds,
                                        bool deployed_only);

/// For people; names are safe to print.
std::string changes_text(const select::Changes& changes);

base::Json json_from_changes(const select::Changes& changes);

}  // namespace autoaccel::report
