#pragma once

#include <cstddef>
#include <vector>

#include "autoaccel/record.h"

namespace autoaccel::select {

/// How two variants that took turns in the same rounds compare.
struct Ratio {
  double value = 1;       ///< geometric mean of the rounds' ratios
  Interval interval;      ///< with 95 % confidence
  bool is_apart = false;  ///< differs from 1 by at least 1 %, with 99 % confidence that it differs at all
};

/// Times of `a` over times of `b`, round by round: what drifts slower than a round cancels.
///
/// exp(m ± t s / √n), where m and s are mean and standard deviation of ln(a_i / b_i), and t Student's quantile with n -
/// 1 degrees of freedom. With fewer than two rounds nothing is known: the interval is (0, ∞).
///
/// a, b  seconds > 0 of the same rounds; what one has more than the other is passed over
Ratio ratio_of(const std::vector<double>& a, const std::vector<double>& b);

/// The t with P(|T| ≤ t) = confidence. degrees ≥ 1; 0 < confidence < 1
double student_quantile(double confidence, std::size_t degrees);

}  // namespace autoaccel::select
