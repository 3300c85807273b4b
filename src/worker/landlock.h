#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "worker/sandbox.h"

namespace autoaccel::worker {

/// The version of Landlock that the kernel offers; 0: none.
int landlock_abi();

/// From here on this thread, and those that it starts, reach only `grants` and what every worker needs; with ABI 4 no
/// TCP, with 6 neither signals nor abstract sockets to processes outside. ABI 0: does nothing.
///
/// libraries  folders that hold libraries, to read
/// errors     environment: the kernel refuses a rule
/// source     kernel documentation, userspace-api/landlock.rst
void restrict_files(int abi, const Grants& grants, const std::vector<std::filesystem::path>& libraries);

}  // namespace autoaccel::worker
