#include "base/cgroup.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/system_text.h"

namespace autoaccel::base {
namespace {

/// Version 1 says "no limit" as the largest multiple of the page size below 2^63; nothing real comes near 2^60.
constexpr std::uint64_t kNoLimitBytes = 1ull << 60;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;  // `max`, `-1`, nothing
  return value;
}

/// The number in the line `name number` of a file such as cpu.stat.
std::optional<std::uint64_t> number_named(const std::filesystem::path& file, std::string_view name) {
  return number(system_value(system_text(file), name, ' '));
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// mountinfo writes space, tab, newline and backslash as three octal digits.
std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool is_escape =
        text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4;
    plain += is_escape ? static_cast<char>(code) : text[i];
    if (is_escape) i += 3;
  }
  return plain;
}

/// Where a hierarchy is mounted, and which part of it.
struct Mount {
  std::string root;  ///< the group that the mount point shows; not `/` in a container without its own namespace
  std::string point;
  bool is_version_2 = false;
  std::vector<std::string> options;  ///< version 1: the controllers among them
};

std::vector<Mount> cgroup_mounts(const std::filesystem::path& root) {
  std::vector<Mount> mounts;
  for (const std::string& line : split(system_text(root / "proc/self/mountinfo"), '\n')) {
    // 36 35 0:29 <root> <mount point> <options> [<optional>…] - <type> <source> <super options>
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string& type = dash[1];
    if (type != "cgroup" && type != "cgroup2") continue;
    mounts.push_back({without_escapes(words[3]), without_escapes(words[4]), type == "cgroup2", split(dash[3], ',')});
  }
  return mounts;
}

/// The path of the own group in the hierarchy of `controller` (version 1), or of version 2 when it is empty.
std::optional<std::string> own_group(const std::filesystem::path& root, std::string_view controller) {
  for (const std::string& line : split(system_text(root / "proc/self/cgroup"), '\n')) {
    const std::size_t first = line.find(':');  // <number>:<controllers>:<path>
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? controllers.empty() : contains(split(controllers, ','), controller))
      return line.substr(second + 1);
  }
  return std::nullopt;
}

/// The folders of the own group and all groups above it that this process can see, from the innermost out.
std::vector<std::filesystem::path> levels(const std::filesystem::path& root, const std::vector<Mount>& mounts,
                                          std::string_view controller) {
  const auto mount = std::find_if(mounts.begin(), mounts.end(), [&](const Mount& candidate) {
    return controller.empty() ? candidate.is_version_2
                              : !candidate.is_version_2 && contains(candidate.options, controller);
  });
  const std::optional<std::string> group = own_group(root, controller);
  if (mount == mounts.end() || !group) return {};

  const std::string shown = mount->root == "/" ? "" : mount->root;
  const bool is_below = group->starts_with(shown) && (group->size() == shown.size() || (*group)[shown.size()] == '/');
  std::string below = is_below ? group->substr(shown.size()) : "";
  if (below.find("/..") != std::string::npos) below.clear();  // outside the namespace: only its root is visible

  std::vector<std::filesystem::path> folders;
  const std::filesystem::path point = root / std::filesystem::path(mount->point).relative_path();
  for (std::filesystem::path path = std::filesystem::path(below).relative_path(); !path.empty();
       path = path.parent_path())
    folders.push_back(point / path);
  folders.push_back(point);
  return folders;
}

template <typename T>
void keep_smallest(std::optional<T>& kept, T value) {
  kept = kept ? std::min(*kept, value) : value;
}

/// The files of one version's memory controller.
struct MemoryFiles {
  const char *limit, *used, *reclaimable;
};
constexpr MemoryFiles kMemory2{"memory.max", "memory.current", "inactive_file"};
constexpr MemoryFiles kMemory1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};

void add_memory_level(const std::filesystem::path& folder, const MemoryFiles& files, CgroupLimits& limits) {
  const auto limit = number(system_text(folder / files.limit));
  if (!limit || *limit >= kNoLimitBytes) return;
  keep_smallest(limits.memory_bytes, *limit);
  const auto used = number(system_text(folder / files.used));
  if (!used) return;
  const auto reclaimable = number_named(folder / "memory.stat", files.reclaimable).value_or(0);
  const std::uint64_t held = *used - std::min(reclaimable, *used);
  keep_smallest(limits.memory_available_bytes, *limit - std::min(held, *limit));
}

void add_quota(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period, std::optional<double> throttled,
               CgroupLimits& limits) {
  if (!quota || !period || *period == 0) return;
  keep_smallest(limits.processors, static_cast<double>(*quota) / static_cast<double>(*period));
  // The level that throttles most is the one that decides: the time is not the sum, since levels wait together.
  if (throttled) limits.throttled_seconds = std::max(limits.throttled_seconds.value_or(0), *throttled);
}

std::optional<double> scaled(std::optional<std::uint64_t> value, double unit) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value) * unit;
}

void add_version_2(const std::vector<std::filesystem::path>& folders, CgroupLimits& limits) {
  for (const auto& folder : folders) {
    const std::string quota = system_text(folder / "cpu.max");  // `200000 100000`, or `max 100000`
    const std::size_t space = quota.find(' ');
    if (space != std::string::npos)
      add_quota(number(quota), number(std::string_view(quota).substr(space + 1)),
                scaled(number_named(folder / "cpu.stat", "throttled_usec"), 1e-6), limits);
    add_memory_level(folder, kMemory2, limits);
  }
  if (!folders.empty()) {
    if (const auto kills = number_named(folders.front() / "memory.events", "oom_kill")) limits.oom_kills = kills;
  }
}

void add_version_1(const std::vector<std::filesystem::path>& processor_folders,
                   const std::vector<std::filesystem::path>& memory_folders, CgroupLimits& limits) {
  for (const auto& folder : processor_folders)
    add_quota(number(system_text(folder / "cpu.cfs_quota_us")), number(system_text(folder / "cpu.cfs_period_us")),
              scaled(number_named(folder / "cpu.stat", "throttled_time"), 1e-9), limits);
  for (const auto& folder : memory_folders) add_memory_level(folder, kMemory1, limits);
  if (!memory_folders.empty()) {
    const auto kills = number_named(memory_folders.front() / "memory.oom_control", "oom_kill");
    if (kills) limits.oom_kills = kills;
  }
}

}  // namespace

CgroupLimits read_cgroup(const std::filesystem::path& root) {
  CgroupLimits limits;
  const std::vector<Mount> mounts = cgroup_mounts(root);
  add_version_2(levels(root, mounts, ""), limits);
  add_version_1(levels(root, mounts, "cpu"), levels(root, mounts, "memory"), limits);
  return limits;
}

}  // namespace autoaccel::base
