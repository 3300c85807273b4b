#include "quantize/calibrator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace autoaccel::quantize {
namespace {

TensorStatistics statistics_of(const std::vector<float>& values) {
  Tensor tensor(ElementType::float32, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  TensorStatistics statistics;
  statistics.add(tensor, std::nullopt);
  return statistics;
}

/// A bell with a long tail to the right, half of it cut off at zero: what activations look like.
std::vector<float> activations(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> bell(0.3F, 1);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float x = bell(random);
    values[i] = i % 3 == 0 ? std::max(x, 0.0F) : x > 2 ? x * x * x / 4 : x;
  }
  return values;
}

/// What quantization to `levels` makes of a value, as QuantizeLinear and DequantizeLinear do it.
double quantized(double value, const Range& range, const RangeRules& rules) {
  const double scale = rules.symmetric ? range.high / (rules.levels / 2 - 1)
                                       : (static_cast<double>(range.high) - range.low) / (rules.levels - 1);
  const double zero = rules.symmetric ? rules.levels / 2 : std::nearbyint(-range.low / scale);
  const double q = std::clamp(std::nearbyint(value / scale) + zero, 0.0, rules.levels - 1.0);
  return (q - zero) * scale;
}

double squared_error(const std::vector<float>& values, const Range& range, const RangeRules& rules) {
  return std::accumulate(values.begin(), values.end(), 0.0, [&](double sum, float value) {
    const double error = quantized(value, range, rules) - value;
    return sum + error * error;
  });
}

TEST(MinMax, IsWhatWasSeenWithZero) {
  const auto range = [](const std::vector<float>& values, RangeRules rules = {}) {
    const Range found = range_of(statistics_of(values), Calibrator::min_max, rules);
    return std::vector<float>{found.low, found.high};
  };
  EXPECT_EQ(range({-1.7F, 0.3F, 2.9F}), (std::vector<float>{-1.7F, 2.9F}));
  EXPECT_EQ(range({1, 2}), (std::vector<float>{0, 2}));
  EXPECT_EQ(range({-3, -2}), (std::vector<float>{-3, 0}));
  EXPECT_EQ(range({-3, 2}, {.symmetric = true}), (std::vector<float>{-3, 3}));
}

TEST(RangeOf, IsEmptyWhereThereIsNothing) {
  for (const Calibrator calibrator :
       {Calibrator::min_max, Calibrator::percentile, Calibrator::entropy, Calibrator::mse}) {
    for (const TensorStatistics& statistics :
         {TensorStatistics(), statistics_of({0, 0}), statistics_of({std::numeric_limits<float>::infinity()})}) {
      const Range range = range_of(statistics, calibrator);
      EXPECT_EQ(range.low, 0) << to_text(calibrator);
      EXPECT_EQ(range.high, 0) << to_text(calibrator);
    }
  }
}

TEST(RangeOf, HoldsAtTheEndsOfWhatFloatsReach) {
  const float largest = std::numeric_limits<float>::max();
  for (const std::vector<float>& values :
       {std::vector<float>{-largest, largest, 1}, std::vector<float>{1e-38F, -1e-39F}, std::vector<float>{1e-45F},
        std::vector<float>{-5}}) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    for (const Calibrator calibrator :
         {Calibrator::min_max, Calibrator::percentile, Calibrator::entropy, Calibrator::mse}) {
      for (const bool symmetric : {false, true}) {
        const Range range = range_of(statistics_of(values), calibrator, {.symmetric = symmetric});
        const float magnitude = std::max(-*low, *high);
        EXPECT_LE(range.low, 0) << to_text(calibrator);
        EXPECT_GE(range.high, 0) << to_text(calibrator);
        EXPECT_LT(range.low, range.high) << to_text(calibrator);
        EXPECT_GE(range.low, symmetric ? -magnitude : std::min(*low, 0.0F)) << to_text(calibrator);
        EXPECT_LE(range.high, symmetric ? magnitude : std::max(*high, 0.0F)) << to_text(calibrator);
        if (symmetric) {
          EXPECT_EQ(range.low, -range.high) << to_text(calibrator);
        }
      }
    }
  }
}

