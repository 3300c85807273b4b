#include "samples/random.h"

#include "search/in_order.h"

namespace autoaccel::search {

/// Nothing is compared before the first form, the original, has run; the rest is a Fisher–Yates shuffle.
std::vector<Space::Point> random_order(const Space& space, std::uint64_t seed) {
  std::vector<Space::Point> order;
  for (std::size_t form = 0; form < space.forms().size(); ++form)
    for (Space::Point& point : space.points(form)) order.push_back(std::move(point));
  samples::Random random{seed};
  for (std::size_t left = order.size(); left > 2; --left) std::swap(order[left - 1], order[1 + random.below(left - 1)]);
  return order;
}

}  // namespace autoaccel::search
