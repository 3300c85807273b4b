#include "select/standing.h"

#include <cmath>
#include <limits>

#include "select/constraints.h"

namespace autoaccel::select {

Standing::Standing(const Run& run)
    : run_(run),
      original_(find_original(run)),
      drift_(run.drift && std::isfinite(*run.drift) ? std::abs(*run.drift) : 0) {
  if (!run.final_rounds) return;
  for (const FinalRounds::Finalist& finalist : run.final_rounds->finalists) {
    if (const Record* record = find_record(run, finalist.id)) rounds_[record] = &finalist.seconds;
  }
}

const std::vector<double>* Standing::rounds(const Record& record) const {
  const auto found = rounds_.find(&record);
  return found == rounds_.end() ? nullptr : found->second;
}

std::optional<Ratio> Standing::final_speed_up(const Record& record) const {
  const auto* mine = rounds(record);
  const auto* its = original_ ? rounds(*original_) : nullptr;
  return mine && its ? std::optional<Ratio>(ratio_of(*its, *mine)) : std::nullopt;
}

bool Standing::is_faster(const Record& record) const {
  if (const auto ratio = final_speed_up(record)) return ratio->is_apart && ratio->value > 1;
  const auto mine = time_figure(run_, record);
  const auto its = original_ ? time_figure(run_, *original_) : std::nullopt;
  return mine && its && is_apart(*mine, *its);
}

bool Standing::is_slower(const Record& record) const {
  if (const auto ratio = final_speed_up(record)) return ratio->is_apart && ratio->value < 1;
  const auto mine = time_figure(run_, record);
  const auto its = original_ ? time_figure(run_, *original_) : std::nullopt;
  return mine && its && is_apart(*its, *mine);
}

bool Standing::is_better(const Record& record) const {
  if (is_time(run_.config.objective)) return is_faster(record);
  const auto mine = objective_figure(run_, record);
  const auto its = original_ ? objective_figure(run_, *original_) : std::nullopt;
  const bool is_known = its && its->value < std::numeric_limits<double>::max();
  return mine && is_known && mine->high() < its->low() && !is_slower(record);
}

bool Standing::is_faithful(const Record& record) const {
  return original_ && original_->outcome == Outcome::ok && !is_original(record) && record.outcome == Outcome::ok &&
         record.agreement && record.agreement->within_limit;
}

bool Standing::qualifies(const Record& record) const {
  return is_faithful(record) && is_better(record) && unmet_constraints(run_, record).empty();
}

}  // namespace autoaccel::select
