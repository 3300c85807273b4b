#include <math.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "measure/measure.h"

namespace autoaccel::measure {
namespace {

struct QuantileRow {
  std::optional<double> LatencySummary::*member;
  int per_mille;
  std::size_t min_samples;
};

/// source  MLPerf LoadGen, early_stopping.cc: with d = 0 and c = 0.99, I(p; n - 1, 2) ≤ 0.01 with one query above the
///         quantile; p99 → 662 is its MultiStream.min_query_count
constexpr QuantileRow kQuantiles[] = {
    {&LatencySummary::p90, 900, 64},
    {&LatencySummary::p95, 950, 130},
    {&LatencySummary::p99, 990, 662},
    {&LatencySummary::p999, 999, 6636},
};
constexpr std::size_t kMinForMedian = 11;
constexpr double kConfidence = 0.95;

/// The value at position `rank` (from 0) of the sorted samples.
double order_statistic(std::vector<double>& samples, std::size_t rank) {
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

/// samples  not empty
double median_of(std::vector<double>& samples) {
  const std::size_t middle = samples.size() / 2;
  const double upper = order_statistic(samples, middle);
  if (samples.size() % 2 == 1) return upper;
  return (*std::max_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(middle)) + upper) / 2;
}

double mean_of(const std::vector<double>& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

/// P(Bin(n, 1/2) ≤ k) for k below n / 2: the largest term by its logarithm, the smaller ones by their ratio to it.
double lower_tail(std::size_t n, std::size_t k) {
  const auto log_factorial = [](std::size_t i) {
    int sign = 0;  // lgamma_r and not std::lgamma, which writes a global
    return ::lgamma_r(static_cast<double>(i) + 1, &sign);
  };
  const double log_term = log_factorial(n) - log_factorial(k) - log_factorial(n - k) - static_cast<double>(n) * M_LN2;
  double sum = 1, ratio = 1;
  for (std::size_t i = k; i > 0 && ratio > sum * 1e-17; --i) {
    ratio *= static_cast<double>(i) / static_cast<double>(n - i + 1);
    sum += ratio;
  }
  return std::exp(log_term) * sum;
}

}  // namespace

std::size_t median_interval_rank(std::size_t samples) {
  const auto is_covered = [&](std::size_t k) { return 1 - 2 * lower_tail(samples, k - 1) >= kConfidence; };
  if (samples == 0 || !is_covered(1)) return 0;
  // Starts at the normal approximation, n/2 - 1.96 sqrt(n)/2, and walks to the exact rank.
  const auto n = static_cast<double>(samples);
  std::size_t k = static_cast<std::size_t>(std::clamp(n / 2 - 0.98 * std::sqrt(n), 1.0, n / 2));
  while (k > 1 && !is_covered(k)) --k;
  while (2 * (k + 1) <= samples && is_covered(k + 1)) ++k;
  return k;
}

LatencySummary summarize_latency(std::vector<double> samples_seconds) {
  LatencySummary summary;
  if (samples_seconds.empty()) return summary;
  summary.mean = mean_of(samples_seconds);
  std::sort(samples_seconds.begin(), samples_seconds.end());
  summary.min = samples_seconds.front();
  summary.max = samples_seconds.back();
  const std::size_t count = samples_seconds.size();
  if (count >= kMinForMedian) summary.median = median_of(samples_seconds);
  for (const QuantileRow& row : kQuantiles) {
    if (count < row.min_samples) continue;
    const std::size_t rank = (count * static_cast<std::size_t>(row.per_mille) + 999) / 1000;  // nearest rank, from 1
    summary.*row.member = samples_seconds[rank - 1];
  }
  return summary;
}

std::optional<double> median_half_width(std::vector<double> samples_seconds) {
  const std::size_t count = samples_seconds.size();
  const std::size_t k = median_interval_rank(count);
  if (k == 0) return std::nullopt;
  const double low = order_statistic(samples_seconds, k - 1);
  const double high = order_statistic(samples_seconds, count - k);
  const double median = median_of(samples_seconds);
  return median > 0 ? (high - low) / 2 / median : 0;
}

double coefficient_of_variation(const std::vector<double>& samples_seconds) {
  if (samples_seconds.size() < 2) return 0;
  const double mean = mean_of(samples_seconds);
  double squares = 0;
  for (const double sample : samples_seconds) squares += (sample - mean) * (sample - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(samples_seconds.size() - 1));
  return mean > 0 ? deviation / mean : 0;
}

Measurement pooled(std::span<const Measurement> parts) {
  Measurement all = parts.front();
  const auto worst = [](std::optional<double>& mine, const std::optional<double>& other) {
    if (other && (!mine || *other > *mine)) mine = other;
  };
  for (const Measurement& part : parts.subspan(1)) {
    all.samples_seconds.insert(all.samples_seconds.end(), part.samples_seconds.begin(), part.samples_seconds.end());
    all.runs += part.runs;
    all.wall_seconds += part.wall_seconds;
    worst(all.conditions.load_average_before, part.conditions.load_average_before);
    worst(all.conditions.foreign_cpu_fraction, part.conditions.foreign_cpu_fraction);
    worst(all.conditions.involuntary_switches, part.conditions.involuntary_switches);
    worst(all.conditions.throttled_seconds, part.conditions.throttled_seconds);
  }
  all.latency_seconds = summarize_latency(all.samples_seconds);
  all.coefficient_of_variation = coefficient_of_variation(all.samples_seconds);
  if (const auto width = median_half_width(all.samples_seconds)) all.median_half_width = *width;
  all.throughput_per_second = static_cast<double>(all.batch * all.runs) / all.wall_seconds;
  return all;
}

}  // namespace autoaccel::measure
