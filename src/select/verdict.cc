#include "select/verdict.h"

#include <cmath>
#include <map>
#include <vector>

#include "base/text.h"
#include "plan/label.h"
#include "select/figures.h"

namespace autoaccel::select {
namespace {

constexpr double kEqualDb = 200;  // how sqnr_db writes outputs that are equal bit for bit

/// Labels of all records, by id.
std::map<std::string, std::string> labels_of(const Run& run) {
  std::vector<Variant> variants;
  for (const Record& record : run.records) variants.push_back(record.variant);
  const std::vector<std::string> texts = plan::labels(variants);
  std::map<std::string, std::string> labels;
  for (std::size_t i = 0; i < variants.size(); ++i) labels[variants[i].id()] = texts[i];
  return labels;
}

std::string rate(double per_second) {
  return per_second >= 100 ? base::fixed(per_second, 0) : base::significant(per_second, 3);
}

std::string times(double factor) { return base::fixed(factor, 2) + " ×"; }

/// The gain in the terms of the objective: `2.81 × as fast as the original, 12.1 ms instead of 34.0 ms a request`.
std::string gain(const Run& run, const Record& original, const Record& record) {
  const std::string speed = times(record.speed_up.value_or(1));
  if (run.config.objective == Objective::throughput) {
    return speed + " the throughput of the original, " + rate(record.measurement->throughput_per_second) +
           " instead of " + rate(original.measurement->throughput_per_second) + " samples a second";
  }
  if (run.config.objective == Objective::size) {
    return base::human_bytes(size_bytes(run, record).value_or(0)) + " instead of " +
           base::human_bytes(size_bytes(run, original).value_or(0)) + ", at " + speed + " the speed of the original";
  }
  return speed + " as fast as the original, " + base::human_seconds(*latency_seconds(record)) + " instead of " +
         base::human_seconds(*latency_seconds(original)) + " a request";
}

std::string fidelity(const Agreement& agreement) {
  if (agreement.sqnr_db >= kEqualDb) return "its outputs are equal to the original's";
  return "its outputs agree with the original's to " + base::fixed(agreement.sqnr_db, 1) + " dB (largest error " +
         base::significant(agreement.max_absolute_error, 2) + ")";
}

std::string praise(const Run& run, const Record& original, const Record& best, const std::string& label, int tied) {
  std::string text = "Deploy " + label + ": " + gain(run, original, best) + "; " + fidelity(*best.agreement) + ".";
  if (tied == 0) return text;
  return text + " " + std::to_string(tied) + (tied == 1 ? " other is" : " others are") +
         " as good within the noise of measuring; this one is the simplest, or else the most faithful.";
}

/// `5 skipped, 1 crashed` of the records other than the original.
std::string outcomes_of_others(const Run& run) {
  std::map<Outcome, int> counts;
  for (const Record& record : run.records) {
    if (record.variant.id() != run.original) ++counts[record.outcome];
  }
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : counts) {
    std::string name = to_text(outcome);
    for (char& c : name) c = c == '_' ? ' ' : c;
    parts.push_back(std::to_string(count) + " " + name);
  }
  return base::join(parts, ", ");
}

const Record* best_other(const Run& run, bool (*counts)(const Record&)) {
  const Record* best = nullptr;
  double best_value = 0;
  for (const Record& record : run.records) {
    const auto figure = objective_figure(run, record);
    if (!record.rank || record.variant.id() == run.original || !figure || !counts(record)) continue;
    if (!best || figure->value < best_value) {
      best = &record;
      best_value = figure->value;
    }
  }
  return best;
}

/// Why a record that is better than the original by its figure is not recommended.
std::string obstacle(const Record& record) {
  const std::string reason = record.reason.empty() ? "" : " (" + base::printable(record.reason) + ")";
  if (record.outcome == Outcome::disagreed) return "its outputs are outside the limit" + reason;
  if (record.outcome == Outcome::suspect) return "its figures are not to be trusted" + reason;
  if (!record.agreement) return "its outputs were not compared";
  if (!record.agreement->within_limit) return "its outputs are outside the limit";
  return {};
}

/// `fastest other variant runs at 1.01 × its speed, within the noise of measuring`.
std::string shortfall(const Run& run, const Record& original, const Record& record, const std::string& who) {
  const double speed_up = record.speed_up.value_or(1);
  const std::string speed = "at " + times(speed_up) + " its speed";
  std::string text = "fastest " + who + "runs " + speed;
  if (run.config.objective == Objective::size) {
    text = "smallest " + who + "has " + base::human_bytes(size_bytes(run, record).value_or(0)) + " " + speed;
  }
  const auto mine = time_figure(run, record);
  const auto its = time_figure(run, original);
  if (speed_up <= 1 || !mine || !its) return text;
  if (are_tied(*mine, *its)) return text + ", within the noise of measuring";
  if (run.drift)
    return text + ", while the machine itself drifted by " + base::fixed(std::abs(*run.drift) * 100, 0) + " %";
  return text;
}

std::string keep_original(const Run& run, const Record& original, const std::map<std::string, std::string>& labels) {
  const auto its = objective_figure(run, original);
  const Record* best = best_other(run, [](const Record&) { return true; });
  if (!best || !its) {
    const std::string outcomes = outcomes_of_others(run);
    return "Keep the original: no other variant ran" + (outcomes.empty() ? "" : " (" + outcomes + ")") + ".";
  }
  std::string text;
  const bool is_better = objective_figure(run, *best)->high() < its->low();
  const std::string reason = is_better ? obstacle(*best) : "";
  if (!reason.empty()) {
    text = "Keep the original: " + labels.at(best->variant.id()) + " is " + gain(run, original, *best) + ", but " +
           reason + ".";
    best = best_other(run, [](const Record& record) { return obstacle(record).empty(); });
    if (!best) return text;
  }
  const std::string label = " (" + labels.at(best->variant.id()) + ").";
  if (text.empty()) return "Keep the original: the " + shortfall(run, original, *best, "other variant ") + label;
  return text + " Of those that can be trusted, the " + shortfall(run, original, *best, "") + label;
}

}  // namespace

std::string verdict(const Run& run, int tied) {
  const Record* original = find_original(run);
  if (!original) return "Nothing can be recommended yet: the original has not run.";
  if (!original->rank) {
    const std::string reason =
        original->reason.empty() ? to_text(original->outcome) : base::printable(original->reason);
    return "Nothing can be recommended: the original did not run (" + reason + ").";
  }
  if (original->outcome != Outcome::ok) {
    return "Nothing can be recommended: the original is the measure, and " + obstacle(*original) + ".";
  }
  const auto labels = labels_of(run);
  if (!run.recommended) return keep_original(run, *original, labels);
  for (const Record& record : run.records) {
    if (record.variant.id() == *run.recommended) {
      return praise(run, *original, record, labels.at(*run.recommended), tied);
    }
  }
  throw Error(Cause::defect, "the recommended variant has no record");
}

}  // namespace autoaccel::select
