#include "quantize/histogram.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace autoaccel::quantize {
namespace {

constexpr int kZero = Histogram::kBins;  // slots after the bins: exact zeros,
constexpr int kPassedOver = kZero + 1;   // and what is not finite
constexpr int kSlots = kPassedOver + 1;
constexpr std::size_t kBlock = 512;         // elements whose slots are found before they are counted
constexpr std::size_t kLongest = 1u << 30;  // elements that 32-bit counters surely hold

/// Slots of up to kBlock elements. Whole numbers decide, so that it becomes vector instructions.
void find_slots(std::span<const float> values, float bins_per_unit, std::array<std::int32_t, kBlock>& slots) {
  constexpr std::int32_t kInfinity = 0x7f800000;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = std::bit_cast<std::int32_t>(values[i]);
    const std::int32_t magnitude = bits & 0x7fffffff;
    const std::int32_t finite = magnitude < kInfinity ? magnitude : 0;
    const auto place = static_cast<std::int32_t>(std::bit_cast<float>(finite) * bins_per_unit);
    std::int32_t slot = bits < 0 ? Histogram::kSide - 1 - place : Histogram::kSide + place;
    slot = magnitude == 0 ? kZero : slot;
    slots[i] = magnitude < kInfinity ? slot : kPassedOver;
  }
}

/// Adds the counts of bins to bins that are 2^doublings as wide.
void pour(const std::vector<std::int64_t>& from, int doublings, std::vector<std::int64_t>& to) {
  const int shift = std::min(doublings, 30);  // beyond, a side is one bin anyway
  for (int i = 0; i < Histogram::kBins; ++i) {
    const int wider =
        Histogram::kSide + ((i - Histogram::kSide) >> shift);  // away from zero below it, where −1 is the first
    to[static_cast<std::size_t>(wider)] += from[static_cast<std::size_t>(i)];
  }
}

}  // namespace

double Histogram::width() const { return std::ldexp(1.0 / kSide, exponent); }

double Histogram::edge(int i) const { return (i - kSide) * width(); }

std::int64_t Histogram::count() const { return std::accumulate(bins.begin(), bins.end(), zeros); }

void Histogram::add(std::span<const float> values, float magnitude) {
  if (magnitude > 0) widen(std::ilogb(magnitude) + 1);
  const float bins_per_unit = std::ldexp(static_cast<float>(kSide), -exponent);
  std::array<std::int32_t, kBlock> slots;
  // Two tables by turns: equal neighbours do not wait for each other's sum.
  std::array<std::array<std::uint32_t, kSlots>, 2> counts;
  while (!values.empty()) {
    std::span<const float> part = values.first(std::min(values.size(), kLongest));
    values = values.subspan(part.size());
    for (auto& table : counts) table.fill(0);
    for (; !part.empty(); part = part.subspan(std::min(part.size(), kBlock))) {
      const std::size_t length = std::min(part.size(), kBlock);
      find_slots(part.first(length), bins_per_unit, slots);
      for (std::size_t i = 0; i < length; ++i) ++counts[i % 2][static_cast<std::size_t>(slots[i])];
    }
    zeros += static_cast<std::int64_t>(counts[0][kZero]) + counts[1][kZero];
    for (std::size_t i = 0; i < bins.size(); ++i) bins[i] += static_cast<std::int64_t>(counts[0][i]) + counts[1][i];
  }
}

void Histogram::merge(const Histogram& other) {
  if (!other.bins.empty()) {
    widen(other.exponent);
    pour(other.bins, exponent - other.exponent, bins);
  }
  zeros += other.zeros;
}

void Histogram::widen(int to_exponent) {
  to_exponent = std::max(to_exponent, kMinExponent);
  if (bins.empty()) {
    bins.assign(kBins, 0);
    exponent = to_exponent;
    return;
  }
  if (to_exponent <= exponent) return;
  std::vector<std::int64_t> wider(kBins, 0);
  pour(bins, to_exponent - exponent, wider);
  bins = std::move(wider);
  exponent = to_exponent;
}

}  // namespace autoaccel::quantize
