#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace autoaccel::base {

/// A process that cannot be mistaken for a later one with the same number.
struct ProcessKey {
  pid_t pid = -1;
  std::uint64_t start_ticks = 0;  ///< of the boot clock, field 22 of /proc/<pid>/stat
  friend bool operator==(const ProcessKey&, const ProcessKey&) = default;
};

/// nullopt when there is no such process; a zombie counts as a process.
std::optional<ProcessKey> process_key(pid_t pid);

/// Children, their children and so on; without `root` itself.
///
/// Empty on a kernel without /proc/<pid>/task/<tid>/children (CONFIG_PROC_CHILDREN).
/// cost  one small read for each thread of each process of the tree
std::vector<ProcessKey> descendants_of(pid_t root);

/// Resident memory of one process in bytes; 0 when it has ended. cost  one small read
std::uint64_t resident_bytes_of(pid_t pid);

/// Threads of one process; 0 when it has ended. cost  one small read
int threads_of(pid_t pid);

/// Resident memory with each shared page divided by the number of processes that map it (PSS); 0 when it has ended or
/// may not be read. cost  a walk over the process's page tables: milliseconds for gigabytes
std::uint64_t proportional_bytes_of(pid_t pid);

/// The largest resident memory that this process has had so far (VmHWM), in bytes; nullopt where /proc is missing.
std::optional<std::uint64_t> peak_resident_bytes();

/// SIGKILL, unless the number now belongs to another process.
void kill_process(const ProcessKey& process);

}  // namespace autoaccel::base
