#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quantize/spare_nodes.h"

namespace autoaccel::quantize {

/// The candidates of one search: each judged once, within the limits.
class SpareTrials {
 public:
  using Low = std::vector<bool>;  ///< by node: is it low?

  SpareTrials(const LowNodes& low, Judge& judge, const SpareLimits& limits);

  /// nullptr: it would take a run, and none is left.
  const Score* judged(const Low& low);

  /// Adds a judged set that could be the answer to the curve; it is the best if it is within and costs least.
  /// slack  of the judged one, or less where less is to be expected
  void add(const Low& low, double slack_db);

  /// Whether the judge times candidates. Needs a best. cost  a run
  bool can_time();

  /// Makes `low` the best, whatever it costs.
  void choose(const Low& low);

  /// Makes `low` the best if it is not slower than that. cost  kRunsToCompare; nothing when fewer are left
  void choose_if_as_fast(const Low& low);
  static constexpr int kTimings = 3;  ///< of both candidates in turn; the shortest of each counts
  static constexpr int kRunsToCompare = 2 * kTimings;

  bool is_within(double slack_db) const { return slack_db >= limits_.slack_db; }
  bool has_runs(int wanted = 1) const;
  int runs() const { return runs_; }
  const SpareLimits& limits() const { return limits_; }

  std::size_t size() const { return low_.nodes.size(); }
  const std::vector<double>& costs() const { return costs_; }  ///< by node, > 0: what is lost when it stays float
  double cost(const Low& low) const;                           ///< of the nodes that are low
  double all_costs() const { return all_costs_; }

  bool has_best() const { return best_cost_ >= 0; }
  const Low& best() const { return best_; }
  double best_slack_db() const { return tried_.at(best_); }
  double best_cost() const { return best_cost_; }  ///< of its low nodes

  Spared result() const;

 private:
  std::set<std::string> kept(const Low& low) const;
  model::Model candidate(const Low& low) const { return low_.with_kept(kept(low)); }
  double gain_share(const Low& low) const;
  Spared::Point point(const Low& low) const;
  std::string refusal(const Spared& spared) const;

  const LowNodes& low_;
  Judge& judge_;
  SpareLimits limits_;
  base::MonotonicClock machine_clock_;
  const base::Clock& clock_;
  double start_;
  std::vector<double> costs_;
  double all_costs_;
  std::map<Low, Score> scores_;
  std::map<Low, double> tried_;  ///< with their slack
  int runs_ = 0;
  Low best_;
  double best_cost_ = -1;
};

}  // namespace autoaccel::quantize
