#pragma once

#include <cmath>
#include <cstdint>

#include "autoaccel/tensor.h"

namespace autoaccel::compare {

/// Probabilities below it tell no detection or class from another.
inline constexpr double kSilentBelow = 0.05;

/// Sums over the elements of one output of one sample, in double; r is the original's value, c the candidate's.
///
/// Only pairs of finite values are summed. The other pairs are equal (both NaN, or the same infinity) or counted.
struct Sums {
  std::int64_t pairs = 0;     ///< finite ones
  std::int64_t active = 0;    ///< pairs of which one is at least kSilentBelow: a class or detection that counts
  std::int64_t equal = 0;     ///< pairs that are equal, integers beyond 2^53 compared exactly; equal NaN included
  double absolute_error = 0;  ///< Σ |c - r|
  double max_absolute_error = 0;
  double absolute_reference = 0;    ///< Σ |r|
  double error_power = 0;           ///< Σ (c - r)²
  double reference_power = 0;       ///< Σ r²
  double candidate_power = 0;       ///< Σ c²
  double dot = 0;                   ///< Σ c r
  double min_reference = HUGE_VAL;  ///< infinities included; NaN left out
  double max_reference = -HUGE_VAL;
  std::uint64_t new_nan = 0;  ///< c is NaN, r is not
  std::uint64_t new_inf = 0;  ///< c is infinite, r is finite
  std::uint64_t lost = 0;     ///< r is NaN or infinite, c is a number or the other infinity
};

/// errors  unsupported: strings, complex, 4-bit and 8-bit float types. The shapes are equal.
Sums sum_up(const Tensor& reference, const Tensor& candidate);

/// 10 log10(signal / error), within ±200; 200 without an error.
double sqnr_db(double signal_power, double error_power);

/// Σ c r / (|c| |r|); 1 for equal outputs, 0 where just one of them is all zeros.
double cosine_similarity(const Sums& sums);

/// Σ |c - r| / Σ |r|; against ones where the original is all zeros.
double relative_error(const Sums& sums);

/// √(Σ (c - r)² / active pairs), at least one: the error of a typical probability that counts, however many elements
/// are silent. For a distribution with one class it is the error of that class; for a map of detections, of their
/// pixels.
double probability_error(const Sums& sums);

/// Σ |c - r| / number of pairs; 0 without pairs.
double mean_absolute_error(const Sums& sums);

}  // namespace autoaccel::compare
