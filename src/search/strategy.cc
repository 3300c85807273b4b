#include "search/strategy.h"

#include <fmt/format.h>

#include <array>

#include "autoaccel/error.h"
#include "base/text.h"
#include "search/in_order.h"
#include "search/racing.h"

namespace autoaccel::search {
namespace {

struct Row {
  std::string_view name;
  std::unique_ptr<Strategy> (*make)(const Space&, const Options&);
};

constexpr std::array<Row, 3> kStrategies{{
    {"racing",
     [](const Space& space, const Options& options) -> std::unique_ptr<Strategy> {
       return std::make_unique<Racing>(space, options);
     }},
    {"random",
     [](const Space& space, const Options& options) -> std::unique_ptr<Strategy> {
       return std::make_unique<InOrder>(random_order(space, options.seed));
     }},
    {"exhaustive",
     [](const Space& space, const Options&) -> std::unique_ptr<Strategy> {
       return std::make_unique<InOrder>(exhaustive_order(space));
     }},
}};

}  // namespace

std::unique_ptr<Strategy> make_strategy(std::string_view name, const Space& space, const Options& options) {
  for (const Row& row : kStrategies)
    if (row.name == name) return row.make(space, options);
  throw Error(Cause::usage, fmt::format("unknown strategy '{}'", base::printable(name)),
              base::suggestion(std::string(name), strategy_names()));
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const Row& row : kStrategies) names.emplace_back(row.name);
  return names;
}

}  // namespace autoaccel::search
