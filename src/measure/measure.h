#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "autoaccel/record.h"
#include "base/clock.h"

namespace autoaccel::measure {

/// Warm-up and stopping rule (FACTS.md section 2).
struct Rules {
  int min_warm_up_runs = 3;
  double min_warm_up_seconds = 0.2;
  double max_warm_up_seconds = 10;
  double warm_up_tolerance = 0.02;     ///< two successive windows' medians differ by less
  std::size_t min_samples = 10;
  double min_seconds = 0.5;            ///< accumulated in timed requests
  double target_half_width = 0.01;     ///< 95 % interval of the median, relative
  double max_seconds = 15;             ///< wall time of the timed region
};

/// One request: `request` in [0, in flight), `sample` rotates over the pool.
using RunOnce = std::function<void(int request, int sample)>;

struct Load {
  int requests_in_flight = 1;
  int samples = 1;           ///< size of the pool
  std::int64_t batch = 1;    ///< samples in one request
};

/// Warms up, then measures until the rule says stop. With one request in flight the calls come from this thread;
/// with more, each has a thread of its own. Nothing but the call stands between the two readings of the clock.
/// returns  the fields of Measurement that timing decides; load, first inference and memory are the caller's
/// errors   what `run` throws, from whichever thread
Measurement measure(const Rules& rules, const Load& load, const RunOnce& run, const base::Clock& clock);

/// Quantiles of latency; p90 needs 64 samples, p95 130, p99 662, p99.9 6,636, the median 11 (LoadGen's rule, c = 0.99).
LatencySummary summarize_latency(std::vector<double> samples_seconds);

/// 95 % interval of the median by order statistics (binomial), relative half-width; nullopt below 6 samples.
std::optional<double> median_half_width(std::vector<double> samples_seconds);

/// Standard deviation over mean.
double coefficient_of_variation(const std::vector<double>& samples_seconds);

}  // namespace autoaccel::measure
