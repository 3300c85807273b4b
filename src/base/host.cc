#include "base/host.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/system_text.h"
#include "base/text.h"

namespace autoaccel::base {
namespace {

/// Instruction sets that decide which kernels a runtime has, as /proc/cpuinfo names them: x86 first, then ARM.
constexpr std::array<std::string_view, 16> kFeatures = {
    "f16c",     "avx2",     "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_tile",
    "amx_bf16", "amx_int8", "asimd",   "asimdhp",     "asimddp",  "sve",         "bf16",        "i8mm"};

/// The number of members of a list such as `0-3,8,10-11`; 0 for anything else.
int count_of_list(std::string_view list) {
  int count = 0;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  while (at < end) {
    int first = 0;
    auto [rest, error] = std::from_chars(at, end, first);
    if (error != std::errc()) return count;
    int last = first;
    if (rest < end && *rest == '-') rest = std::from_chars(rest + 1, end, last).ptr;
    count += std::max(0, last - first + 1);
    at = rest < end && *rest == ',' ? rest + 1 : end;
  }
  return count;
}

/// A file of one line, without its newline.
std::string system_line(const std::filesystem::path& path) {
  std::string text = system_text(path);
  text.erase(std::min(text.find('\n'), text.size()));
  return text;
}

/// ARM's cpuinfo has no name, only the numbers that a table elsewhere turns into one.
std::string processor_name(const std::string& cpuinfo) {
  if (std::string name = system_value(cpuinfo, "model name", ':'); !name.empty()) return name;
  const std::string implementer = system_value(cpuinfo, "CPU implementer", ':');
  if (implementer.empty()) return {};
  return "ARM, implementer " + implementer + ", part " + system_value(cpuinfo, "CPU part", ':');
}

std::vector<std::string> processor_features(const std::string& cpuinfo) {
  std::string flags = system_value(cpuinfo, "flags", ':');
  if (flags.empty()) flags = system_value(cpuinfo, "Features", ':');
  std::istringstream words(flags);
  const std::set<std::string> present{std::istream_iterator<std::string>(words), {}};
  std::vector<std::string> features;
  for (const std::string_view feature : kFeatures) {
    if (present.contains(std::string(feature))) features.emplace_back(feature);
  }
  return features;
}

std::uint64_t meminfo_bytes(const std::string& meminfo, std::string_view name) {
  const std::string value = system_value(meminfo, name, ':');  // `24576000 kB`
  std::uint64_t kilobytes = 0;
  std::from_chars(value.data(), value.data() + value.size(), kilobytes);
  return kilobytes * 1024;
}

/// The governors of all processors, each once: `performance`, or `performance, powersave` on a mixed machine.
std::optional<std::string> governors(const std::filesystem::path& root, int processors) {
  std::set<std::string> names;
  for (int i = 0; i < processors; ++i) {
    const auto folder = root / "sys/devices/system/cpu" / ("cpu" + std::to_string(i));
    if (std::string name = system_line(folder / "cpufreq/scaling_governor"); !name.empty()) names.insert(name);
  }
  if (names.empty()) return std::nullopt;
  const std::vector<std::string> list(names.begin(), names.end());
  return join(list, ", ");
}

std::string operating_system(const std::filesystem::path& root) {
  std::string text = system_text(root / "etc/os-release");
  if (text.empty()) text = system_text(root / "usr/lib/os-release");
  return system_value(text, "PRETTY_NAME", '=');
}

int usable_threads(int allowed, std::optional<double> quota) {
  // A quota of hundreds of processors is a number too large for int only in a broken file; the minimum comes first.
  const double threads = std::min(static_cast<double>(allowed), std::floor(quota.value_or(allowed)));
  return std::max(1, static_cast<int>(threads));
}

}  // namespace

Host read_host(const std::filesystem::path& root) {
  const std::string cpuinfo = system_text(root / "proc/cpuinfo");
  const std::string meminfo = system_text(root / "proc/meminfo");
  const CgroupLimits cgroup = read_cgroup(root);

  Host host;
  host.processor = processor_name(cpuinfo);
  host.features = processor_features(cpuinfo);
  host.processors_online = count_of_list(system_text(root / "sys/devices/system/cpu/online"));
  host.processors_allowed =
      count_of_list(system_value(system_text(root / "proc/self/status"), "Cpus_allowed_list", ':'));
  if (host.processors_allowed == 0) host.processors_allowed = host.processors_online;
  host.processor_quota = cgroup.processors;
  host.threads = usable_threads(host.processors_allowed, host.processor_quota);
  host.memory_bytes = meminfo_bytes(meminfo, "MemTotal");
  host.memory_available_bytes = meminfo_bytes(meminfo, "MemAvailable");
  if (cgroup.memory_bytes) host.memory_bytes = std::min(host.memory_bytes, *cgroup.memory_bytes);
  if (cgroup.memory_available_bytes)
    host.memory_available_bytes = std::min(host.memory_available_bytes, *cgroup.memory_available_bytes);
  host.operating_system = operating_system(root);
  host.kernel = system_line(root / "proc/sys/kernel/osrelease");
  host.governor = governors(root, host.processors_online);
  return host;
}

CpuTimes read_cpu_times(const std::filesystem::path& root) {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice, in clock ticks; guest is part of user.
  std::istringstream words(system_text(root / "proc/stat"));
  std::string label;
  std::array<double, 8> ticks{};
  words >> label;
  for (double& value : ticks) words >> value;
  const auto [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  const double busy = user + nice + system + irq + softirq + steal;
  return {.busy_seconds = busy / static_cast<double>(::sysconf(_SC_CLK_TCK)), .wall_seconds = MonotonicClock().now()};
}

std::optional<double> load_average(const std::filesystem::path& root) {
  std::istringstream text(system_text(root / "proc/loadavg"));
  double value = 0;
  if (!(text >> value)) return std::nullopt;
  return value;
}

std::optional<double> throttled_seconds(const std::filesystem::path& root) {
  return read_cgroup(root).throttled_seconds;
}

std::optional<std::uint64_t> oom_kills(const std::filesystem::path& root) {
  if (const auto kills = read_cgroup(root).oom_kills) return kills;
  const std::string value = system_value(system_text(root / "proc/vmstat"), "oom_kill", ' ');
  std::uint64_t kills = 0;
  if (std::from_chars(value.data(), value.data() + value.size(), kills).ec != std::errc()) return std::nullopt;
  return kills;
}

}  // namespace autoaccel::base
