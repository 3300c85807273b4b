#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "autoaccel/run.h"

namespace autoaccel::base {

// In this header `root` is the folder that holds proc, sys and etc: `/` except in tests.

/// Reads the machine: processor and features, the affinity mask, cgroup v1 and v2 quotas (all levels), memory,
/// governor, operating system.
///
/// threads = max(1, min(allowed processors, floor of the quota)). Memory is the smaller of what the machine has and
/// what the cgroup allows, available memory likewise. What the machine does not tell stays empty or 0.
Host read_host(const std::filesystem::path& root = "/");

/// Processor time used by everything on the machine, for foreign load.
struct CpuTimes {
  double busy_seconds = 0;  ///< all processors together; includes what a hypervisor took away
  double wall_seconds = 0;  ///< monotonic
};
CpuTimes read_cpu_times(const std::filesystem::path& root = "/");

/// 1-minute load average; nullopt where /proc is missing.
std::optional<double> load_average(const std::filesystem::path& root = "/");

/// Seconds that the cgroup's quota has throttled us so far; nullopt without a quota.
std::optional<double> throttled_seconds(const std::filesystem::path& root = "/");

/// Processes that the kernel has ended so far for lack of memory: of the own cgroup where it counts them, else of the
/// whole machine; nullopt where neither is told.
std::optional<std::uint64_t> oom_kills(const std::filesystem::path& root = "/");

}  // namespace autoaccel::base
