#pragma once

#include <string>
#include <vector>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// Ids of those that are worth the final, the most promising first; the original is none of them.
///
/// They are `ok`, or suspect for the load of the machine alone, which the final measures anew; within their limit, meet
/// the constraints, and may be better than the original by what is known. First the best of each recipe on each
/// runtime, then the second best of each, as long as their interval reaches within 10 % of the best of all. The most
/// faithful of those that are better than the original beyond doubt is among them: it gets the last place where it has
/// none.
std::vector<std::string> finalists(const Run& run, int most);

}  // namespace autoaccel::select
