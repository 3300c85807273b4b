#include "select/finalists.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "select/constraints.h"
#include "select/luck.h"
#include "select/standing.h"

namespace autoaccel::select {
namespace {

/// Trials are rough: this much behind, a variant may still be the best in the final.
constexpr double kMayCatchUp = 0.10;
/// Settings of one conversion on one runtime.
constexpr int kOfOneKind = 2;

struct Candidate {
  const Record* record;
  Figure figure;
};

/// Ran within its limit, and not by luck. One whose figures are not to be trusted for the load of the machine is
/// measured anew in the final; one that ran otherwise than it should is no finalist.
bool can_be_trusted(const Run& run, const Record& record) {
  const bool is_clear = record.outcome == Outcome::ok ||
                        (record.outcome == Outcome::suspect && record.placement && record.placement->warnings.empty());
  return is_clear && record.agreement && record.agreement->within_limit && luck_reason(run, record).empty();
}

/// Those that can be recommended by what is known, or nearly; the best figure first.
std::vector<Candidate> candidates_of(const Standing& standing) {
  const Run& run = standing.run();
  std::vector<Candidate> candidates;
  const auto its = standing.original() ? objective_figure(run, *standing.original()) : std::nullopt;
  if (!its || !can_be_trusted(run, *standing.original())) return candidates;
  for (const Record& record : run.records) {
    const auto figure = objective_figure(run, record);
    if (standing.is_original(record) || !can_be_trusted(run, record) || !figure ||
        !unmet_constraints(run, record).empty())
      continue;
    if (figure->low() > its->high() || standing.is_slower(record)) continue;
    candidates.push_back({&record, *figure});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.figure.value < b.figure.value; });
  return candidates;
}

/// The best of those that are better than the original and as faithful as any of them; nullptr: none is better.
const Record* most_faithful(const Standing& standing, const std::vector<Candidate>& candidates) {
  double best = std::numeric_limits<double>::lowest();
  for (const Candidate& candidate : candidates)
    if (standing.is_better(*candidate.record)) best = std::max(best, fidelity_db(*candidate.record));
  for (const Candidate& candidate : candidates)
    if (standing.is_better(*candidate.record) && best - fidelity_db(*candidate.record) < kEqualFidelity)
      return candidate.record;
  return nullptr;
}

}  // namespace

std::vector<std::string> finalists(const Run& run, int most) {
  const Standing standing(run);
  const std::vector<Candidate> candidates = candidates_of(standing);
  std::vector<std::string> ids;
  if (candidates.empty() || most < 1) return ids;
  const auto is_in = [&](const Variant& variant) {
    return std::find(ids.begin(), ids.end(), variant.id()) != ids.end();
  };
  const double reach = candidates.front().figure.high() * (1 + kMayCatchUp);
  for (int of_kind = 1; of_kind <= kOfOneKind; ++of_kind) {
    std::map<std::pair<std::string, std::string>, int> taken;
    for (const Candidate& candidate : candidates) {
      const Variant& variant = candidate.record->variant;
      if (static_cast<int>(ids.size()) == most || candidate.figure.low() > reach) break;
      if (++taken[{variant.runtime, variant.recipe}] <= of_kind && !is_in(variant)) ids.push_back(variant.id());
    }
  }
  const Record* faithful = most_faithful(standing, candidates);
  if (!faithful || is_in(faithful->variant)) return ids;
  if (static_cast<int>(ids.size()) == most) ids.pop_back();
  ids.push_back(faithful->variant.id());
  return ids;
}

}  // namespace autoaccel::select
