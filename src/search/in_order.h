#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/trials.h"

namespace autoaccel::search {

/// Every point, in an order that does not depend on what comes of them.
class InOrder : public Strategy {
 public:
  explicit InOrder(std::vector<Space::Point> order) : order_(std::move(order)) {}

  std::optional<Step> next() override {
    for (; position_ < order_.size(); ++position_)
      if (!trials_.has(order_[position_])) return Step{.point = order_[position_]};
    return std::nullopt;
  }

  void tell(const Space::Point& point, const Observation& observation) override { trials_.add(point, observation); }
  std::string stopped_because() const override { return "everything was tried"; }

 private:
  std::vector<Space::Point> order_;
  std::size_t position_ = 0;
  Trials trials_;
};

/// Every form as planned, then the points of each form.
std::vector<Space::Point> exhaustive_order(const Space& space);

/// The first form as planned, then every point in an order drawn from the seed.
std::vector<Space::Point> random_order(const Space& space, std::uint64_t seed);

}  // namespace autoaccel::search
