#pragma once

#include "base/json_values.h"
#include "report/columns.h"

namespace autoaccel::report {

/// What report.html shows, for its scripts: texts are printable, numbers come with the text that people read.
base::Json page_data(const Run& run);

/// One line of page_data's `rows`.
base::Json page_row(const Row& row);

}  // namespace autoaccel::report
