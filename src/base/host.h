#pragma once

#include "autoaccel/run.h"

namespace autoaccel::base {

/// Reads the machine: /proc/cpuinfo, the affinity mask, cgroup v1 and v2 quotas (all levels), /proc/meminfo, uname.
///
/// threads = max(1, min(allowed processors, floor of the quota)). Memory available is the smaller of MemAvailable
/// and what the cgroup still allows.
Host read_host();

/// Processor time, in seconds, used by everything on the machine and by one process tree: for foreign load.
struct CpuTimes {
  double busy_seconds = 0;   ///< whole machine, all processors
  double wall_seconds = 0;   ///< monotonic
};
CpuTimes read_cpu_times();

/// 1-minute load average; nullopt where /proc is missing.
std::optional<double> load_average();

/// Seconds that the cgroup's quota has throttled us so far; nullopt without a quota.
std::optional<double> throttled_seconds();

}  // namespace autoaccel::base
