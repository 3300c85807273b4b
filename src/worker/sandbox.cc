#include "worker/sandbox.h"

#include <dlfcn.h>
#include <link.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"
#include "worker/landlock.h"
#include "worker/system_call_filter.h"

namespace autoaccel::worker {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kOn = "--sandbox";
constexpr std::string_view kRead = "--read=";
constexpr std::string_view kWrite = "--write=";
constexpr std::string_view kGpu = "--gpu";

constexpr rlim_t kMostFiles = 1 << 14;  ///< open at once; a model may have a file for each of its weights
constexpr double kShareOfDisk = 0.9;    ///< of what is free: the most that one file may grow to

/// Capabilities that a worker of the root user keeps: to read models that belong to others, and to place its memory.
constexpr std::array kKept{CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SYS_NICE, CAP_IPC_LOCK};

[[noreturn]] void fail(const std::string& what) {
  throw Error(Cause::environment, "the worker's sandbox: " + what + ": " + ::strerror(errno),
              "--no-sandbox goes without it, for models that you trust");
}

/// Where the loader looks for what the library at `name` needs: LD_LIBRARY_PATH, the library's own list, the system's.
void add_search_folders(const char* name, std::set<fs::path>& folders) {
  const std::unique_ptr<void, int (*)(void*)> library(::dlopen(*name == '\0' ? nullptr : name, RTLD_LAZY | RTLD_NOLOAD),
                                                      ::dlclose);
  Dl_serinfo size{};
  if (!library || ::dlinfo(library.get(), RTLD_DI_SERINFOSIZE, &size) != 0) return;
  std::vector<char> bytes(size.dls_size);
  auto* const paths = reinterpret_cast<Dl_serinfo*>(bytes.data());
  if (::dlinfo(library.get(), RTLD_DI_SERINFOSIZE, paths) != 0) return;
  if (::dlinfo(library.get(), RTLD_DI_SERINFO, paths) != 0) return;
  for (unsigned i = 0; i < paths->dls_cnt; ++i) {
    const fs::path folder = paths->dls_serpath[i].dls_name;
    if (folder.is_absolute()) folders.insert(folder);  // an empty entry means the working folder, whatever that is
  }
}

/// The folders of the libraries that are loaded, and those in which their plugins may be.
std::vector<fs::path> library_folders() {
  std::set<fs::path> folders{base::executable_folder()};
  std::vector<std::string> names;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        static_cast<std::vector<std::string>*>(found)->emplace_back(info->dlpi_name);
        return 0;
      },
      &names);
  for (const std::string& name : names) {
    std::error_code ignored;  // the kernel's own library has no file
    const fs::path file = fs::weakly_canonical(name, ignored);
    if (file.is_absolute()) folders.insert(file.parent_path());
    add_search_folders(name.c_str(), folders);
  }
  folders.erase("/");
  return {folders.begin(), folders.end()};
}

void lower(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  if (::setrlimit(resource, &limit) != 0) fail("a limit cannot be lowered");
}

void lower_limits(const Grants& grants) {
  lower(RLIMIT_NOFILE, kMostFiles);
  lower(RLIMIT_MSGQUEUE, 0);
  std::uint64_t free = 0;
  for (const fs::path& folder : grants.writable) free = std::max(free, base::free_bytes(folder));
  lower(RLIMIT_FSIZE, static_cast<rlim_t>(kShareOfDisk * static_cast<double>(free)));
}

void drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) fail("the process's capabilities are not told");
  std::array<std::uint32_t, 2> kept{};
  for (const int capability : kKept)
    kept[static_cast<std::size_t>(capability) / 32] |= 1u << (static_cast<unsigned>(capability) % 32);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    sets[i].permitted &= kept[i];
    sets[i].effective &= kept[i];
    sets[i].inheritable = 0;
  }
  if (::syscall(SYS_capset, &header, sets.data()) != 0) fail("capabilities cannot be given up");
}

bool is_alone() {
  std::error_code ignored;  // without /proc nobody is seen
  return std::distance(fs::directory_iterator("/proc/self/task", ignored), fs::directory_iterator()) <= 1;
}

std::string files_in_force(int abi, bool alone) {
  if (abi == 0) return "files as the user may: the kernel has no Landlock";
  if (!alone) return "files as the user may: a library started threads before";
  return "no files but its own (Landlock " + std::to_string(abi) + ")";
}

}  // namespace

std::vector<std::string> arguments_from(const Grants& grants) {
  std::vector<std::string> arguments{std::string(kOn)};
  for (const fs::path& path : grants.readable) arguments.push_back(std::string(kRead) + path.string());
  for (const fs::path& path : grants.writable) arguments.push_back(std::string(kWrite) + path.string());
  if (grants.gpu) arguments.emplace_back(kGpu);
  return arguments;
}

std::optional<Grants> grants_from(std::span<const char* const> arguments) {
  if (arguments.empty()) return std::nullopt;
  Grants grants;
  for (const std::string_view argument : arguments) {
    if (argument.starts_with(kRead))
      grants.readable.emplace_back(argument.substr(kRead.size()));
    else if (argument.starts_with(kWrite))
      grants.writable.emplace_back(argument.substr(kWrite.size()));
    else if (argument == kGpu)
      grants.gpu = true;
    else if (argument != kOn)
      throw Error(Cause::usage, "a worker takes no argument '" + base::printable(argument) + "'",
                  "workers are started by autoaccel");
  }
  return grants;
}

std::string enter_sandbox(const Grants& grants) {
  const bool alone = is_alone();
  const int abi = landlock_abi();
  lower_limits(grants);
  drop_capabilities();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("new privileges cannot be ruled out");
  if (alone) restrict_files(abi, grants, library_folders());
  const bool is_filtered = filter_system_calls(grants.gpu);
  return (is_filtered ? "no network, other processes or new privileges (seccomp); "
                      : "no new privileges; network and processes as the user may: the kernel has no seccomp; ") +
         files_in_force(abi, alone);
}

}  // namespace autoaccel::worker
