#pragma once

#include "autoaccel/run.h"
#include "support/search/landscape.h"

namespace autoaccel::search::testing {

/// The landscape that an exhaustive run has recorded: a point for each record that was tried.
///
/// run.json does not say which settings were varied, so this is read off the records. Of the settings of a runtime,
/// those that vary in the records of every recipe are the search's; the others tell forms apart (`precision`, where one
/// recipe comes in one only). Those that do not occur in all their combinations (threads and requests) are one
/// dimension together. The first record of a form is the form as planned.
Landscape landscape_from_run(const Run& run);

}  // namespace autoaccel::search::testing
