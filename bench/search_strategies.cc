// How many trials, and how many seconds, each strategy needs: docs/search.md, "The strategies compared".
//
// usage: bench_search_strategies [SEEDS] [RUN.json …]     SEEDS: how many, of each made-up landscape; default 10
// RUN.json: what `autoaccel optimize --exhaustive` wrote

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "report/report.h"
#include "support/report/recorded_landscape.h"
#include "support/search/landscape.h"

namespace {

using namespace autoaccel;
using search::testing::Course;
using search::testing::Ground;
using search::testing::Landscape;

constexpr std::array<std::size_t, 4> kAfter{5, 10, 20, 40};
constexpr double kClose = 0.05;

/// Of one strategy over several searches.
struct Sum {
  std::array<double, kAfter.size()> regrets{};
  std::vector<double> trials_to_close;   ///< infinite: never got there
  std::vector<double> seconds_to_close;  ///< fraction of what trying everything takes
  double end_regret = 0;
  double trials = 0;
  double seconds = 0;
  int searches = 0;

  void add(const Course& course, double all_seconds) {
    for (std::size_t i = 0; i < kAfter.size(); ++i)
      regrets[i] += course.trials[std::min(kAfter[i], course.trials.size()) - 1].regret;
    const auto close = std::find_if(course.trials.begin(), course.trials.end(),
                                    [](const Course::After& after) { return after.regret <= kClose; });
    const bool is_close = close != course.trials.end();
    const double infinity = std::numeric_limits<double>::infinity();
    trials_to_close.push_back(is_close ? static_cast<double>(close - course.trials.begin() + 1) : infinity);
    seconds_to_close.push_back(is_close ? close->seconds / all_seconds : infinity);
    end_regret += course.trials.back().regret;
    trials += static_cast<double>(course.trials.size());
    seconds += course.trials.back().seconds / all_seconds;
    ++searches;
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string percent(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100 * fraction) : "never";
}

void print_head() {
  std::string head = "| landscape | points | strategy |";
  for (const std::size_t count : kAfter) head += fmt::format(" after {} |", count);
  fmt::print("{} trials to 5 % | time to 5 % | at its end | trials | time |\n|{}\n", head,
             "---|---|---|---|---|---|---|---|---|---|---|---|");
}

void print_row(const std::string& name, std::size_t points, const std::string& strategy, const Sum& sum) {
  std::string row = fmt::format("| {} | {} | {} |", name, points, strategy);
  for (const double regret : sum.regrets) row += fmt::format(" {} |", percent(regret / sum.searches));
  const double trials = median(sum.trials_to_close);
  row += fmt::format(" {} | {} |", std::isfinite(trials) ? fmt::format("{:.0f}", trials) : "never",
                     percent(median(sum.seconds_to_close)));
  fmt::print("{} {} | {:.0f} | {} |\n", row, percent(sum.end_regret / sum.searches), sum.trials / sum.searches,
             percent(sum.seconds / sum.searches));
  std::fflush(stdout);
}

void compare(const std::vector<Landscape>& same_kind) {
  for (const char* strategy : {"racing", "random", "exhaustive"}) {
    Sum sum;
    for (std::size_t i = 0; i < same_kind.size(); ++i) {
      const Landscape& landscape = same_kind[i];
      sum.add(search::testing::play(landscape, strategy, i + 1, landscape.space.size()), landscape.seconds());
    }
    print_row(same_kind.front().name, same_kind.front().space.size(), strategy, sum);
  }
}

void compare_made_up(int seeds) {
  const std::array<Ground, 5> kinds{{
      {.name = "additive"},
      {.name = "interactions", .interaction = 0.05},
      {.name = "noise of 3 %", .interaction = 0.05, .noise = 0.03},
      {.name = "a fifth unfaithful", .interaction = 0.05, .noise = 0.01, .unfaithful = 0.2},
      {.name = "settings hardly matter", .effect = 0.01, .noise = 0.01},
  }};
  for (const Ground& kind : kinds) {
    std::vector<Landscape> landscapes;
    for (int seed = 1; seed <= seeds; ++seed) {
      Ground ground = kind;
      ground.seed = static_cast<std::uint64_t>(seed);
      landscapes.push_back(search::testing::make_landscape(ground));
    }
    compare(landscapes);
  }
}

void compare_recorded(const std::string& file) {
  const Run run = report::run_from_json(base::read_file(file, 4ull << 30), file);
  std::vector<Landscape> landscapes;
  landscapes.push_back(search::testing::landscape_from_run(run));
  const Landscape& landscape = landscapes.front();
  if (!std::isfinite(landscape.best())) throw Error(Cause::usage, file + " holds no faithful record");
  const std::size_t missing = landscape.space.size() - landscape.truth.size();
  if (missing > 0) fmt::print(stderr, "{}: {} points have no record, and count as failed\n", file, missing);
  compare(landscapes);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int argument = 1;
    int seeds = 10;
    if (argc > 1 && std::atoi(argv[1]) > 0) seeds = std::atoi(argv[argument++]);
    print_head();
    if (argument == argc || argument == 2) compare_made_up(seeds);
    for (; argument < argc; ++argument) compare_recorded(argv[argument]);
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", render(error));
    return 1;
  }
}
