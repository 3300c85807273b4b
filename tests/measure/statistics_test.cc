#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "measure/measure.h"

namespace autoaccel::measure {
namespace {

/// 1, 2, …, n in a shuffled order: the value is its own rank.
std::vector<double> ranks(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 1.0);
  std::mt19937 random(7);
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

TEST(SummarizeLatency, GivesNearestRanks) {
  const LatencySummary summary = summarize_latency(ranks(10'000));
  EXPECT_EQ(summary.median, 5000.5);
  EXPECT_EQ(summary.mean, 5000.5);
  EXPECT_EQ(summary.p90, 9000);
  EXPECT_EQ(summary.p95, 9500);
  EXPECT_EQ(summary.p99, 9900);
  EXPECT_EQ(summary.p999, 9990);
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.max, 10'000);
  EXPECT_EQ(summarize_latency(ranks(11)).median, 6);
  EXPECT_EQ(summarize_latency(ranks(64)).p90, 58);       // ⌈57.6⌉
  EXPECT_EQ(summarize_latency(ranks(130)).p95, 124);     // ⌈123.5⌉
  EXPECT_EQ(summarize_latency(ranks(662)).p99, 656);     // ⌈655.38⌉
  EXPECT_EQ(summarize_latency(ranks(6636)).p999, 6630);  // ⌈6629.364⌉
}

/// LoadGen's rule: the fewest queries for which "at most one is above the p-quantile" has a probability of at most
/// 0.01, (p^n + n (1 - p) p^(n-1) ≤ 0.01), so that seeing it shows the quantile with 99 % confidence.
std::size_t fewest_samples(double p) {
  for (std::size_t n = 1;; ++n) {
    const auto count = static_cast<double>(n);
    if (std::pow(p, count) + count * (1 - p) * std::pow(p, count - 1) <= 0.01) return n;
  }
}

TEST(SummarizeLatency, StatesAQuantileOnlyWithEnoughSamples) {
  const struct {
    double p;
    std::optional<double> LatencySummary::*member;
    std::size_t fewest;
  } rows[] = {{0.5, &LatencySummary::median, 11},
              {0.9, &LatencySummary::p90, 64},
              {0.95, &LatencySummary::p95, 130},
              {0.99, &LatencySummary::p99, 662},
              {0.999, &LatencySummary::p999, 6636}};
  for (const auto& row : rows) {
    EXPECT_EQ(fewest_samples(row.p), row.fewest) << row.p;
    EXPECT_FALSE(summarize_latency(ranks(row.fewest - 1)).*row.member) << row.p;
    EXPECT_TRUE(summarize_latency(ranks(row.fewest)).*row.member) << row.p;
  }
  EXPECT_EQ(summarize_latency({3.0}).mean, 3.0);
  EXPECT_EQ(summarize_latency({3.0}).min, 3.0);
  EXPECT_FALSE(summarize_latency({}).mean);
}

/// P(Bin(n, 1/2) < k) from a row of Pascal's triangle, scaled by 2^-n as it grows.
long double below(std::size_t n, std::size_t k) {
  std::vector<long double> row = {1.0L};
  for (std::size_t i = 0; i < n; ++i) {
    row.push_back(0);
    for (std::size_t j = row.size() - 1; j > 0; --j) row[j] = (row[j] + row[j - 1]) / 2;
    row[0] /= 2;
  }
  return std::accumulate(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(k), 0.0L);
}

TEST(MedianIntervalRank, IsTheLargestWithEnoughCoverage) {
  for (std::size_t n = 0; n <= 5; ++n) EXPECT_EQ(median_interval_rank(n), 0u) << n;  // 1 - 2/32 = 0.9375 < 0.95
  for (std::size_t n = 6; n <= 300; ++n) {
    const std::size_t k = median_interval_rank(n);
    ASSERT_GE(k, 1u) << n;
    EXPECT_GE(1 - 2 * below(n, k), 0.95L) << n;
    EXPECT_LT(1 - 2 * below(n, k + 1), 0.95L) << n;
  }
}

TEST(MedianIntervalRank, HasTheTabulatedValues) {
  // Tables of nonparametric intervals of the median at 95 % (e.g. Conover): n: k.
  EXPECT_EQ(median_interval_rank(6), 1u);
  EXPECT_EQ(median_interval_rank(9), 2u);
  EXPECT_EQ(median_interval_rank(12), 3u);
  EXPECT_EQ(median_interval_rank(15), 4u);
  EXPECT_EQ(median_interval_rank(20), 6u);
  EXPECT_EQ(median_interval_rank(25), 8u);
  EXPECT_EQ(median_interval_rank(50), 18u);
  EXPECT_EQ(median_interval_rank(100), 40u);
  // Large n: the normal approximation, 50000 - 1.959964 * sqrt(100000)/2 = 49690.1, within one rank.
  EXPECT_NEAR(static_cast<double>(median_interval_rank(100'000)), 49690.1, 1);
}

TEST(MedianHalfWidth, IsHalfTheIntervalRelativeToTheMedian) {
  // n = 11, k = 2 (1 - 2 * 12/2048 = 0.988; k = 3: 1 - 2 * 67/2048 = 0.935): (10 - 2) / 2 / 6.
  EXPECT_EQ(median_interval_rank(11), 2u);
  EXPECT_DOUBLE_EQ(*median_half_width(ranks(11)), 4.0 / 6);
  // n = 6, k = 1: (6 - 1) / 2 / 3.5
  EXPECT_DOUBLE_EQ(*median_half_width(ranks(6)), 2.5 / 3.5);
  EXPECT_FALSE(median_half_width(ranks(5)));
  EXPECT_FALSE(median_half_width({}));
  EXPECT_EQ(median_half_width(std::vector<double>(20, 0.25)), 0.0);
  EXPECT_EQ(median_half_width(std::vector<double>(20, 0.0)), 0.0);
}

TEST(MedianHalfWidth, CoversTheTrueMedian) {
  // An oracle by simulation: log-normal latencies of median 1; about 95 % of the intervals hold it, never far below.
  std::mt19937 random(3);
  std::lognormal_distribution<double> latency(0, 0.5);
  int covered = 0;
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> samples(40);
    for (double& sample : samples) sample = latency(random);
    std::sort(samples.begin(), samples.end());
    const std::size_t k = median_interval_rank(samples.size());
    covered += samples[k - 1] <= 1 && samples[samples.size() - k] >= 1;
    EXPECT_DOUBLE_EQ(*median_half_width(samples), (samples[40 - k] - samples[k - 1]) / (samples[19] + samples[20]));
  }
  EXPECT_GE(covered, static_cast<int>(0.945 * kRounds));
}

TEST(CoefficientOfVariation, IsStandardDeviationOverMean) {
  EXPECT_DOUBLE_EQ(coefficient_of_variation({2, 4}), std::sqrt(2.0) / 3);
  EXPECT_DOUBLE_EQ(coefficient_of_variation({1, 2, 3, 4, 5}), std::sqrt(2.5) / 3);  // 10 / (5 - 1)
  EXPECT_EQ(coefficient_of_variation({5, 5, 5}), 0);
  EXPECT_EQ(coefficient_of_variation({5}), 0);
  EXPECT_EQ(coefficient_of_variation({}), 0);
  EXPECT_EQ(coefficient_of_variation({0, 0}), 0);
}

TEST(Pooled, IsOneMeasurementOfAllSamples) {
  Measurement first, second;
  first.samples_seconds = ranks(11);  // 1 … 11
  first.runs = 11;
  first.batch = second.batch = 2;
  first.wall_seconds = 3;
  first.load_seconds = 0.5;
  first.conditions.foreign_cpu_fraction = 0.1;
  second.samples_seconds = {3, 9};
  second.runs = 2;
  second.wall_seconds = 1;
  second.conditions.foreign_cpu_fraction = 0.3;
  second.conditions.throttled_seconds = 0.2;
  const Measurement parts[] = {first, second};
  const Measurement all = pooled(parts);
  EXPECT_EQ(all.samples_seconds.size(), 13u);
  EXPECT_EQ(all.samples_seconds.back(), 9);
  EXPECT_EQ(all.runs, 13);
  EXPECT_EQ(all.wall_seconds, 4);
  EXPECT_EQ(all.throughput_per_second, 2 * 13 / 4.0);
  EXPECT_EQ(all.latency_seconds.median, 6);  // 1 2 3 3 4 5 [6] 7 8 9 9 10 11
  // n = 13: k = 3 (1 - 2 * 92/8192 = 0.978; k = 4: 1 - 2 * 378/8192 = 0.908), so (9 - 3) / 2 / 6.
  EXPECT_DOUBLE_EQ(all.median_half_width, 0.5);
  EXPECT_EQ(all.load_seconds, 0.5);
  EXPECT_EQ(all.conditions.foreign_cpu_fraction, 0.3);
  EXPECT_EQ(all.conditions.throttled_seconds, 0.2);
}

}  // namespace
}  // namespace autoaccel::measure
