#include "select/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace autoaccel::select {
namespace {

constexpr double kReported = 0.95;
/// Of 20 comparisons of a variant with itself one would be apart at 95 %, and a user tries many more variants.
constexpr double kDecided = 0.99;
constexpr double kLeastDifference = 0.01;

/// P(|T| ≤ t) for whole degrees of freedom: with θ = atan(t / √n), a finite sum of powers of cos θ.
///
/// source  Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
double probability_within(double t, std::size_t degrees) {
  const double theta = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double cosine = std::cos(theta), sine = std::sin(theta);
  const bool is_odd = degrees % 2 == 1;
  double term = is_odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
  for (std::size_t k = is_odd ? 3 : 2; k + 1 < degrees; k += 2) {
    term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  return is_odd ? 2 / M_PI * (theta + sine * sum) : sine * sum;
}

}  // namespace

double student_quantile(double confidence, std::size_t degrees) {
  double low = 0, high = 1;
  while (probability_within(high, degrees) < confidence) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (probability_within(middle, degrees) < confidence ? low : high) = middle;
  }
  return high;
}

Ratio ratio_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) logs.push_back(std::log(a[i] / b[i]));
  Ratio ratio{.interval = {0, std::numeric_limits<double>::infinity()}};
  if (logs.empty()) return ratio;
  const auto n = static_cast<double>(logs.size());
  const double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / n;
  ratio.value = std::exp(mean);
  if (logs.size() < 2) return ratio;
  double squares = 0;
  for (const double log : logs) squares += (log - mean) * (log - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  const double reported = student_quantile(kReported, logs.size() - 1) * error;
  ratio.interval = {std::exp(mean - reported), std::exp(mean + reported)};
  ratio.is_apart = std::abs(mean) > student_quantile(kDecided, logs.size() - 1) * error &&
                   std::abs(mean) >= std::log1p(kLeastDifference);
  return ratio;
}

}  // namespace autoaccel::select
