#include "quantize/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "quantize/statistics_kernels.h"

namespace autoaccel::quantize {
namespace {

constexpr std::size_t kBlock = 512;         // elements whose slots are found before they are counted
constexpr std::size_t kLongest = 1u << 30;  // elements that 32-bit counters surely hold

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
  const auto find_slots = statistics_kernels().back().find_slots;
  std::array<std::int32_t, kBlock> slots;
  // Two tables by turns: equal neighbours do not wait for each other's sum.
  std::array<std::array<std::uint32_t, kSlots>, 2> counts;
  while (!values.empty()) {
    const std::span<const float> part = values.first(std::min(values.size(), kLongest));
    values = values.subspan(part.size());
    for (auto& table : counts) table.fill(0);
    for (std::size_t begin = 0; begin < part.size(); begin += kBlock) {
      const std::size_t length = std::min(part.size() - begin, kBlock);
      find_slots(part.data() + begin, length, bins_per_unit, slots.data());
      for (std::size_t i = 0; i < length; ++i) ++counts[i % 2][static_cast<std::size_t>(slots[i])];
    }
    const auto counted = [&](std::size_t slot) { return static_cast<std::int64_t>(counts[0][slot]) + counts[1][slot]; };
    for (std::size_t i = 0; i < kZeroSlots; ++i) zeros += counted(kZeroSlot + i);
    for (std::size_t i = 0; i < bins.size(); ++i) bins[i] += counted(i);
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
