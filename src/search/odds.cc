#include "search/odds.h"

#include <algorithm>
#include <optional>

namespace autoaccel::search {
namespace {

// Faithful trials that an untried choice is believed to have behind it.
constexpr double kPriorTrials = 0.25;

// No trial is taken to cost less: keeps a gain per second finite where they are free.
constexpr double kLeastSeconds = 1e-3;

}  // namespace

double Odds::Count::chance() const { return (faithful + kPriorTrials) / (all + kPriorTrials); }

Odds::Odds(const Space& space, const Trials& trials)
    : space_(space), by_form_(space.forms().size()), seconds_(space.forms().size(), 0) {
  for (const Trial& trial : trials.all()) by_form_[trial.point.form].add(trial.observation.is_faithful);
  std::vector<std::vector<double>> by_form(space.forms().size());
  std::vector<double> later;
  for (const Trial& trial : trials.all()) {
    if (by_form_[trial.point.form].faithful > 0) count(trial);
    std::vector<double>& own = by_form[trial.point.form];
    if (!own.empty()) later.push_back(trial.observation.seconds);
    own.push_back(trial.observation.seconds);
  }
  const auto median = [](std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
  };
  for (std::size_t form = 0; form < by_form.size(); ++form) {
    std::vector<double>& own = by_form[form];
    if (own.size() > 1) {
      seconds_[form] = median({own.begin() + 1, own.end()});
    } else if (own.size() == 1) {
      seconds_[form] = later.empty() ? own.front() : std::min(own.front(), median(later));
    }
  }
}

void Odds::count(const Trial& trial) {
  const Space::Point& point = trial.point;
  for (std::size_t d = 0; d < point.choices.size(); ++d) {
    const Choice choice{space_.dimensions(point.form)[d], point.choices[d]};
    shared_[choice].add(trial.observation.is_faithful);
    own_[{point.form, choice}].add(trial.observation.is_faithful);
  }
}

double Odds::faithful(const Space::Point& point) const {
  double chance = by_form_[point.form].chance();
  for (std::size_t d = 0; d < point.choices.size(); ++d) {
    const Choice choice{space_.dimensions(point.form)[d], point.choices[d]};
    if (const auto found = shared_.find(choice); found != shared_.end())
      chance = std::min(chance, found->second.chance());
    if (const auto found = own_.find({point.form, choice}); found != own_.end())
      chance = std::min(chance, found->second.chance());
  }
  return chance;
}

double Odds::seconds(std::size_t form) const { return std::max(seconds_[form], kLeastSeconds); }

bool Odds::is_tried(const plan::Dimension& dimension, std::size_t choice) const {
  return shared_.contains({&dimension, choice});
}

}  // namespace autoaccel::search
