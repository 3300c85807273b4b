#include "base/process_tree.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "base/system_text.h"

namespace autoaccel::base {
namespace {

constexpr std::uint64_t kKilobyte = 1024;  ///< what /proc writes as kB

/// The `index`-th word of space-separated text as a number; nullopt when it is not there.
std::optional<std::uint64_t> number_at(std::string_view text, int index) {
  std::size_t at = text.find_first_not_of(" \t\n");
  for (; index > 0 && at != std::string_view::npos; --index) {
    at = text.find_first_of(" \t\n", at);
    if (at != std::string_view::npos) at = text.find_first_not_of(" \t\n", at);
  }
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::string proc_path(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

void append_children(pid_t pid, std::vector<pid_t>& children) {
  const std::string folder = proc_path(pid, "task");
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(folder.c_str()), ::closedir);
  if (!tasks) return;
  while (const dirent* entry = ::readdir(tasks.get())) {
    if (entry->d_name[0] == '.') continue;
    const std::string text = system_text(folder + "/" + entry->d_name + "/children");
    for (int i = 0; const auto child = number_at(text, i); ++i) children.push_back(static_cast<pid_t>(*child));
  }
}

/// Field `field`, at least 3, of /proc/<pid>/stat (proc_pid_stat(5)).
std::optional<std::uint64_t> stat_field(pid_t pid, int field) {
  const std::string text = system_text(proc_path(pid, "stat"));
  // Field 2 is the command in parentheses and may itself hold spaces and parentheses: count from the last one.
  const std::size_t close = text.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  return number_at(std::string_view(text).substr(close + 1), field - 3);
}

}  // namespace

std::optional<ProcessKey> process_key(pid_t pid) {
  const auto start = stat_field(pid, 22);
  if (!start) return std::nullopt;
  return ProcessKey{pid, *start};
}

std::vector<ProcessKey> descendants_of(pid_t root) {
  std::vector<pid_t> found;
  append_children(root, found);
  for (std::size_t i = 0; i < found.size(); ++i) append_children(found[i], found);
  std::vector<ProcessKey> keys;
  for (const pid_t pid : found) {
    if (const auto key = process_key(pid)) keys.push_back(*key);
  }
  return keys;
}

std::uint64_t resident_bytes_of(pid_t pid) {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return number_at(system_text(proc_path(pid, "statm")), 1).value_or(0) * page;
}

int threads_of(pid_t pid) { return static_cast<int>(stat_field(pid, 20).value_or(0)); }

std::uint64_t proportional_bytes_of(pid_t pid) {
  return number_at(system_value(system_text(proc_path(pid, "smaps_rollup")), "Pss", ':'), 0).value_or(0) * kKilobyte;
}

std::optional<std::uint64_t> peak_resident_bytes() {
  const auto kilobytes = number_at(system_value(system_text("/proc/self/status"), "VmHWM", ':'), 0);
  if (!kilobytes) return std::nullopt;
  return *kilobytes * kKilobyte;
}

void kill_process(const ProcessKey& process) {
  if (process_key(process.pid) == process) ::kill(process.pid, SIGKILL);
}

}  // namespace autoaccel::base
