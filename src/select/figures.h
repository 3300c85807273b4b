#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// A figure of a record where lower is better, with the relative half-width of its 95 % interval.
struct Figure {
  double value = 0;
  double half_width = 0;
  double low() const { return value * (1 - half_width); }
  double high() const { return value * (1 + half_width); }
};

/// The intervals overlap.
bool are_tied(const Figure& a, const Figure& b);

/// Seconds of one request: the median, else the mean, else what the wall time says. nullopt: nothing was measured.
std::optional<double> latency_seconds(const Record& record);

/// Differences of less than this do not tell whose outputs are better.
inline constexpr double kEqualFidelity = 1;  // dB
/// Past it an error of a thousandth no longer matters to anyone.
inline constexpr double kFullFidelity = 60;  // dB

/// The worst output of the worst sample, at most kFullFidelity; what was not compared has the lowest of all.
double fidelity_db(const Record& record);

/// Bytes of the artifact; for the original the model's own where the record has none.
std::optional<std::uint64_t> size_bytes(const Run& run, const Record& record);

/// What decides how fast a record is under the objective: the latency, or seconds a sample when it is throughput.
std::optional<Figure> time_figure(const Run& run, const Record& record);

/// Latency and throughput; the others are figures of the file, the process or its start.
bool is_time(Objective objective);

/// What the ranking goes by: the time figure, the bytes of the artifact or of memory, or the seconds until the first
/// result. nullopt where nothing was measured; a size that is not known is worse than any.
std::optional<Figure> objective_figure(const Run& run, const Record& record);

/// The record of the variant of that id; nullptr when there is none.
const Record* find_record(const Run& run, const std::string& id);

/// The record of the original; nullptr when there is none.
const Record* find_original(const Run& run);

}  // namespace autoaccel::select
