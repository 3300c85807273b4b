#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "search/strategy.h"

namespace autoaccel::search {

struct Trial {
  Space::Point point;
  Observation observation;
};

/// Ran, agreed and was measured: can be recommended.
inline bool is_usable(const Observation& observation) {
  return observation.is_faithful && observation.value.has_value();
}

/// What was told so far.
class Trials {
 public:
  void add(const Space::Point& point, const Observation& observation) {
    if (told_.insert(point).second) all_.push_back({point, observation});
  }

  bool has(const Space::Point& point) const { return told_.contains(point); }
  const std::vector<Trial>& all() const { return all_; }  ///< in the order they were told

  const Observation* find(const Space::Point& point) const {
    for (const Trial& trial : all_)
      if (trial.point == point) return &trial.observation;
    return nullptr;
  }

  /// The least value of what is usable.
  std::optional<double> best() const {
    std::optional<double> least;
    for (const Trial& trial : all_)
      if (is_usable(trial.observation) && (!least || *trial.observation.value < *least))
        least = trial.observation.value;
    return least;
  }

 private:
  std::vector<Trial> all_;
  std::set<Space::Point> told_;
};

}  // namespace autoaccel::search
