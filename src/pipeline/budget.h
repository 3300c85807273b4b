#pragma once

#include <optional>
#include <string>

#include "autoaccel/config.h"
#include "base/clock.h"

namespace autoaccel::pipeline {

/// When a search has to end: what config.yml says, else a time that grows with the model's latency.
class Budget {
 public:
  Budget(const SearchConfig& config, const base::Clock& clock)
      : seconds_(config.budget_seconds), trials_(config.budget_trials), clock_(clock), start_(clock.now()) {}

  /// The default: 5 minutes for a model of 10 ms; at least 2, at most 60. No user's budget is changed by it.
  void adapt_to(double latency_seconds);

  void count_trial() { ++tried_; }
  int tried() const { return tried_; }
  double elapsed() const { return clock_.now() - start_; }

  /// The original is always tried.
  bool is_spent() const;

  /// What was spent, as a clause: `the budget of 40 trials was spent`.
  std::string text() const;

 private:
  std::optional<double> seconds_;
  std::optional<int> trials_;
  std::optional<double> default_seconds_;
  const base::Clock& clock_;
  double start_;
  int tried_ = 0;
};

}  // namespace autoaccel::pipeline
