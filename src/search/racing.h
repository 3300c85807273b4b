#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/odds.h"
#include "search/settings_model.h"
#include "search/trials.h"

namespace autoaccel::search {

/// Every form as planned, cheap conversions first; then settings around the front-runners, by what a model learned from
/// the trials promises for a second. The seed changes nothing: nothing is drawn.
class Racing : public Strategy {
 public:
  /// The space must outlive it.
  Racing(const Space& space, const Options& options);

  std::optional<Step> next() override;
  void tell(const Space::Point& point, const Observation& observation) override { trials_.add(point, observation); }
  std::string stopped_because() const override { return stopped_because_; }
  std::vector<LeftOut> left_out() const override { return left_out_; }

 private:
  std::optional<Space::Point> next_form();
  std::optional<std::string> reason_to_leave_out(std::size_t form) const;

  std::optional<Step> next_settings();
  std::vector<std::size_t> front_runners() const;
  std::vector<Space::Point> untried_choices(const std::vector<std::size_t>& front, const Odds& odds) const;
  std::vector<Space::Point> within_reach(std::size_t form) const;
  std::optional<Step> most_promising(const std::vector<Space::Point>& points, const Odds& odds, double least) const;

  const Space& space_;
  Options options_;
  std::vector<std::size_t> order_;  ///< of forms
  std::size_t position_ = 0;        ///< in order_: those before it are tried or left out
  Trials trials_;
  std::vector<LeftOut> left_out_;
  std::string stopped_because_;
};

}  // namespace autoaccel::search
