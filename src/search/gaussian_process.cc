#include "search/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace autoaccel::search {
namespace {

double dot(const double* a, const double* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/// Cholesky's factor in the lower triangle; what is above it stays.
void factorise(std::vector<double>& matrix, std::size_t n) {
  for (std::size_t row = 0; row < n; ++row) {
    double* const r = &matrix[row * n];
    for (std::size_t column = 0; column < row; ++column) {
      const double* const c = &matrix[column * n];
      r[column] = (r[column] - dot(r, c, column)) / c[column];
    }
    r[row] = std::sqrt(r[row] - dot(r, r, row));
  }
}

}  // namespace

GaussianProcess::GaussianProcess(std::vector<double> covariance, std::span<const double> noise,
                                 std::span<const double> values)
    : n_(values.size()), lower_(std::move(covariance)) {
  for (std::size_t i = 0; i < n_; ++i) lower_[i * n_ + i] += noise[i];
  factorise(lower_, n_);
  whitened_ = solve_lower(values);
  double log_determinant = 0;
  for (std::size_t i = 0; i < n_; ++i) log_determinant += 2 * std::log(lower_[i * n_ + i]);
  log_evidence_ = -0.5 * (dot(whitened_.data(), whitened_.data(), n_) + log_determinant +
                          static_cast<double>(n_) * std::log(2 * std::numbers::pi));
}

/// With w = L⁻¹ k: kᵀ (L Lᵀ)⁻¹ y = wᵀ L⁻¹ y, and kᵀ (L Lᵀ)⁻¹ k = wᵀ w.
GaussianProcess::Posterior GaussianProcess::at(std::span<const double> covariance, double own) const {
  const std::vector<double> w = solve_lower(covariance);
  return {.mean = dot(w.data(), whitened_.data(), n_), .variance = std::max(0.0, own - dot(w.data(), w.data(), n_))};
}

std::vector<double> GaussianProcess::solve_lower(std::span<const double> v) const {
  std::vector<double> result(v.begin(), v.end());
  for (std::size_t i = 0; i < n_; ++i)
    result[i] = (result[i] - dot(&lower_[i * n_], result.data(), i)) / lower_[i * n_ + i];
  return result;
}

}  // namespace autoaccel::search
