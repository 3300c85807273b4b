#pragma once

#include <optional>

#include "autoaccel/record.h"

namespace autoaccel::worker {

/// What this process and the machine have used so far; all counters only rise.
struct Usage {
  double wall_seconds = 0;
  double machine_seconds = 0;       ///< processor time of everything on the machine
  double own_seconds = 0;           ///< processor time of this process and its ended children
  double involuntary_switches = 0;  ///< of this process
  std::optional<double> throttled_seconds;
};
Usage usage_now();

/// What changed between two looks, per second or per processor. Load average and governor are not in it.
///
/// processors  online, at least 1; machine and process are counted by different clocks, so that the share of others is
///             exact to about one tick a processor (10 ms); never below 0
Conditions conditions_between(const Usage& before, const Usage& after, int processors);

}  // namespace autoaccel::worker
