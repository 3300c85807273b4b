#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/space.h"

namespace autoaccel::search {

/// What came of a trial.
struct Observation {
  bool is_faithful = false;     ///< ran, and its outputs are within the limit (suspect ones count)
  std::optional<double> value;  ///< what the objective goes by, > 0, lower is better; nullopt: it did not get so far
  double half_width = 0;        ///< of the 95 % interval, relative
  double seconds = 0;           ///< that the trial took, with its conversion
};

struct Step {
  Space::Point point;
  double expected_gain = 0;  ///< relative to the best so far; 0 where the strategy does not know
};

/// Decides what is tried next. Deterministic: the same space, options and observations give the same steps.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// The next point, never one that was told; nullopt: there is nothing left that is worth a trial.
  virtual std::optional<Step> next() = 0;
  virtual void tell(const Space::Point& point, const Observation& observation) = 0;

  /// After next() gave nothing: why, as a clause.
  virtual std::string stopped_because() const = 0;

  /// Forms that were never tried because of what others showed, each with the reason.
  struct LeftOut {
    std::size_t form = 0;
    std::string reason;
  };
  virtual std::vector<LeftOut> left_out() const { return {}; }
};

struct Options {
  std::uint64_t seed = 1;
  double least_gain = 0.005;      ///< a trial that promises less, relative to the best time, is not worth it
  double finalists_within = 0.5;  ///< forms slower than the best by more than this are not explored further
};

/// `racing` (the default), `random`, `exhaustive`. errors  usage: no such strategy
std::unique_ptr<Strategy> make_strategy(std::string_view name, const Space& space, const Options& options);
std::vector<std::string> strategy_names();

}  // namespace autoaccel::search
