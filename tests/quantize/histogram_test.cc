#include "quantize/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace autoaccel::quantize {
namespace {

constexpr int kSide = Histogram::kSide;

float magnitude_of(const std::vector<float>& values) {
  float magnitude = 0;
  for (const float value : values)
    if (std::isfinite(value)) magnitude = std::max(magnitude, std::fabs(value));
  return magnitude;
}

Histogram histogram_of(const std::vector<std::vector<float>>& parts) {
  Histogram histogram;
  for (const auto& values : parts) histogram.add(values, magnitude_of(values));
  return histogram;
}

/// The definition, value by value.
std::vector<std::int64_t> counted_by_edges(const Histogram& histogram, const std::vector<float>& values) {
  std::vector<std::int64_t> bins(Histogram::kBins, 0);
  for (const float value : values) {
    if (value == 0 || !std::isfinite(value)) continue;
    int bin = value > 0 ? kSide : kSide - 1;
    while (value >= histogram.edge(bin + 1)) ++bin;
    while (value <= histogram.edge(bin)) --bin;
    ++bins[static_cast<std::size_t>(bin)];
  }
  return bins;
}

std::vector<float> normal_values(std::size_t count, float deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(Histogram, StartsEmpty) {
  const Histogram histogram;
  EXPECT_TRUE(histogram.bins.empty());
  EXPECT_EQ(histogram.count(), 0);
}

TEST(Histogram, CountsZerosOfBothSignsByThemselves) {
  const Histogram histogram = histogram_of({{0.0F, -0.0F, 0.0F}});
  EXPECT_EQ(histogram.zeros, 3);
  EXPECT_TRUE(histogram.bins.empty());
}

TEST(Histogram, ReachesToThePowerOfTwoAboveTheLargestMagnitude) {
  EXPECT_EQ(histogram_of({{3.9F}}).exponent, 2);
  EXPECT_EQ(histogram_of({{4.0F}}).exponent, 3) << "2^2 itself lies outside";
  EXPECT_EQ(histogram_of({{-4.0F}}).exponent, 3);
  EXPECT_EQ(histogram_of({{-4.0F}}).width(), 8.0 / 2048);
}

TEST(Histogram, PutsValuesBetweenTheEdgesOfTheirBins) {
  // Reach 1, bins of 2^-11. −2^-11 lies between the first and the second bin below zero and belongs to the second, the
  // next float towards zero to the first. 0.999 · 2048 = 2045.95.
  const float edge = -0x1p-11F;
  const Histogram histogram = histogram_of(
      {{0.999F, edge, std::nextafter(edge, 0.0F), std::nextafter(edge, -1.0F), 1e-30F, -1e-30F, 0x1p-11F}});
  ASSERT_EQ(histogram.exponent, 0);
  EXPECT_EQ(histogram.bins[kSide + 2045], 1);
  EXPECT_EQ(histogram.bins[kSide - 1], 2) << "−1e-30 too";
  EXPECT_EQ(histogram.bins[kSide - 2], 2) << "−2^-11 and the next below";
  EXPECT_EQ(histogram.bins[kSide], 1) << "1e-30";
  EXPECT_EQ(histogram.bins[kSide + 1], 1) << "2^-11";
  EXPECT_EQ(histogram.count(), 7);
}

TEST(Histogram, AgreesWithItsDefinition) {
  std::vector<float> values = normal_values(5001, 3, 1);
  values[17] = 0;
  values[18] = std::numeric_limits<float>::quiet_NaN();
  values[19] = std::numeric_limits<float>::infinity();
  values[20] = -std::numeric_limits<float>::infinity();
  const Histogram histogram = histogram_of({values});
  EXPECT_EQ(histogram.bins, counted_by_edges(histogram, values));
  EXPECT_EQ(histogram.zeros, 1);
  EXPECT_EQ(histogram.count(), 5001 - 3);
}

TEST(Histogram, GrowsWithoutLosingOrMovingAnything) {
  const std::vector<float> small = normal_values(3000, 1e-3F, 2), large = normal_values(3000, 40, 3);
  std::vector<float> both = small;
  both.insert(both.end(), large.begin(), large.end());
  const Histogram grown = histogram_of({small, large});
  EXPECT_EQ(grown.exponent, histogram_of({both}).exponent);
  EXPECT_EQ(grown.bins, counted_by_edges(grown, both));
  EXPECT_EQ(histogram_of({large, small}).bins, grown.bins) << "the order does not matter";
}

TEST(Histogram, MergesAsIfAllHadBeenAddedHere) {
  const std::vector<float> small = normal_values(100, 1e-20F, 4), large = normal_values(100, 5, 5), zeros(7, 0);
  Histogram merged = histogram_of({small});
  merged.merge(histogram_of({large}));
  merged.merge(histogram_of({zeros}));
  merged.merge(Histogram());
  const Histogram added = histogram_of({large, zeros, small});
  EXPECT_EQ(merged.bins, added.bins);
  EXPECT_EQ(merged.zeros, 7);
  EXPECT_EQ(merged.exponent, added.exponent);
  Histogram into_zeros = histogram_of({zeros});
  into_zeros.merge(added);
  EXPECT_EQ(into_zeros.bins, added.bins);
  EXPECT_EQ(into_zeros.zeros, 14);
}

TEST(Histogram, HoldsTheLargestAndTheSmallestFloats) {
  const float largest = std::numeric_limits<float>::max(), smallest = std::numeric_limits<float>::denorm_min();
  const std::vector<float> values{largest, -largest, 0x1p127F, 1e-38F, -1e-38F, smallest, -smallest};
  const Histogram histogram = histogram_of({values});
  EXPECT_EQ(histogram.exponent, 128);
  EXPECT_EQ(histogram.bins.front(), 1) << "−FLT_MAX";
  EXPECT_EQ(histogram.bins.back(), 1) << "FLT_MAX";
  EXPECT_EQ(histogram.bins[kSide + kSide / 2], 1) << "2^127, half of the reach";
  EXPECT_EQ(histogram.bins[kSide] + histogram.bins[kSide - 1], 4) << "the tiny ones, next to zero";

  const Histogram tiny = histogram_of({{1e-38F, -smallest, smallest}});
  EXPECT_EQ(tiny.exponent, Histogram::kMinExponent);
  EXPECT_EQ(tiny.bins, counted_by_edges(tiny, {1e-38F, -smallest, smallest}));
  Histogram both = tiny;
  both.merge(histogram);
  EXPECT_EQ(both.count(), 10);
}

}  // namespace
}  // namespace autoaccel::quantize
