#include "select/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace autoaccel::select {
namespace {

bool is_positive(double value) { return std::isfinite(value) && value > 0; }

/// The interval's half-width; one that is none makes the figure tie with every other.
double half_width_of(const Measurement& measurement) {
  const double width = measurement.median_half_width;
  return width >= 0 ? width : std::numeric_limits<double>::infinity();
}

}  // namespace

bool are_tied(const Figure& a, const Figure& b) { return a.low() <= b.high() && b.low() <= a.high(); }

std::optional<double> latency_seconds(const Record& record) {
  if (!record.measurement) return std::nullopt;
  const Measurement& m = *record.measurement;
  if (m.latency_seconds.median && is_positive(*m.latency_seconds.median)) return m.latency_seconds.median;
  if (m.latency_seconds.mean && is_positive(*m.latency_seconds.mean)) return m.latency_seconds.mean;
  const double per_request = m.wall_seconds * std::max(m.requests_in_flight, 1) / static_cast<double>(m.runs);
  return m.runs > 0 && is_positive(per_request) ? std::optional<double>(per_request) : std::nullopt;
}

std::optional<std::uint64_t> size_bytes(const Run& run, const Record& record) {
  if (record.artifact) return record.artifact->bytes;
  if (record.variant.id() == run.original && run.model.bytes > 0) return run.model.bytes;
  return std::nullopt;
}

std::optional<Figure> time_figure(const Run& run, const Record& record) {
  if (!record.measurement) return std::nullopt;
  const Measurement& m = *record.measurement;
  if (run.config.objective == Objective::throughput) {
    if (!is_positive(m.throughput_per_second)) return std::nullopt;
    return Figure{.value = 1 / m.throughput_per_second, .half_width = half_width_of(m)};
  }
  const auto latency = latency_seconds(record);
  if (!latency) return std::nullopt;
  return Figure{.value = *latency, .half_width = half_width_of(m)};
}

std::optional<Figure> objective_figure(const Run& run, const Record& record) {
  const auto time = time_figure(run, record);
  if (run.config.objective != Objective::size || !time) return time;
  const auto bytes = size_bytes(run, record);
  return Figure{.value = bytes ? static_cast<double>(*bytes) : std::numeric_limits<double>::max(), .half_width = 0};
}

const Record* find_original(const Run& run) {
  const auto found = std::find_if(run.records.begin(), run.records.end(),
                                  [&](const Record& record) { return record.variant.id() == run.original; });
  return found == run.records.end() ? nullptr : &*found;
}

}  // namespace autoaccel::select