TEST(RangeOf, DoesNotCutOffWhatSaturates) {
  // What a Clip to [0, 6] leaves: a quarter lies exactly on 6, which is an edge between two bins.
  std::vector<float> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 4 == 0 ? 6.0F : static_cast<float>(i) * 0.013F;
  EXPECT_GT(range_of(statistics_of(values), Calibrator::mse).high, 5.95F);
  for (float& value : values) value = -value;
  EXPECT_LT(range_of(statistics_of(values), Calibrator::mse).low, -5.95F);
}

TEST(Percentile, CutsAsMuchAsSortingWould) {
  const std::vector<float> values = activations(20000, 1);
  const TensorStatistics statistics = statistics_of(values);
  const double width = statistics.histogram.width();
  std::vector<float> sorted = values, magnitudes = values;
  std::sort(sorted.begin(), sorted.end());
  for (float& value : magnitudes) value = std::fabs(value);
  std::sort(magnitudes.begin(), magnitudes.end());
  for (const double percentile : {99.9, 99.0, 90.0}) {
    const auto outside = static_cast<std::size_t>(std::lround((1 - percentile / 100) * 20000));
    // With `outside` elements beyond, the end lies at the next one; the histogram rounds up to the edge of its bin.
    const Range range = range_of(statistics, Calibrator::percentile, {.percentile = percentile});
    const float high = sorted[sorted.size() - 1 - outside / 2], low = sorted[outside / 2];
    EXPECT_GE(range.high, high) << percentile;
    EXPECT_LE(range.high, high + width) << percentile;
    EXPECT_LE(range.low, low) << percentile;
    EXPECT_GE(range.low, low - width) << percentile;
    const Range symmetric = range_of(statistics, Calibrator::percentile, {.symmetric = true, .percentile = percentile});
    const float magnitude = magnitudes[magnitudes.size() - 1 - outside];
    EXPECT_GE(symmetric.high, magnitude) << percentile;
    EXPECT_LE(symmetric.high, magnitude + width) << percentile;
  }
}

TEST(Percentile, KeepsTheFewThatAreNotZero) {
  std::vector<float> values(100000, 0);
  values[5] = 2;
  const Range range = range_of(statistics_of(values), Calibrator::percentile, {.percentile = 99});
  EXPECT_EQ(range.high, 2);
}

/// By the definition: P the bins of [begin, end) with the rest at its ends, Q those bins evened out within each level.
double divergence(const std::vector<double>& bins, std::size_t begin, std::size_t end, std::size_t levels) {
  std::vector<double> p(bins.begin() + static_cast<std::ptrdiff_t>(begin),
                        bins.begin() + static_cast<std::ptrdiff_t>(end));
  std::vector<double> q(p.size(), 0);
  const std::vector<double> inside = p;
  for (std::size_t i = 0; i < begin; ++i) p.front() += bins[i];
  for (std::size_t i = end; i < bins.size(); ++i) p.back() += bins[i];
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t from = p.size() * level / levels, to = p.size() * (level + 1) / levels;
    double sum = 0, used = 0;
    for (std::size_t i = from; i < to; ++i) {
      sum += inside[i];
      used += p[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = from; i < to; ++i) q[i] = p[i] > 0 ? sum / used : 0;
  }
  const double p_sum = std::accumulate(p.begin(), p.end(), 0.0), q_sum = std::accumulate(q.begin(), q.end(), 0.0);
  double divergence = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) divergence += p[i] / p_sum * std::log(p[i] / p_sum / (q[i] / q_sum));
  return divergence;
}

/// The least divergence of all reaches, and that of the range found.
struct Divergences {
  double least = std::numeric_limits<double>::infinity();
  double found = 0;
};

