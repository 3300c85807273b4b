#include "select/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace autoaccel::select {
namespace {

// One start of a process says one figure: what it varies by from one start to the next has to be assumed.
constexpr double kMemoryHalfWidth = 0.02;
constexpr double kFirstInferenceHalfWidth = 0.1;

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

double fidelity_db(const Record& record) {
  if (!record.agreement) return -std::numeric_limits<double>::max();
  const double db = record.agreement->sqnr_db;
  return std::isnan(db) ? 0 : std::min(db, kFullFidelity);
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

bool is_time(Objective objective) { return objective == Objective::latency || objective == Objective::throughput; }

std::optional<Figure> objective_figure(const Run& run, const Record& record) {
  const auto time = time_figure(run, record);
  const auto bytes_or_worst = [](const std::optional<std::uint64_t>& bytes) {
    return bytes ? static_cast<double>(*bytes) : std::numeric_limits<double>::max();
  };
  if (!time || is_time(run.config.objective)) return time;
  const Measurement& m = *record.measurement;
  if (run.config.objective == Objective::size)
    return Figure{.value = bytes_or_worst(size_bytes(run, record)), .half_width = 0};
  if (run.config.objective == Objective::memory)
    return Figure{.value = bytes_or_worst(m.peak_bytes), .half_width = kMemoryHalfWidth};
  return Figure{.value = m.load_seconds + m.first_inference_seconds, .half_width = kFirstInferenceHalfWidth};
}

const Record* find_record(const Run& run, const std::string& id) {
  const auto found = std::find_if(run.records.begin(), run.records.end(),
                                  [&](const Record& record) { return record.variant.id() == id; });
  return found == run.records.end() ? nullptr : &*found;
}

const Record* find_original(const Run& run) { return find_record(run, run.original); }

}  // namespace autoaccel::select
