#include "search/racing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>
#include <utility>

#include "base/text.h"

namespace autoaccel::search {
namespace {

// A bounded form may come out this much better than its bound: two measurements of the same do.
constexpr double kBoundMargin = 0.03;

// Settings are explored for as many forms at most.
constexpr std::size_t kFrontRunners = 4;

// Of a form with more points, only the neighbours of those that were tried are predicted.
constexpr std::size_t kPredictedPoints = 5000;

/// Expected amount by which a normal variable falls below `best`; 0 deviation: how far it is below for certain.
double expected_improvement(const SettingsModel::Prediction& prediction, double best) {
  const double gain = best - prediction.log_value;
  if (prediction.deviation <= 0) return std::max(gain, 0.0);
  const double z = gain / prediction.deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  return prediction.deviation * density + gain * 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

}  // namespace

/// A bounded form comes after its bound, so it costs as much as that at least.
Racing::Racing(const Space& space, const Options& options)
    : space_(space), options_(options), order_(space.forms().size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto turn = [&](std::size_t index) {
    const Form& form = space.forms()[index];
    return std::pair(std::max(form.cost, space.forms()[form.bound].cost), form.bound != index);
  };
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return turn(a) < turn(b); });
}

std::optional<Step> Racing::next() {
  if (const auto point = next_form()) return Step{.point = *point};
  return next_settings();
}

std::optional<Space::Point> Racing::next_form() {
  for (; position_ < order_.size(); ++position_) {
    const std::size_t form = order_[position_];
    if (trials_.has(space_.start(form))) continue;
    auto reason = reason_to_leave_out(form);
    if (!reason) return space_.start(form);
    left_out_.push_back({.form = form, .reason = std::move(*reason)});
  }
  return std::nullopt;
}

std::optional<std::string> Racing::reason_to_leave_out(std::size_t form) const {
  const std::size_t bound = space_.forms()[form].bound;
  if (bound == form) return std::nullopt;
  for (const LeftOut& left : left_out_)
    if (left.form == bound) return left.reason;
  const Observation* of_bound = trials_.find(space_.start(bound));
  const std::optional<double> best = trials_.best();
  if (of_bound == nullptr || !of_bound->value || !best) return std::nullopt;
  const std::string id = space_.forms()[bound].variant.id();
  if (of_bound->is_faithful) return fmt::format("{} is faithful as a whole, so there is nothing to give back", id);
  if (*of_bound->value * (1 - of_bound->half_width) * (1 - kBoundMargin) < *best) return std::nullopt;
  return fmt::format("{}, which computes more in low precision, is no better than the best so far ({} times it)", id,
                     base::fixed(*of_bound->value / *best, 2));
}

std::optional<Step> Racing::next_settings() {
  const std::vector<std::size_t> front = front_runners();
  if (front.empty()) {
    stopped_because_ = trials_.best() ? "every form was tried, and the front-runners have no settings to vary"
                                      : "every form was tried, and none is faithful";
    return std::nullopt;
  }
  const Odds odds(space_, trials_);
  if (const auto points = untried_choices(front, odds); !points.empty()) return most_promising(points, odds, 0);
  std::vector<Space::Point> points;
  for (const std::size_t form : front)
    for (Space::Point& point : within_reach(form))
      if (!trials_.has(point)) points.push_back(std::move(point));
  auto step = most_promising(points, odds, options_.least_gain);
  if (!step)
    stopped_because_ = points.empty() ? "all settings of the front-runners were tried"
                                      : fmt::format("no further trial is expected to gain {} %",
                                                    base::significant(100 * options_.least_gain, 2));
  return step;
}

/// Forms whose settings are worth exploring, the nearest to the best first. A form is as near as the better of two: its
/// best point to the best of all, and as planned to the best as planned, since what a setting gained for one form it
/// may gain for it too.
std::vector<std::size_t> Racing::front_runners() const {
  std::set<Space::Point> planned;
  for (std::size_t form = 0; form < space_.forms().size(); ++form) planned.insert(space_.start(form));
  double best_planned = INFINITY;
  for (const auto& [point, observation] : trials_.all())
    if (is_usable(observation) && planned.contains(point)) best_planned = std::min(best_planned, *observation.value);
  std::vector<double> distance(space_.forms().size(), INFINITY);
  for (const auto& [point, observation] : trials_.all()) {
    if (!is_usable(observation) || space_.dimensions(point.form).empty()) continue;
    const double best = planned.contains(point) ? best_planned : *trials_.best();
    distance[point.form] = std::min(distance[point.form], *observation.value / best);
  }
  std::vector<std::size_t> front;
  for (std::size_t form = 0; form < distance.size(); ++form)
    if (distance[form] <= 1 + options_.finalists_within) front.push_back(form);
  std::stable_sort(front.begin(), front.end(), [&](std::size_t a, std::size_t b) { return distance[a] < distance[b]; });
  if (front.size() > kFrontRunners) front.resize(kFrontRunners);
  return front;
}

/// Choices that no faithful form of a runtime was tried with, one at a time from the best point of its best form: so
/// that the model knows of each rather than assumes.
std::vector<Space::Point> Racing::untried_choices(const std::vector<std::size_t>& front, const Odds& odds) const {
  std::set<std::string> runtimes;
  std::vector<Space::Point> points;
  for (const std::size_t form : front) {
    if (!runtimes.insert(space_.forms()[form].variant.runtime).second) continue;
    const Trial* best = nullptr;
    for (const Trial& trial : trials_.all())
      if (trial.point.form == form && is_usable(trial.observation) &&
          (best == nullptr || *trial.observation.value < *best->observation.value))
        best = &trial;
    for (Space::Point& point : space_.neighbours(best->point)) {
      const auto& dimensions = space_.dimensions(form);
      bool is_new = false;
      for (std::size_t d = 0; d < dimensions.size(); ++d) is_new |= !odds.is_tried(*dimensions[d], point.choices[d]);
      if (is_new) points.push_back(std::move(point));
    }
  }
  return points;
}

std::vector<Space::Point> Racing::within_reach(std::size_t form) const {
  std::size_t count = 1;
  for (const plan::Dimension* dimension : space_.dimensions(form))
    count = std::min(count * dimension->choices.size(), kPredictedPoints + 1);
  if (count <= kPredictedPoints) return space_.points(form);
  std::set<Space::Point> points;
  for (const Trial& trial : trials_.all())
    if (trial.point.form == form && is_usable(trial.observation))
      for (Space::Point& point : space_.neighbours(trial.point)) points.insert(std::move(point));
  return {points.begin(), points.end()};
}

/// The largest expected gain for a second, among those of `least` and more. What is to be beaten is the best that the
/// model believes of a tried point, which noise has not made look better than it is.
std::optional<Step> Racing::most_promising(const std::vector<Space::Point>& points, const Odds& odds,
                                           double least) const {
  const SettingsModel model(space_, trials_);
  double best = INFINITY;
  for (const Trial& trial : trials_.all())
    if (is_usable(trial.observation)) best = std::min(best, model.at(trial.point).log_value);
  std::optional<Step> chosen;
  double most = -1;
  for (const Space::Point& point : points) {
    const double gain = odds.faithful(point) * -std::expm1(-expected_improvement(model.at(point), best));
    const double rate = gain / odds.seconds(point.form);
    if (gain < least || rate <= most) continue;
    most = rate;
    chosen = Step{.point = point, .expected_gain = gain};
  }
  return chosen;
}

}  // namespace autoaccel::search
