#include "select/finalists.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "select/constraints.h"
#include "select/figures.h"

namespace autoaccel::select {
namespace {

/// Trials are rough: this much behind, a variant may still be the best in the final.
constexpr double kMayCatchUp = 0.10;
/// Settings of one conversion on one runtime.
constexpr int kOfOneKind = 2;

struct Candidate {
  const Record* record;
  Figure figure;
  double sqnr_db;
};

std::vector<Candidate> candidates_of(const Run& run) {
  std::vector<Candidate> candidates;
  const Record* original = find_original(run);
  const auto its = original ? objective_figure(run, *original) : std::nullopt;
  if (!its) return candidates;
  for (const Record& record : run.records) {
    const auto figure = objective_figure(run, record);
    const bool is_faithful = record.outcome == Outcome::ok && record.agreement && record.agreement->within_limit;
    if (&record == original || !is_faithful || !figure || !unmet_constraint(run, record).empty()) continue;
    if (figure->low() > its->high()) continue;  // worse beyond doubt
    candidates.push_back({&record, *figure, record.agreement->sqnr_db});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.figure.value < b.figure.value; });
  return candidates;
}

}  // namespace

std::vector<std::string> finalists(const Run& run, int most) {
  const std::vector<Candidate> candidates = candidates_of(run);
  std::vector<std::string> ids;
  if (candidates.empty()) return ids;
  const auto is_in = [&](const Candidate& candidate) {
    return std::find(ids.begin(), ids.end(), candidate.record->variant.id()) != ids.end();
  };
  const double reach = candidates.front().figure.high() * (1 + kMayCatchUp);
  for (int of_kind = 1; of_kind <= kOfOneKind; ++of_kind) {
    std::map<std::pair<std::string, std::string>, int> taken;
    for (const Candidate& candidate : candidates) {
      const Variant& variant = candidate.record->variant;
      if (static_cast<int>(ids.size()) == most || candidate.figure.low() > reach) break;
      if (++taken[{variant.runtime, variant.recipe}] <= of_kind && !is_in(candidate)) ids.push_back(variant.id());
    }
  }
  const double original = objective_figure(run, *find_original(run))->low();
  const auto faithful = std::max_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.figure.high() < original, a.sqnr_db) < std::pair(b.figure.high() < original, b.sqnr_db);
  });
  if (faithful->figure.high() >= original || is_in(*faithful)) return ids;
  if (static_cast<int>(ids.size()) == most) ids.pop_back();
  ids.push_back(faithful->record->variant.id());
  return ids;
}

}  // namespace autoaccel::select
