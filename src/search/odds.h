#pragma once

#include <map>
#include <utility>
#include <vector>

#include "search/trials.h"

namespace autoaccel::search {

/// What is known of points besides their value: whether they will be faithful, and what a trial costs.
class Odds {
 public:
  /// The space must outlive it.
  Odds(const Space& space, const Trials& trials);

  /// Chance in (0, 1] that the point is faithful: that of its form, or of the worst of its choices with this form or
  /// with all forms of the runtime; a single failure, and no success, makes it 0.2. Forms that were never faithful
  /// count for nothing: it is not their settings that fail.
  double faithful(const Space::Point& point) const;

  /// Expected for another trial of a form that was tried: the first one paid for the conversion.
  double seconds(std::size_t form) const;

  /// Was the choice tried on a form of the runtime that is faithful at all?
  bool is_tried(const plan::Dimension& dimension, std::size_t choice) const;

 private:
  struct Count {
    int faithful = 0;
    int all = 0;
    void add(bool is_faithful) { faithful += is_faithful, ++all; }
    double chance() const;
  };
  using Choice = std::pair<const plan::Dimension*, std::size_t>;

  void count(const Trial& trial);

  const Space& space_;
  std::vector<Count> by_form_;
  std::map<Choice, Count> shared_;  ///< a dimension belongs to one runtime
  std::map<std::pair<std::size_t, Choice>, Count> own_;
  std::vector<double> seconds_;
};

}  // namespace autoaccel::search
