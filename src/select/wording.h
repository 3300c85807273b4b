#pragma once

#include <optional>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// `2.41 ×`, with its interval where it is known `2.41 × (2.35–2.48)`.
std::string times(double factor, const std::optional<Interval>& interval = {});

/// The gain in the terms of the objective: `2.81 × (2.75–2.87) as fast as the original, 12.1 ms instead of 34.0 ms a
/// request`. Both were measured.
std::string gain(const Run& run, const Record& original, const Record& record);

/// `its outputs agree with the original's to 32.7 dB (largest error 0.021)`
std::string fidelity(const Agreement& agreement);

/// What differs by more than 10 % beside the objective, as a sentence: ` It takes 512 MB instead of 212 MB of memory.`
/// Empty: nothing does.
std::string costs(const Run& run, const Record& original, const Record& record);

/// What was not tried, why, and what more trials promise, as a sentence; empty: no search took place.
std::string search_sentence(const SearchSummary& search);

}  // namespace autoaccel::select
