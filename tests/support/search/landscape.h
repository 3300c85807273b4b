#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "search/strategy.h"

namespace autoaccel::search::testing {

/// A space of which it is known what comes of every point: made up, or recorded by an exhaustive run.
struct Landscape {
  std::string name;
  Space space;
  /// Without the noise of a measurement and without the conversion. A point that is not here fails.
  std::map<Space::Point, Observation> truth;
  std::vector<double> conversion_seconds;  ///< by form, paid with its first trial
  double noise = 0;                        ///< standard deviation of a measured log value

  /// The least value of a faithful point. At least one is.
  double best() const;
  /// Seconds to try every point.
  double seconds() const;
};

/// How a made-up landscape comes about: log value = form + effects of choices + effects of pairs of choices.
struct Ground {
  std::string name;
  std::uint64_t seed = 1;
  double effect = 0.15;    ///< standard deviation of a choice's effect
  double interaction = 0;  ///< of a pair's
  double own = 0.3;        ///< a form's own part of both, relative to what the forms of a runtime share
  double noise = 0;
  double unfaithful = 0;  ///< chance that a choice spoils a form that is faithful with others
};

/// Two runtimes, six forms each of which a third are unfaithful, five dimensions of 2 to 5 choices: 3,168 points.
/// The first form is faithful under all settings, as the original is.
Landscape make_landscape(const Ground& ground);

/// What a search had after each of its trials.
struct Course {
  struct After {
    double regret = 0;   ///< true value of what it held for the best / the best there is − 1; infinite: had none
    double seconds = 0;  ///< that it had spent
  };
  std::vector<After> trials;
  std::vector<Space::Point> points;
  std::string stopped_because;  ///< empty: `most` trials were made
  std::vector<Strategy::LeftOut> left_out;
};

Course play(const Landscape& landscape, std::string_view strategy, std::uint64_t seed, std::size_t most);

}  // namespace autoaccel::search::testing
