#pragma once

#include <optional>

#include "autoaccel/record.h"
#include "pipeline/artifacts.h"
#include "pipeline/open_variant.h"
#include "pipeline/workspace.h"

namespace autoaccel::pipeline {

/// Seconds with the relative half-width of their 95 % interval.
struct TimeToBeat {
  double seconds = 0;
  double half_width = 0;
};

/// What the objective calls fast, of one measurement: seconds a sample when it is throughput, else the median latency.
TimeToBeat time_of(const Measurement& measurement, Objective objective);

/// The rules for a look that is to be short: 0.1 to 2 s of warm-up, `min_seconds` to 3 s of measuring, an interval of
/// ± 3 %; what is shorter or wider already stays.
measure::Rules brief(measure::Rules rules, double min_seconds);

/// Sets outcome and reason by what the record holds: disagreed, suspect or ok.
void judge(const Workspace& workspace, Record& record);

/// Tries one variant in a worker: convert, load, compare with the reference, measure, ask what ran.
///
/// Outputs are compared before time is spent on measuring. What disagrees, or is slower than `to_beat` beyond doubt
/// after a brief measurement, is measured no longer, and a note says so.
///
/// reference  when its id is empty, this variant's outputs become the reference (only a successful trial's do)
/// to_beat    nullopt: everything that agrees is measured as long as the rules say
/// returns    the record, whatever happened to the variant
/// errors     interrupted, environment (the run folder itself), defect: what is not the variant's own fault
Record try_variant(const Workspace& workspace, Artifacts& artifacts, const Variant& variant, Reference& reference,
                   Observer& observer, std::optional<TimeToBeat> to_beat = {});

/// The reference that an earlier run left in the folder under the same key; nullopt when there is none.
std::optional<Reference> stored_reference(const Workspace& workspace, const Variant& variant);

}  // namespace autoaccel::pipeline
