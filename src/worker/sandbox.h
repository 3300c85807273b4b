#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace autoaccel::worker {

/// What a worker may touch beside the system's libraries. A path that does not exist is passed over.
///
/// readable  files, or folders with all below them
/// writable  folders: files and folders below them may be made, changed and removed; no links, pipes or devices
/// gpu       the device nodes of GPUs, and the sockets that their drivers open among themselves
struct Grants {
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  bool gpu = false;
  friend bool operator==(const Grants&, const Grants&) = default;
};

/// The command line that tells a worker to shut itself in, and its inverse; nullopt: no sandbox is asked for.
/// errors  usage: an argument that arguments_from() does not write
std::vector<std::string> arguments_from(const Grants& grants);
std::optional<Grants> grants_from(std::span<const char* const> arguments);

/// What RuntimeInfo::sandbox says of a worker that was told not to shut itself in.
inline constexpr const char* kNoSandbox = "off: workers ran with all rights of the user (--no-sandbox)";

/// Shuts this process in for good: no new privileges or capabilities, no sockets, no other processes or programs, no
/// files but those granted (docs/security.md has the list). What the kernel lacks is left out, and the rest applies.
///
/// Call it before any thread is started and before anything from outside is read: the files of libraries that are
/// loaded already, and the folders in which the loader looks for more, stay readable.
///
/// returns  what is in force, for people: `no network, …; files: only its own (Landlock ABI 7)`
/// errors   environment: the kernel has a mechanism and refuses it
std::string enter_sandbox(const Grants& grants);

}  // namespace autoaccel::worker
