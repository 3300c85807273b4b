#pragma once

namespace autoaccel::worker {

/// From here on every thread of this process gets EPERM from system calls that inference has no use for: sockets,
/// other processes and programs, tracing, mounting, keys, kernel modules, clocks, owners and modes of files. Needs
/// no_new_privs.
///
/// gpu      sockets of the local kind may be made, though not connected: drivers of GPUs hold one
/// returns  false where the kernel has no such filters; 32-bit system calls of a 64-bit worker end it
/// cost     none for calls that are always allowed (a bitmap since Linux 5.11), else some 50 ns
/// source   seccomp(2)
bool filter_system_calls(bool gpu);

}  // namespace autoaccel::worker
