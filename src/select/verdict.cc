#include "select/verdict.h"

#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "base/text.h"
#include "plan/label.h"
#include "select/constraints.h"
#include "select/wording.h"

namespace autoaccel::select {
namespace {

/// `OpenVINO BF16, 1 thread, 2 requests`
std::string name_of(const Record& record) {
  const std::string settings = plan::settings_text(record.variant.settings);
  return plan::label(record.variant) + (settings.empty() ? "" : ", " + settings);
}

std::string praise(const Standing& standing, const Record& best, int tied) {
  const Run& run = standing.run();
  const Record& original = *standing.original();
  std::string text = "Deploy " + name_of(best) + ": " + gain(run, original, best) + "; " + fidelity(*best.agreement) +
                     "." + costs(run, original, best);
  if (tied == 0) return text;
  return text + " " + std::to_string(tied) + (tied == 1 ? " other is" : " others are") +
         " as good within the noise of measuring; this one is the most faithful, or else the simplest.";
}

/// `5 skipped, 1 crashed` of the records other than the original.
std::string outcomes_of_others(const Standing& standing) {
  std::map<Outcome, int> counts;
  for (const Record& record : standing.run().records) {
    if (!standing.is_original(record)) ++counts[record.outcome];
  }
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : counts) {
    std::string name = to_text(outcome);
    for (char& c : name) c = c == '_' ? ' ' : c;
    parts.push_back(std::to_string(count) + " " + name);
  }
  return base::join(parts, ", ");
}

/// The best by the objective of the ranked others that count; where a final was held, of its finalists if one counts.
const Record* best_other(const Standing& standing, const std::function<bool(const Record&)>& counts) {
  const Record* best = nullptr;
  std::pair<bool, double> best_key;
  for (const Record& record : standing.run().records) {
    const auto figure = objective_figure(standing.run(), record);
    if (!record.rank || standing.is_original(record) || !figure || !counts(record)) continue;
    const std::pair key(!standing.rounds(record), figure->value);
    if (best && best_key <= key) continue;
    best = &record;
    best_key = key;
  }
  return best;
}

/// Why a record that is better than the original by its figure is not recommended.
std::string obstacle(const Standing& standing, const Record& record) {
  const std::string reason = record.reason.empty() ? "" : " (" + base::printable(record.reason) + ")";
  if (record.outcome == Outcome::disagreed) return "its outputs are outside the limit" + reason;
  if (record.outcome == Outcome::suspect) return "its figures are not to be trusted" + reason;
  if (!record.agreement) return "its outputs were not compared";
  if (!record.agreement->within_limit) return "its outputs are outside the limit";
  return unmet_constraint(standing.run(), record);
}

/// `fastest other variant runs at 1.01 × its speed, within the noise of measuring`.
std::string shortfall(const Standing& standing, const Record& record, const std::string& who) {
  const Run& run = standing.run();
  const double speed_up = record.speed_up.value_or(1);
  const std::string speed = "at " + times(speed_up, record.speed_up_interval) + " its speed";
  std::string text = "fastest " + who + "runs " + speed;
  if (run.config.objective == Objective::size) {
    text = "smallest " + who + "has " + base::human_bytes(size_bytes(run, record).value_or(0)) + " " + speed;
  } else if (!is_time(run.config.objective)) {
    text = "best " + who + "is " + gain(run, *standing.original(), record);
  }
  const auto mine = time_figure(run, record);
  const auto its = time_figure(run, *standing.original());
  if (speed_up <= 1 || !mine || !its || standing.is_faster(record)) return text;
  if (standing.final_speed_up(record) || are_tied(*mine, *its)) return text + ", within the noise of measuring";
  if (run.drift)
    return text + ", while the machine itself drifted by " + base::fixed(std::abs(*run.drift) * 100, 0) + " %";
  return text;
}

/// The best that would be recommended without the constraints; one that a single constraint stops goes first.
const Record* best_stopped(const Standing& standing) {
  const auto is_stopped = [&](const Record& record, bool by_one) {
    const std::size_t unmet = unmet_constraints(standing.run(), record).size();
    return standing.is_faithful(record) && standing.is_better(record) && (by_one ? unmet == 1 : unmet > 1);
  };
  const Record* by_one = best_other(standing, [&](const Record& record) { return is_stopped(record, true); });
  return by_one ? by_one : best_other(standing, [&](const Record& record) { return is_stopped(record, false); });
}

std::string stopped_by_constraints(const Standing& standing, const Record& best) {
  const Run& run = standing.run();
  std::string text =
      "Keep the original: nothing that is better than it meets the constraints. The best without them is " +
      name_of(best) + ", " + gain(run, *standing.original(), best) + ", but " + unmet_constraint(run, best) + ".";
  const std::string its = unmet_constraint(run, *standing.original());
  return its.empty() ? text : text + " The original does not meet them either: " + its + ".";
}

std::string keep_original(const Standing& standing) {
  const Run& run = standing.run();
  if (const Record* stopped = best_stopped(standing)) return stopped_by_constraints(standing, *stopped);
  const auto its = objective_figure(run, *standing.original());
  const Record* best = best_other(standing, [](const Record&) { return true; });
  if (!best || !its) {
    const std::string outcomes = outcomes_of_others(standing);
    return "Keep the original: no other variant ran" + (outcomes.empty() ? "" : " (" + outcomes + ")") + ".";
  }
  std::string text;
  const bool is_better = objective_figure(run, *best)->high() < its->low();
  const std::string reason = is_better ? obstacle(standing, *best) : "";
  if (!reason.empty()) {
    text = "Keep the original: " + name_of(*best) + " is " + gain(run, *standing.original(), *best) + ", but " +
           reason + ".";
    best = best_other(standing, [&](const Record& record) { return obstacle(standing, record).empty(); });
    if (!best) return text;
  }
  const std::string label = " (" + name_of(*best) + ").";
  if (text.empty()) return "Keep the original: the " + shortfall(standing, *best, "other variant ") + label;
  return text + " Of those that can be trusted, the " + shortfall(standing, *best, "") + label;
}

const Record& recommended_of(const Run& run) {
  if (const Record* record = find_record(run, *run.recommended)) return *record;
  throw Error(Cause::defect, "the recommended variant has no record");
}

}  // namespace

std::string verdict(const Standing& standing, int tied) {
  const Run& run = standing.run();
  const Record* original = standing.original();
  if (!original) return "Nothing can be recommended yet: the original has not run.";
  if (!original->rank) {
    const std::string reason =
        original->reason.empty() ? to_text(original->outcome) : base::printable(original->reason);
    return "Nothing can be recommended: the original did not run (" + reason + ").";
  }
  if (original->outcome != Outcome::ok) {
    return "Nothing can be recommended: the original is the measure, and " + obstacle(standing, *original) + ".";
  }
  const std::string text = run.recommended ? praise(standing, recommended_of(run), tied) : keep_original(standing);
  return text + search_sentence(run.search);
}

}  // namespace autoaccel::select
