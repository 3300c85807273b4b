#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "measure/measure.h"

namespace autoaccel::measure {

/// The warm-up of one request, told of every run.
class WarmUp {
 public:
  explicit WarmUp(const Rules& rules) : rules_(rules) {}

  /// seconds  of the run that just ended
  /// elapsed  since the warm-up began
  void add(double seconds, double elapsed);

  bool is_warm() const { return is_warm_; }
  std::size_t runs() const { return runs_; }

 private:
  const Rules& rules_;
  std::vector<double> window_;
  double window_seconds_ = 0;
  std::optional<double> previous_median_;
  std::size_t runs_ = 0;
  bool is_warm_ = false;
};

/// When the timed region ends. Looks at the interval only at sample counts that grow by a tenth, so that looking costs
/// little next to the runs.
class StopRule {
 public:
  explicit StopRule(const Rules& rules) : rules_(rules), next_look_(rules.min_samples) {}

  /// Whether the caps say stop, whatever the interval.
  bool is_at_cap(std::size_t samples, double elapsed) const {
    return elapsed >= rules_.max_seconds || samples >= rules_.max_samples;
  }

  /// Whether it is time to look at the interval.
  bool is_due(std::size_t samples, double elapsed) const { return samples >= next_look_ && elapsed >= rules_.min_seconds; }

  /// Looks: true when the interval is narrow enough. Sets when to look next.
  bool is_narrow(std::vector<double> samples);

  std::size_t next_look() const { return next_look_; }

 private:
  const Rules& rules_;
  std::size_t next_look_;  ///< samples
};

}  // namespace autoaccel::measure
