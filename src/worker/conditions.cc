#include "worker/conditions.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/host.h"

namespace autoaccel::worker {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Usage usage_now() {
  const base::CpuTimes machine = base::read_cpu_times();
  Usage usage{.wall_seconds = machine.wall_seconds,
              .machine_seconds = machine.busy_seconds,
              .throttled_seconds = base::throttled_seconds()};
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(who, &used);
    usage.own_seconds += seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    if (who == RUSAGE_SELF) usage.involuntary_switches = static_cast<double>(used.ru_nivcsw);
  }
  return usage;
}

Conditions conditions_between(const Usage& before, const Usage& after, int processors) {
  Conditions conditions;
  const double wall = after.wall_seconds - before.wall_seconds;
  if (wall <= 0) return conditions;
  const double foreign = (after.machine_seconds - before.machine_seconds) - (after.own_seconds - before.own_seconds);
  conditions.foreign_cpu_fraction = std::max(0.0, foreign) / (wall * std::max(1, processors));
  conditions.involuntary_switches = (after.involuntary_switches - before.involuntary_switches) / wall;
  if (before.throttled_seconds && after.throttled_seconds)
    conditions.throttled_seconds = *after.throttled_seconds - *before.throttled_seconds;
  return conditions;
}

}  // namespace autoaccel::worker
