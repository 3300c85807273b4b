#include "select/select.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "select/luck.h"
#include "select/pareto.h"
#include "select/standing.h"
#include "select/verdict.h"

namespace autoaccel::select {
namespace {

/// Groups of the ranking, best first. `winning` can be recommended.
enum class Group { winning, qualifying, ok, suspect, disagreed };

struct Candidate {
  std::size_t index = 0;  ///< of its record
  Group group = Group::ok;
  Figure figure;
  const std::vector<double>* rounds = nullptr;  ///< of the final, where the objective goes by time
  bool is_original = false;
  double fidelity = 0;
  /// Decides between tied ones that are as faithful, smaller first: complexity, changed I/O, settings that the form
  /// does not have, bytes, −fidelity, figure.
  std::tuple<int, bool, std::size_t, double, double, double> simplicity;
};

bool has_run(const Record& record) {
  return record.outcome == Outcome::ok || record.outcome == Outcome::suspect || record.outcome == Outcome::disagreed;
}

/// The fewest settings among the variants of each conversion: what its form has.
class FormSettings {
 public:
  explicit FormSettings(const Run& run) {
    for (const Record& record : run.records) {
      const std::size_t count = record.variant.settings.size();
      const auto [least, is_new] = least_.try_emplace(form_of(record.variant), count);
      least->second = std::min(least->second, count);
    }
  }
  std::size_t beyond(const Variant& variant) const { return variant.settings.size() - least_.at(form_of(variant)); }

 private:
  using Form = std::tuple<std::string, std::string, IoTypes, std::string>;
  static Form form_of(const Variant& variant) {
    const auto precision = variant.settings.find("precision");
    return {variant.runtime, variant.recipe, variant.io,
            precision == variant.settings.end() ? std::string() : precision->second};
  }
  std::map<Form, std::size_t> least_;
};

Group group_of(const Standing& standing, const Record& record) {
  if (record.outcome == Outcome::suspect) return Group::suspect;
  if (record.outcome == Outcome::disagreed) return Group::disagreed;
  if (!standing.qualifies(record)) return Group::ok;
  return standing.run().final_rounds && !standing.rounds(record) ? Group::qualifying : Group::winning;
}

Candidate candidate_of(const Standing& standing, const FormSettings& forms, const Complexity& complexity,
                       std::size_t index, Figure figure) {
  const Run& run = standing.run();
  const Record& record = run.records[index];
  Candidate candidate{.index = index, .group = group_of(standing, record), .figure = figure};
  if (is_time(run.config.objective)) candidate.rounds = standing.rounds(record);
  // The rounds tell how it stands against the original; the others' own figures are told against the original's too.
  if (candidate.rounds && record.speed_up)
    candidate.figure.value = time_figure(run, *standing.original())->value / *record.speed_up;
  candidate.is_original = standing.is_original(record);
  candidate.fidelity = fidelity_db(record);
  const auto bytes = size_bytes(run, record);
  candidate.simplicity = {complexity.of_recipe(record.variant.recipe),
                          record.variant.io != IoTypes::original,
                          forms.beyond(record.variant),
                          bytes ? static_cast<double>(*bytes) : std::numeric_limits<double>::max(),
                          -candidate.fidelity,
                          candidate.figure.value};
  return candidate;
}

std::vector<Candidate> candidates_of(const Standing& standing, const Complexity& complexity) {
  const FormSettings forms(standing.run());
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < standing.run().records.size(); ++i) {
    const Record& record = standing.run().records[i];
    const auto figure = objective_figure(standing.run(), record);
    if (has_run(record) && figure) candidates.push_back(candidate_of(standing, forms, complexity, i, *figure));
  }
  return candidates;
}

bool are_tied(const Candidate& a, const Candidate& b) {
  if (a.group != b.group) return false;
  return a.rounds && b.rounds ? !ratio_of(*a.rounds, *b.rounds).is_apart : are_tied(a.figure, b.figure);
}

/// The next in rank: of those tied with the best figure in the best group, the most faithful; of these the simplest.
std::vector<Candidate>::iterator find_next(std::vector<Candidate>& left) {
  const auto leader = std::min_element(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.group, a.figure.value) < std::tie(b.group, b.figure.value);
  });
  std::vector<std::vector<Candidate>::iterator> rivals;
  double best_fidelity = leader->fidelity;
  for (auto it = left.begin(); it != left.end(); ++it) {
    if (it != leader && !are_tied(*it, *leader)) continue;
    if (it->is_original) return it;
    rivals.push_back(it);
    best_fidelity = std::max(best_fidelity, it->fidelity);
  }
  auto next = left.end();
  for (const auto& rival : rivals) {
    if (best_fidelity - rival->fidelity >= kEqualFidelity) continue;
    if (next == left.end() || rival->simplicity < next->simplicity) next = rival;
  }
  return next;
}

/// Who agrees by luck is not to be trusted.
void doubt_the_lucky(Run& run) {
  for (Record& record : run.records) {
    if (record.outcome != Outcome::ok) continue;
    std::string reason = luck_reason(run, record);
    if (reason.empty()) continue;
    record.outcome = Outcome::suspect;
    record.reason = std::move(reason);
  }
}

void fill_speed_ups(const Standing& standing, Run& run) {
  const Record* original = standing.original();
  const auto its = original && has_run(*original) ? time_figure(run, *original) : std::nullopt;
  for (Record& record : run.records) {
    record.speed_up.reset();
    record.speed_up_interval.reset();
    const auto mine = has_run(record) ? time_figure(run, record) : std::nullopt;
    if (!mine || !its) continue;
    record.speed_up = its->value / mine->value;
    const auto ratio = standing.final_speed_up(record);
    if (!ratio || standing.is_original(record)) continue;
    record.speed_up = ratio->value;
    record.speed_up_interval = ratio->interval;
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
  doubt_the_lucky(run);
  const Standing standing(run);
  fill_speed_ups(standing, run);

  std::vector<Candidate> left = candidates_of(standing, complexity);
  int tied = 0;
  for (int rank = 1; !left.empty(); ++rank) {
    const auto next = find_next(left);
    run.records[next->index].rank = rank;
    if (rank == 1 && next->group == Group::winning) {
      run.recommended = run.records[next->index].variant.id();
      tied = static_cast<int>(
          std::count_if(left.begin(), left.end(), [&](const Candidate& other) { return are_tied(other, *next); }) - 1);
    }
    left.erase(next);
  }
  mark_pareto_front(standing, run);
  run.picks = picks_of(standing);
  run.verdict = verdict(standing, tied);
  sort_by_rank(run);
}

}  // namespace autoaccel::select
