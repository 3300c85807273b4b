#include "select/select.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "select/figures.h"
#include "select/verdict.h"

namespace autoaccel::select {
namespace {

/// Groups of the ranking, best first.
enum class Group { qualifying, ok, suspect, disagreed };

struct Candidate {
  std::size_t index = 0;  ///< of its record
  Group group = Group::ok;
  Figure figure;
  /// Decides between tied ones, smaller first: is not the original, complexity, changed I/O, −sqnr_db, bytes, figure.
  std::tuple<bool, int, bool, double, double, double> simplicity;
};

bool has_run(const Record& record) {
  return record.outcome == Outcome::ok || record.outcome == Outcome::suspect || record.outcome == Outcome::disagreed;
}

/// Better than the original beyond doubt: a gain that the machine's own drift could explain is none.
bool is_better(const Figure& mine, const Figure& its, double drift) { return mine.high() * (1 + drift) < its.low(); }

bool qualifies(const Run& run, const Record& record, const Record* original) {
  const bool is_faithful = record.outcome == Outcome::ok && record.agreement && record.agreement->within_limit;
  if (!original || original->outcome != Outcome::ok || record.variant.id() == run.original || !is_faithful)
    return false;
  const auto mine = objective_figure(run, record);
  const auto its = objective_figure(run, *original);
  if (!mine || !its) return false;
  const double drift = run.drift && std::isfinite(*run.drift) ? std::abs(*run.drift) : 0;
  if (run.config.objective != Objective::size) return is_better(*mine, *its, drift);
  const bool is_slower = is_better(*time_figure(run, *original), *time_figure(run, record), drift);
  return mine->value < its->value && !is_slower;
}

Group group_of(const Run& run, const Record& record, const Record* original) {
  if (record.outcome == Outcome::suspect) return Group::suspect;
  if (record.outcome == Outcome::disagreed) return Group::disagreed;
  return qualifies(run, record, original) ? Group::qualifying : Group::ok;
}

std::vector<Candidate> candidates_of(const Run& run, const Complexity& complexity) {
  const Record* original = find_original(run);
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    const Record& record = run.records[i];
    const auto figure = objective_figure(run, record);
    if (!has_run(record) || !figure) continue;
    const double sqnr_db = record.agreement ? record.agreement->sqnr_db : -std::numeric_limits<double>::max();
    const auto bytes = size_bytes(run, record);
    candidates.push_back(
        {.index = i,
         .group = group_of(run, record, original),
         .figure = *figure,
         .simplicity = {record.variant.id() != run.original, complexity.of_recipe(record.variant.recipe),
                        record.variant.io != IoTypes::original, std::isnan(sqnr_db) ? 0 : -sqnr_db,
                        bytes ? static_cast<double>(*bytes) : std::numeric_limits<double>::max(), figure->value}});
  }
  return candidates;
}

/// The next in rank: of those tied with the best figure in the best group, the simplest.
std::vector<Candidate>::iterator find_next(std::vector<Candidate>& left) {
  const auto leader = std::min_element(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.group, a.figure.value) < std::tie(b.group, b.figure.value);
  });
  auto next = leader;
  for (auto it = left.begin(); it != left.end(); ++it) {
    const bool is_rival = it->group == leader->group && are_tied(it->figure, leader->figure);
    if (is_rival && it->simplicity < next->simplicity) next = it;
  }
  return next;
}

void fill_speed_ups(Run& run) {
  const Record* original = find_original(run);
  const auto its = original && has_run(*original) ? time_figure(run, *original) : std::nullopt;
  for (Record& record : run.records) {
    const auto mine = has_run(record) ? time_figure(run, record) : std::nullopt;
    record.speed_up = mine && its ? std::optional<double>(its->value / mine->value) : std::nullopt;
  }
}

void sort_by_rank(Run& run) {
  const auto key = [](const Record& record) { return record.rank.value_or(std::numeric_limits<int>::max()); };
  std::stable_sort(run.records.begin(), run.records.end(),
                   [&](const Record& a, const Record& b) { return key(a) < key(b); });
}

}  // namespace

void select(Run& run, const Complexity& complexity) {
  for (Record& record : run.records) record.rank.reset();
  run.recommended.reset();
  fill_speed_ups(run);

  std::vector<Candidate> left = candidates_of(run, complexity);
  int tied = 0;
  for (int rank = 1; !left.empty(); ++rank) {
    const auto next = find_next(left);
    run.records[next->index].rank = rank;
    if (rank == 1 && next->group == Group::qualifying) {
      run.recommended = run.records[next->index].variant.id();
      tied = static_cast<int>(std::count_if(left.begin(), left.end(),
                                            [&](const Candidate& other) {
                                              return other.group == Group::qualifying &&
                                                     are_tied(other.figure, next->figure);
                                            })) -
             1;
    }
    left.erase(next);
  }
  run.verdict = verdict(run, tied);
  sort_by_rank(run);
}

}  // namespace autoaccel::select