Divergences divergences(const TensorStatistics& statistics, const RangeRules& rules) {
  constexpr std::size_t kSide = Histogram::kSide;
  const auto& counts = statistics.histogram.bins;
  std::vector<double> bins(counts.begin(), counts.end());
  if (rules.symmetric)
    for (std::size_t i = 0; i < counts.size(); ++i) bins[i] += static_cast<double>(counts[counts.size() - 1 - i]);
  const double width = statistics.histogram.width();
  const auto bins_up_to = [&](double x) { return static_cast<std::size_t>(std::ceil(x / width)); };
  const double magnitude = std::max(-statistics.min, statistics.max);
  const std::size_t below = bins_up_to(rules.symmetric ? magnitude : -statistics.min);
  const std::size_t above = bins_up_to(rules.symmetric ? magnitude : statistics.max);
  const auto levels = static_cast<std::size_t>(rules.levels);
  Divergences result;
  for (std::size_t reach = levels; reach <= std::max(below, above); ++reach)
    result.least = std::min(result.least,
                            divergence(bins, kSide - std::min(reach, below), kSide + std::min(reach, above), levels));
  const Range range = range_of(statistics, Calibrator::entropy, rules);
  result.found = divergence(bins, kSide - bins_up_to(-range.low), kSide + bins_up_to(range.high), levels);
  return result;
}

TEST(Entropy, FindsTheLeastDivergence) {
  for (const bool symmetric : {false, true}) {
    const TensorStatistics statistics = statistics_of(activations(50000, 2));
    const Divergences found = divergences(statistics, {.levels = 64, .symmetric = symmetric});
    EXPECT_NEAR(found.found, found.least, 1e-9 * found.least);
    const Range range = range_of(statistics, Calibrator::entropy, {.levels = 64, .symmetric = symmetric});
    EXPECT_LT(range.high, statistics.max) << "the tail is cut";
  }
}

TEST(Entropy, KeepsWhatIsSpreadEvenly) {
  std::vector<float> values(40000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = -1 + static_cast<float>(i) / 10000;  // −1 … 3
  const Range range = range_of(statistics_of(values), Calibrator::entropy);
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, values.back());
}

/// The least error of all ranges on a grid of 1 % of what was seen.
double least_error(const std::vector<float>& values, const TensorStatistics& statistics, const RangeRules& rules) {
  double least = std::numeric_limits<double>::infinity();
  const float low = std::min(statistics.min, 0.0F), high = std::max(statistics.max, 0.0F);
  for (int i = 1; i <= 100; ++i) {
    const float part = static_cast<float>(i) / 100;
    if (rules.symmetric) {
      const float magnitude = std::max(-low, high) * part;
      least = std::min(least, squared_error(values, {-magnitude, magnitude}, rules));
      continue;
    }
    for (int j = 1; j <= 100; ++j)
      least = std::min(least, squared_error(values, {low * static_cast<float>(j) / 100, high * part}, rules));
  }
  return least;
}

TEST(Mse, FindsTheLeastSquaredError) {
  const std::vector<float> values = activations(2000, 3);
  const TensorStatistics statistics = statistics_of(values);
  for (const int levels : {16, 256}) {
    for (const bool symmetric : {false, true}) {
      const RangeRules rules{.levels = levels, .symmetric = symmetric};
      const double found = squared_error(values, range_of(statistics, Calibrator::mse, rules), rules);
      const double all = squared_error(values, range_of(statistics, Calibrator::min_max, rules), rules);
      EXPECT_LE(found, 1.03 * least_error(values, statistics, rules)) << levels << symmetric;
      EXPECT_LE(found, 1.01 * all) << levels << symmetric;  // the histogram knows the values to a bin only
    }
  }
}

TEST(Mse, CutsOffALoneOutlier) {
  std::vector<float> values = activations(100000, 4);
  for (float& value : values) value = std::clamp(value, -1.0F, 1.0F);
  values[7] = 20;
  // With the ends at −1 and h the outlier has an error of (20 − h)², the others together about 1e5 · s² / 12 with steps
  // of s = (h + 1) / 255. The sum is least where 20 − h = (h + 1) · 1e5 / (12 · 255²), at h = 17.6.
  const TensorStatistics statistics = statistics_of(values);
  const Range range = range_of(statistics, Calibrator::mse);
  EXPECT_LT(range.high, 19);
  EXPECT_GT(range.high, 16);
}

TEST(Mse, KeepsTheExactLevelsOfAFewValues) {
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i));
  const Range range = range_of(statistics_of(values), Calibrator::mse);
  EXPECT_NEAR(range.high, 255, 3);
  EXPECT_EQ(range.low, 0);
}

}  // namespace
}  // namespace autoaccel::quantize
