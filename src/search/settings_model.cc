#include "search/settings_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace autoaccel::search {
namespace {

// Deviations of log value: what runtimes and recipes differ by, 0.4 × to 2.8 × on the models of the benchmark.
constexpr double kRuntimeDeviation = 0.3;
constexpr double kFormDeviation = 0.5;

// The scales that are weighed against each other, and what is expected before any trial: a setting changes 10 %, two
// together a third of that, and a form differs in its effects by half of what forms share.
constexpr std::array<double, 4> kEffects{0.01, 0.03, 0.1, 0.3};
constexpr std::array<double, 3> kInteractions{0.1, 0.3, 0.6};  // relative to the effects
constexpr std::array<double, 2> kOwn{0.25, 0.75};
constexpr double kExpectedEffect = 0.1;
constexpr double kExpectedInteraction = 0.3;

// Scales that are less than a twentieth as probable as the best are not asked.
constexpr double kLeastLogWeight = -3;

// The median of the same variant in another process differs by about 1 %, however narrow its own interval is.
constexpr double kRepeatability = 0.01;
constexpr double kLargestNoise = 0.5;   // of a half-width that is not finite
constexpr double kHalfWidths95 = 1.96;  // standard deviations in the half-width of a 95 % interval

double noise_variance(double half_width) {
  const double deviation = std::min(std::hypot(half_width / kHalfWidths95, kRepeatability), kLargestNoise);
  return deviation * deviation;
}

double square(double x) { return x * x; }

}  // namespace

SettingsModel::SettingsModel(const Space& space, const Trials& trials) : space_(space) {
  std::vector<double> noise;
  std::vector<double> values;
  for (const Trial& trial : trials.all()) {
    if (!trial.observation.value) continue;
    points_.push_back(trial.point);
    noise.push_back(noise_variance(trial.observation.half_width));
    values.push_back(std::log(*trial.observation.value));
    mean_ += values.back();
  }
  mean_ /= static_cast<double>(values.size());
  for (double& value : values) value -= mean_;
  fit(noise, values);
}

void SettingsModel::fit(const std::vector<double>& noise, const std::vector<double>& values) {
  const std::size_t n = points_.size();
  std::vector<Likeness> likenesses;
  for (const Space::Point& a : points_)
    for (const Space::Point& b : points_) likenesses.push_back(likeness(a, b));
  double most = -std::numeric_limits<double>::infinity();
  for (const double effect : kEffects) {
    for (const double interaction : kInteractions) {
      for (const double own : kOwn) {
        const Scales scales{.effect = effect, .interaction = interaction * effect, .own = own};
        std::vector<double> covariances(n * n);
        std::transform(likenesses.begin(), likenesses.end(), covariances.begin(),
                       [&](const Likeness& likeness) { return covariance(likeness, scales); });
        GaussianProcess process(std::move(covariances), noise, values);
        const double log_weight = process.log_evidence() + log_prior(scales);
        most = std::max(most, log_weight);
        fits_.push_back({.scales = scales, .process = std::move(process), .log_weight = log_weight});
      }
    }
  }
  for (Fit& fit : fits_) fit.log_weight -= most;
  std::erase_if(fits_, [](const Fit& fit) { return fit.log_weight < kLeastLogWeight; });
}

/// Mean and variance of the mixture: scales that disagree are themselves a doubt.
SettingsModel::Prediction SettingsModel::at(const Space::Point& point) const {
  std::vector<Likeness> likenesses;
  for (const Space::Point& known : points_) likenesses.push_back(likeness(point, known));
  const Likeness own = likeness(point, point);
  double weights = 0;
  double mean = 0;
  double square_mean = 0;
  std::vector<double> covariances(points_.size());
  for (const Fit& fit : fits_) {
    std::transform(likenesses.begin(), likenesses.end(), covariances.begin(),
                   [&](const Likeness& likeness) { return covariance(likeness, fit.scales); });
    const auto posterior = fit.process.at(covariances, covariance(own, fit.scales));
    const double weight = std::exp(fit.log_weight);
    weights += weight;
    mean += weight * posterior.mean;
    square_mean += weight * (posterior.variance + square(posterior.mean));
  }
  mean /= weights;
  return {.log_value = mean_ + mean, .deviation = std::sqrt(std::max(0.0, square_mean / weights - square(mean)))};
}

/// The dimensions of two forms of a runtime stand in the same order, each form leaving out what does not apply to it.
SettingsModel::Likeness SettingsModel::likeness(const Space::Point& a, const Space::Point& b) const {
  Likeness result{.is_same_form = a.form == b.form};
  const auto& forms = space_.forms();
  result.is_same_runtime = result.is_same_form || forms[a.form].variant.runtime == forms[b.form].variant.runtime;
  if (!result.is_same_runtime) return result;
  const auto& of_a = space_.dimensions(a.form);
  const auto& of_b = space_.dimensions(b.form);
  for (std::size_t i = 0, k = 0; i < of_a.size() && k < of_b.size();) {
    if (of_a[i] == of_b[k]) {
      result.choices += a.choices[i++] == b.choices[k++];
    } else if (std::less<>()(of_a[i], of_b[k])) {
      ++i;
    } else {
      ++k;
    }
  }
  return result;
}

/// Each term that both points have adds its variance.
double SettingsModel::covariance(const Likeness& likeness, const Scales& scales) {
  const double pairs = likeness.choices * (likeness.choices - 1) / 2.0;
  const double shared = likeness.choices * square(scales.effect) + pairs * square(scales.interaction);
  return (likeness.is_same_runtime ? square(kRuntimeDeviation) + shared : 0) +
         (likeness.is_same_form ? square(kFormDeviation) + shared * square(scales.own) : 0);
}

/// Log-normal around what is expected, a factor of e as the deviation: outweighed by a handful of trials.
double SettingsModel::log_prior(const Scales& scales) {
  return -0.5 * (square(std::log(scales.effect / kExpectedEffect)) +
                 square(std::log(scales.interaction / scales.effect / kExpectedInteraction)));
}

}  // namespace autoaccel::search
