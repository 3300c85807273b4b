#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "autoaccel/record.h"
#include "base/clock.h"

namespace autoaccel::measure {

/// Warm-up and stopping rule (FACTS.md section 2).
///
/// Warm-up runs in windows of at least half of both minima (and 3 runs); it ends when the medians of two successive
/// windows are close, or at its cap, which wins over the minima. The timed region ends when it has the minimum of samples
/// and seconds and the interval is narrow, or at its caps; it is noisy then.
struct Rules {
  int min_warm_up_runs = 3;
  double min_warm_up_seconds = 0.2;
  double max_warm_up_seconds = 10;
  double warm_up_tolerance = 0.02;     ///< two successive windows' medians differ by at most this, relative to the first
  std::size_t min_samples = 11;        ///< of the timed region: the fewest that state a median
  double min_seconds = 0.5;            ///< wall time of the timed region
  double target_half_width = 0.01;     ///< 95 % interval of the median, relative
  double max_seconds = 15;             ///< wall time of the timed region
  std::size_t max_samples = 100'000;   ///< bounds memory and run.json; the interval of a unimodal latency is narrow by then
};

/// One request: `request` in [0, in flight), `sample` rotates over the pool.
using RunOnce = std::function<void(int request, int sample)>;

struct Load {
  int requests_in_flight = 1;
  int samples = 1;           ///< size of the pool
  std::int64_t batch = 1;    ///< samples in one request
};

/// Warms up, then measures until the rule says stop. With one request in flight the calls come from this thread; with
/// more, each has a thread of its own, and all start together. Nothing but the call stands between the two readings of
/// the clock; the time from the common start to the end of the last request is the wall time.
///
/// returns  the fields of Measurement that timing decides, samples in the order of their ends; load, first inference,
///          memory and conditions are the caller's. Below 6 samples median_half_width is half the range, and it is noisy
/// errors   what `run` throws, from whichever thread (the lowest request where several do); environment when the threads
///          cannot be started
Measurement measure(const Rules& rules, const Load& load, const RunOnce& run, const base::Clock& clock);

/// Measurements of one variant under one load, taken apart, as one: all samples in the order given, walls added up, the
/// worst of the conditions; what timing does not decide (load, first inference, memory, …) is the first one's.
///
/// parts  at least one
Measurement pooled(std::span<const Measurement> parts);

/// Quantiles of latency by nearest rank; p90 needs 64 samples, p95 130, p99 662, p99.9 6,636, the median 11 (LoadGen's
/// rule, c = 0.99: the fewest for which one sample above the quantile still bounds it). Mean, min and max need one.
LatencySummary summarize_latency(std::vector<double> samples_seconds);

/// 95 % interval of the median by order statistics (binomial), relative half-width; nullopt below 6 samples.
///
/// (x_(n+1-k) - x_(k)) / 2 / median with the largest k for which 1 - 2 P(Bin(n, 1/2) < k) ≥ 0.95
std::optional<double> median_half_width(std::vector<double> samples_seconds);

/// That k, from 1; 0 below 6 samples.
std::size_t median_interval_rank(std::size_t samples);

/// Standard deviation (n - 1) over mean; 0 below 2 samples.
double coefficient_of_variation(const std::vector<double>& samples_seconds);

}  // namespace autoaccel::measure
