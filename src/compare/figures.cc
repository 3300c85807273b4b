#include "compare/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>

#include "base/numeric.h"

namespace autoaccel::compare {
namespace {

constexpr std::int64_t kBlock = 1024;  // elements: two blocks of doubles stay in the first-level cache
constexpr double kMaxDb = 200;         // of equal outputs; float64 itself ends at about 310

using Block = std::array<double, kBlock>;

/// The common case, every element finite: sums of a block first, so that rounding grows with the blocks, not the
/// elements.
void add_finite(std::span<const double> reference, std::span<const double> candidate, Sums& total) {
  Sums sums;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i], c = candidate[i];
    const double error = std::abs(c - r);
    sums.absolute_error += error;
    sums.max_absolute_error = std::max(sums.max_absolute_error, error);
    sums.absolute_reference += std::abs(r);
    sums.error_power += error * error;
    sums.reference_power += r * r;
    sums.candidate_power += c * c;
    sums.dot += c * r;
    sums.min_reference = std::min(sums.min_reference, r);
    sums.max_reference = std::max(sums.max_reference, r);
    sums.equal += c == r;
    sums.active += std::max(r, c) >= kSilentBelow;
  }
  total.pairs += static_cast<std::int64_t>(reference.size());
  total.equal += sums.equal;
  total.active += sums.active;
  total.absolute_error += sums.absolute_error;
  total.max_absolute_error = std::max(total.max_absolute_error, sums.max_absolute_error);
  total.absolute_reference += sums.absolute_reference;
  total.error_power += sums.error_power;
  total.reference_power += sums.reference_power;
  total.candidate_power += sums.candidate_power;
  total.dot += sums.dot;
  total.min_reference = std::min(total.min_reference, sums.min_reference);
  total.max_reference = std::max(total.max_reference, sums.max_reference);
}

/// A block with NaN or infinity in it, element by element.
void add_any(std::span<const double> reference, std::span<const double> candidate, Sums& total) {
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i], c = candidate[i];
    if (std::isfinite(r) && std::isfinite(c)) {
      add_finite({&r, 1}, {&c, 1}, total);
      continue;
    }
    if (!std::isnan(r)) {
      total.min_reference = std::min(total.min_reference, r);
      total.max_reference = std::max(total.max_reference, r);
    }
    const bool is_equal = (std::isnan(r) && std::isnan(c)) || r == c;
    if (is_equal)
      ++total.equal;
    else if (std::isnan(c))
      ++total.new_nan;
    else if (std::isfinite(r))
      ++total.new_inf;
    else
      ++total.lost;
  }
}

bool is_all_finite(std::span<const double> values) {
  // x - x is 0 for finite x and NaN otherwise, and NaN stays in a sum.
  double sum = 0;
  for (const double value : values) sum += value - value;
  return sum == 0;
}

/// Doubles cannot tell neighbouring integers beyond 2^53 apart.
bool needs_exact_equality(const Tensor& tensor) {
  return tensor.type() == ElementType::int64 || tensor.type() == ElementType::uint64;
}

std::int64_t equal_elements(const Tensor& reference, const Tensor& candidate) {
  const auto a = reference.as<std::uint64_t>(), b = candidate.as<std::uint64_t>();
  std::int64_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return equal;
}

}  // namespace

Sums sum_up(const Tensor& reference, const Tensor& candidate) {
  Sums sums;
  Block r, c;
  for (std::int64_t first = 0; first < reference.size(); first += kBlock) {
    const auto count = static_cast<std::size_t>(std::min(kBlock, reference.size() - first));
    const auto r_part = std::span(r).first(count), c_part = std::span(c).first(count);
    base::copy_as_doubles(reference, first, r_part);
    base::copy_as_doubles(candidate, first, c_part);
    if (is_all_finite(r_part) && is_all_finite(c_part))
      add_finite(r_part, c_part, sums);
    else
      add_any(r_part, c_part, sums);
  }
  if (needs_exact_equality(reference) && reference.type() == candidate.type()) {
    sums.equal = equal_elements(reference, candidate);
  }
  return sums;
}

double sqnr_db(double signal_power, double error_power) {
  if (error_power == 0) return kMaxDb;
  const double db = 10 * std::log10(signal_power / error_power);
  return std::isnan(db) ? -kMaxDb : std::clamp(db, -kMaxDb, kMaxDb);  // NaN: both overflowed
}

double cosine_similarity(const Sums& sums) {
  if (sums.error_power == 0) return 1;
  if (sums.reference_power == 0 || sums.candidate_power == 0) return 0;
  const double cosine = sums.dot / (std::sqrt(sums.reference_power) * std::sqrt(sums.candidate_power));
  return std::isnan(cosine) ? 0 : std::clamp(cosine, -1.0, 1.0);
}

double relative_error(const Sums& sums) {
  if (sums.absolute_error == 0) return 0;
  return sums.absolute_reference > 0 ? sums.absolute_error / sums.absolute_reference : mean_absolute_error(sums);
}

double probability_error(const Sums& sums) {
  return std::sqrt(sums.error_power / static_cast<double>(std::max<std::int64_t>(sums.active, 1)));
}

double mean_absolute_error(const Sums& sums) {
  return sums.pairs > 0 ? sums.absolute_error / static_cast<double>(sums.pairs) : 0;
}

}  // namespace autoaccel::compare
