#include "select/constraints.h"

#include <fmt/format.h>

#include "base/text.h"
#include "select/figures.h"

namespace autoaccel::select {
namespace {

void add_p99(const Record& record, double limit, std::vector<std::string>& unmet) {
  const LatencySummary& latency = record.measurement->latency_seconds;
  const auto worst = latency.p99 ? latency.p99 : latency.max;
  const std::string bound = fmt::format("constraints.latency_p99_ms: {:g}", limit * 1e3);
  if (!worst) {
    unmet.push_back("its p99 is not known, for " + bound);
  } else if (*worst > limit) {
    unmet.push_back(fmt::format("its {} of {} is above {}", latency.p99 ? "p99" : "longest request",
                                base::human_seconds(*worst), bound));
  }
}

void add_bytes(std::string_view what, std::optional<std::uint64_t> bytes, std::uint64_t limit, std::string_view key,
               std::vector<std::string>& unmet) {
  const std::string bound = fmt::format("constraints.{}: {:g}", key, static_cast<double>(limit) / 1e6);
  if (!bytes) {
    unmet.push_back(fmt::format("its {} is not known, for {}", what, bound));
  } else if (*bytes > limit) {
    unmet.push_back(fmt::format("its {} of {} is above {}", what, base::human_bytes(*bytes), bound));
  }
}

}  // namespace

std::vector<std::string> unmet_constraints(const Run& run, const Record& record) {
  const Constraints& constraints = run.config.constraints;
  std::vector<std::string> unmet;
  if (!record.measurement) return unmet;
  if (constraints.latency_p99_seconds) add_p99(record, *constraints.latency_p99_seconds, unmet);
  if (constraints.memory_bytes)
    add_bytes("memory", record.measurement->peak_bytes, *constraints.memory_bytes, "memory_mb", unmet);
  if (constraints.size_bytes) add_bytes("size", size_bytes(run, record), *constraints.size_bytes, "size_mb", unmet);
  return unmet;
}

std::string unmet_constraint(const Run& run, const Record& record) {
  return base::join(unmet_constraints(run, record), ", and ");
}

}  // namespace autoaccel::select
