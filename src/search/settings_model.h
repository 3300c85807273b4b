#pragma once

#include <cstddef>
#include <vector>

#include "search/gaussian_process.h"
#include "search/trials.h"

namespace autoaccel::search {

/// Predicts the value of points that were not tried from those that were.
///
///   log value = form + runtime + Σ effect of each choice + Σ what each two choices do together + noise
///
/// where a choice's effect is one part that all forms of the runtime share and one of the form's own, so that what a
/// setting did for one form is expected of the next. Every term is normal around 0. How large effects are, how much
/// choices do together and how much forms differ is learned: a few scales of each, weighed by how probable they make
/// what was seen.
class SettingsModel {
 public:
  /// Both are only read here and must outlive the model. At least one trial has a value.
  SettingsModel(const Space& space, const Trials& trials);

  struct Prediction {
    double log_value = 0;  ///< mean
    double deviation = 0;  ///< standard deviation, noise of a measurement not included
  };
  Prediction at(const Space::Point& point) const;

 private:
  /// What two points have in common.
  struct Likeness {
    bool is_same_form = false;
    bool is_same_runtime = false;
    int choices = 0;  ///< dimensions in which both have the same choice
  };

  /// Deviations, as fractions of the value.
  struct Scales {
    double effect = 0;       ///< of a choice
    double interaction = 0;  ///< of two choices together
    double own = 0;          ///< of a form's own part, relative to the shared one
  };

  Likeness likeness(const Space::Point& a, const Space::Point& b) const;
  static double covariance(const Likeness& likeness, const Scales& scales);
  static double log_prior(const Scales& scales);
  void fit(const std::vector<double>& noise, const std::vector<double>& values);

  struct Fit {
    Scales scales;
    GaussianProcess process;
    double log_weight = 0;  ///< relative to the most probable
  };

  const Space& space_;
  std::vector<Space::Point> points_;  ///< of the trials that have a value
  double mean_ = 0;                   ///< of their log values
  std::vector<Fit> fits_;
};

}  // namespace autoaccel::search
