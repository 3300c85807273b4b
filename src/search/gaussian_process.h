#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace autoaccel::search {

/// What noisy values at n points say of a function that varies around 0 with a known covariance.
///
/// cost    n³ / 6 multiplications, and n² / 2 for each question
/// source  C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1
class GaussianProcess {
 public:
  /// covariance  between the points, n × n by rows, symmetric
  /// noise       variance of each value around the function, > 0
  /// values      n of them
  GaussianProcess(std::vector<double> covariance, std::span<const double> noise, std::span<const double> values);

  struct Posterior {
    double mean = 0;
    double variance = 0;
  };

  /// Of the function at a point: its covariance with each of the n points, and with itself.
  Posterior at(std::span<const double> covariance, double own) const;

  /// Logarithm of the density of the values under the covariance and the noise.
  double log_evidence() const { return log_evidence_; }

 private:
  /// L⁻¹ v
  std::vector<double> solve_lower(std::span<const double> v) const;

  std::size_t n_;
  std::vector<double> lower_;     ///< L, by rows: covariance + noise = L Lᵀ
  std::vector<double> whitened_;  ///< L⁻¹ values
  double log_evidence_ = 0;
};

}  // namespace autoaccel::search
