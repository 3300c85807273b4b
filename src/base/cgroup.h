#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace autoaccel::base {

/// What the control groups that this process is in allow it and have done to it; absent where no group says anything.
///
/// Limits hold at every level from the process's own group up to the root, so each figure is the tightest of all
/// levels.
struct CgroupLimits {
  std::optional<double> processors;                     ///< processors' worth of time
  std::optional<std::uint64_t> memory_bytes;            ///< limit
  std::optional<std::uint64_t> memory_available_bytes;  ///< limit − what is used and cannot be given back at once
  std::optional<double> throttled_seconds;              ///< so far, by the processor quota
  std::optional<std::uint64_t> oom_kills;  ///< processes of the own group ended by the kernel for memory so far
};

/// Reads version 1, version 2 and machines that mount both.
///
/// root  the folder that holds proc and sys; `/` except in tests
/// source  kernel documentation, admin-guide/cgroup-v2.rst and cgroup-v1; proc_pid_mountinfo(5)
CgroupLimits read_cgroup(const std::filesystem::path& root = "/");

}  // namespace autoaccel::base
