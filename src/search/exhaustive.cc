#include "search/in_order.h"

namespace autoaccel::search {

/// The starts come twice, and the second time they have been told.
std::vector<Space::Point> exhaustive_order(const Space& space) {
  std::vector<Space::Point> order;
  for (std::size_t form = 0; form < space.forms().size(); ++form) order.push_back(space.start(form));
  for (std::size_t form = 0; form < space.forms().size(); ++form)
    for (Space::Point& point : space.points(form)) order.push_back(std::move(point));
  return order;
}

}  // namespace autoaccel::search
