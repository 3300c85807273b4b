#include "support/search/landscape.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "samples/random.h"

namespace autoaccel::search::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<plan::Dimension> made_up_dimensions(std::size_t runtime) {
  constexpr std::array<std::array<std::size_t, 5>, 2> kChoices{{{5, 4, 3, 2, 2}, {4, 4, 3, 3, 2}}};
  std::vector<plan::Dimension> dimensions;
  for (std::size_t d = 0; d < kChoices[runtime].size(); ++d) {
    plan::Dimension& dimension = dimensions.emplace_back();
    dimension.name = "d" + std::to_string(d);
    dimension.choices.emplace_back();
    for (std::size_t choice = 1; choice < kChoices[runtime][d]; ++choice)
      dimension.choices.push_back({{dimension.name, std::to_string(choice)}});
  }
  return dimensions;
}

Space made_up_space() {
  std::vector<Form> forms;
  for (const char* runtime : {"first", "second"})
    for (const char* recipe : {"original", "a", "b", "c", "d", "e"})
      forms.push_back({.variant = {.recipe = recipe, .runtime = runtime, .device = {}, .settings = {}},
                       .cost = forms.size() % 6 < 4 ? ConversionCost::cheap : ConversionCost::judged,
                       .bound = forms.size()});
  return {std::move(forms), {{"first", made_up_dimensions(0)}, {"second", made_up_dimensions(1)}}};
}

/// The same number for the same keys, whatever else is asked.
double normal(std::initializer_list<std::uint64_t> keys) { return samples::Random(keys).normal(); }

/// Terms are told apart by their kind: the first key after the seed.
class GroundValues {
 public:
  explicit GroundValues(const Ground& ground) : ground_(ground) {}

  bool is_faithful(const Space::Point& point) const {
    if (point.form == 0) return true;
    if (point.form % 6 == 2 || point.form % 6 == 5) return false;
    for (std::size_t d = 0; d < point.choices.size(); ++d)
      if (point.choices[d] > 0 &&
          samples::Random{ground_.seed, 0, point.form, d, point.choices[d]}.unit() < ground_.unfaithful)
        return false;
    return true;
  }

  double log_value(const Space::Point& point) const {
    const std::uint64_t runtime = point.form / 6;
    double sum = 0.3 * normal({ground_.seed, 1, point.form});
    for (std::size_t d = 0; d < point.choices.size(); ++d) {
      sum += effect(ground_.effect, 2, point, {runtime, d, point.choices[d], 0, 0});
      for (std::size_t e = 0; e < d; ++e)
        sum += effect(ground_.interaction, 3, point, {runtime, d, point.choices[d], e, point.choices[e]});
    }
    return sum;
  }

 private:
  double effect(double deviation, std::uint64_t kind, const Space::Point& point,
                const std::array<std::uint64_t, 5>& k) const {
    if (deviation == 0) return 0;
    const double shared = normal({ground_.seed, kind, k[0], k[1], k[2], k[3], k[4]});
    const double own = normal({ground_.seed, kind + 10, point.form, k[1], k[2], k[3], k[4]});
    return deviation * (shared + ground_.own * own);
  }

  const Ground& ground_;
};

}  // namespace

double Landscape::best() const {
  double least = kInfinity;
  for (const auto& [point, observation] : truth)
    if (observation.is_faithful && observation.value) least = std::min(least, *observation.value);
  return least;
}

double Landscape::seconds() const {
  double sum = 0;
  for (const double conversion : conversion_seconds) sum += conversion;
  for (const auto& [point, observation] : truth) sum += observation.seconds;
  return sum;
}

Landscape make_landscape(const Ground& ground) {
  Landscape result{
      .name = ground.name, .space = made_up_space(), .truth = {}, .conversion_seconds = {}, .noise = ground.noise};
  const GroundValues values(ground);
  for (std::size_t form = 0; form < result.space.forms().size(); ++form) {
    result.conversion_seconds.push_back(result.space.forms()[form].cost == ConversionCost::cheap ? 2 : 60);
    for (const Space::Point& point : result.space.points(form))
      result.truth[point] = {.is_faithful = values.is_faithful(point),
                             .value = 0.01 * std::exp(values.log_value(point)),
                             .half_width = 1.96 * ground.noise,
                             .seconds = 3};
  }
  return result;
}

Course play(const Landscape& landscape, std::string_view name, std::uint64_t seed, std::size_t most) {
  const auto strategy = make_strategy(name, landscape.space, {.seed = seed});
  const double best = landscape.best();
  std::vector<bool> is_converted(landscape.space.forms().size(), false);
  Course course;
  double least_measured = kInfinity;
  Course::After after{.regret = kInfinity};
  while (course.trials.size() < most) {
    const auto step = strategy->next();
    if (!step) {
      course.stopped_because = strategy->stopped_because();
      break;
    }
    const auto found = landscape.truth.find(step->point);
    Observation seen = found == landscape.truth.end() ? Observation{} : found->second;
    if (seen.value) *seen.value *= std::exp(landscape.noise * normal({seed, course.trials.size()}));
    if (!is_converted[step->point.form]) seen.seconds += landscape.conversion_seconds[step->point.form];
    is_converted[step->point.form] = true;
    if (seen.is_faithful && seen.value && *seen.value < least_measured) {
      least_measured = *seen.value;
      after.regret = *found->second.value / best - 1;
    }
    after.seconds += seen.seconds;
    course.trials.push_back(after);
    course.points.push_back(step->point);
    strategy->tell(step->point, seen);
  }
  course.left_out = strategy->left_out();
  return course;
}

}  // namespace autoaccel::search::testing
