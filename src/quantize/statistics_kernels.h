#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "quantize/histogram.h"

namespace autoaccel::quantize {

/// Where values are counted before they are added to a histogram: its bins, and after them slots for zeros, eight of
/// them so that one need not wait for the other, and for what is not finite.
inline constexpr int kZeroSlots = 8;
inline constexpr int kZeroSlot = Histogram::kBins;
inline constexpr int kPassedOverSlot = kZeroSlot + kZeroSlots;
inline constexpr int kSlots = kPassedOverSlot + 1;

/// Figures of elements of one channel. `finite` counts those that are in the others.
struct RunFigures {
  float min, max;
  double sum, sum_squares;
  std::int64_t finite;
};

/// The loops over all elements, by one instruction set. All sets give the same counts and extremes, and sums to a few
/// units in the last place.
struct StatisticsKernels {
  std::string_view name;

  /// slots[i] = the slot of values[i]. bins_per_unit  the inverse of a bin's width; no finite |value| beyond the last
  /// bin
  void (*find_slots)(const float* values, std::size_t count, float bins_per_unit, std::int32_t* slots);

  /// Adds `count` elements of one channel to its figures.
  void (*add_run)(const float* values, std::size_t count, RunFigures& figures);

  /// Adds one element to each of `count` channels, all of them finite; false, and nothing is added, when one is not.
  bool (*add_row)(const float* values, std::size_t count, float* min, float* max, double* sum, double* sum_squares);
};

/// Those that this processor can run, slowest first.
std::span<const StatisticsKernels> statistics_kernels();

}  // namespace autoaccel::quantize
