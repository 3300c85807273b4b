#include "worker/landlock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

#include "autoaccel/error.h"
#include "base/file_descriptor.h"
#include "base/text.h"

namespace autoaccel::worker {
namespace {

// From include/uapi/linux/landlock.h of Linux 6.12. The header of the distribution's own kernel is older than the
// kernels that this runs on, and the version is asked for at run time anyway.
constexpr long kCreateRuleset = 444;  ///< the same numbers on every architecture
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

constexpr std::uint64_t kWriteFile = 1u << 1;
constexpr std::uint64_t kReadFile = 1u << 2;
constexpr std::uint64_t kReadDir = 1u << 3;
constexpr std::uint64_t kRemoveDir = 1u << 4;
constexpr std::uint64_t kRemoveFile = 1u << 5;
constexpr std::uint64_t kMakeDir = 1u << 7;
constexpr std::uint64_t kMakeFile = 1u << 8;
constexpr std::uint64_t kRefer = 1u << 13;                                       ///< move between folders, since ABI 2
constexpr std::uint64_t kTruncate = 1u << 14;                                    ///< since ABI 3
constexpr std::uint64_t kIoctl = 1u << 15;                                       ///< on devices, since ABI 5
constexpr std::uint64_t kOfFiles = kWriteFile | kReadFile | kTruncate | kIoctl;  ///< the others are of folders

constexpr std::uint64_t kRead = kReadFile | kReadDir;
constexpr std::uint64_t kWrite = kWriteFile | kTruncate;
constexpr std::uint64_t kOwn = kRead | kWrite | kRemoveDir | kRemoveFile | kMakeDir | kMakeFile | kRefer;

struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

struct __attribute__((packed)) PathRule {
  std::uint64_t allowed;
  std::int32_t folder;
};

/// What is restricted, by the version that brought it. Rights that are handled and never granted, such as to execute
/// files or to make links, pipes and devices, are refused everywhere.
struct Version {
  int abi;
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};
constexpr std::array<Version, 6> kVersions{{{1, (1u << 13) - 1, 0, 0},
                                            {2, kRefer, 0, 0},
                                            {3, kTruncate, 0, 0},
                                            {4, 0, 0b11, 0},  // bind and connect of TCP
                                            {5, kIoctl, 0, 0},
                                            {6, 0, 0, 0b11}}};  // abstract sockets, signals

struct SystemPath {
  const char* path;
  std::uint64_t allowed;
};

/// What every worker needs: the loader, the C library, the runtimes' look at the machine.
constexpr std::array<SystemPath, 17> kSystem{{
    {"/usr", kRead},
    {"/lib", kRead},
    {"/lib32", kRead},
    {"/lib64", kRead},
    {"/opt", kRead},
    {"/etc/ld.so.cache", kRead},
    {"/etc/ld.so.conf", kRead},
    {"/etc/ld.so.conf.d", kRead},
    {"/etc/localtime", kRead},
    {"/etc/os-release", kRead},
    {"/proc", kRead},
    {"/sys", kRead},
    {"/dev/null", kReadFile | kWrite},
    {"/dev/zero", kReadFile | kWrite},
    {"/dev/random", kReadFile},
    {"/dev/urandom", kReadFile},
    {"/dev/full", kReadFile | kWrite},
}};

constexpr std::uint64_t kDevice = kRead | kWrite | kIoctl;
/// Beside them, every /dev/nvidia*.
constexpr std::array<SystemPath, 6> kGpu{{{"/dev/dri", kDevice},
                                          {"/dev/kfd", kDevice},
                                          {"/dev/dxg", kDevice},
                                          {"/etc/OpenCL", kRead},
                                          {"/etc/nvidia", kRead},
                                          {"/etc/vulkan", kRead}}};

[[noreturn]] void fail(const std::string& what) {
  throw Error(Cause::environment, "the worker's sandbox: " + what + ": " + ::strerror(errno),
              "--no-sandbox goes without it, for models that you trust");
}

/// The paths of one process, allowed one by one.
class Ruleset {
 public:
  explicit Ruleset(const RulesetAttributes& handled)
      : handled_(handled),
        ruleset_(static_cast<int>(::syscall(kCreateRuleset, &handled_, sizeof handled_, std::uint32_t{0}))) {
    if (ruleset_.get() < 0) fail("the kernel makes no Landlock rules");
  }

  void allow(const std::filesystem::path& path, std::uint64_t rights) const {
    const base::FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat found {};
    if (place.get() < 0 || ::fstat(place.get(), &found) != 0) return;  // not on this machine
    if (!S_ISDIR(found.st_mode)) rights &= kOfFiles;
    const PathRule rule{.allowed = rights & handled_.files, .folder = place.get()};
    if (rule.allowed == 0) return;
    if (::syscall(kAddRule, ruleset_.get(), kPathBeneath, &rule, std::uint32_t{0}) != 0)
      fail("Landlock takes no rule for " + base::printable(path.string()));
  }

  void allow_all(std::span<const SystemPath> paths) const {
    for (const SystemPath& path : paths) allow(path.path, path.allowed);
  }

  void enforce() const {
    if (::syscall(kRestrictSelf, ruleset_.get(), std::uint32_t{0}) != 0) fail("Landlock cannot be entered");
  }

 private:
  RulesetAttributes handled_;
  base::FileDescriptor ruleset_;
};

void allow_gpu(const Ruleset& ruleset) {
  ruleset.allow_all(kGpu);
  std::error_code ignored;  // no /dev, no GPU
  for (const auto& entry : std::filesystem::directory_iterator("/dev", ignored))
    if (entry.path().filename().string().starts_with("nvidia")) ruleset.allow(entry.path(), kDevice);
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(kCreateRuleset, nullptr, std::size_t{0}, kAskVersion);
  return static_cast<int>(std::max(abi, 0L));
}

void restrict_files(int abi, const Grants& grants, const std::vector<std::filesystem::path>& libraries) {
  if (abi == 0) return;
  RulesetAttributes handled;
  for (const Version& version : kVersions) {
    if (version.abi > abi) continue;
    handled.files |= version.files;
    handled.network |= version.network;
    handled.scopes |= version.scopes;
  }
  const Ruleset ruleset(handled);
  ruleset.allow_all(kSystem);
  if (grants.gpu) allow_gpu(ruleset);
  for (const auto& folder : libraries) ruleset.allow(folder, kRead);
  for (const auto& path : grants.readable) ruleset.allow(path, kRead);
  for (const auto& path : grants.writable) ruleset.allow(path, kOwn);
  ruleset.enforce();
}

}  // namespace autoaccel::worker
