#pragma once

#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// Why a record's worst sample is within its limit by luck only, as a clause; empty: nothing says so.
///
/// Where a decision is nearly a tie, as between two classes, any noise may turn it. On few samples one variant of many
/// passes there by chance, and the search would choose just that one. So the worst sample is also held to what variants
/// of about as much noise in the mean show: the distance from their mean to their worst sample, the median of them.
/// Fewer than three such variants say nothing; those with the same figures count once.
std::string luck_reason(const Run& run, const Record& record);

}  // namespace autoaccel::select
