#include "pipeline/final.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>

#include "base/clock.h"
#include "compare/compare.h"
#include "pipeline/pass_data.h"
#include "pipeline/trial.h"
#include "select/paired.h"

namespace autoaccel::pipeline {
namespace {

/// Sessions stay open together while their peaks take no more than this part of the memory that was available.
constexpr double kMemoryShare = 0.5;

/// Short, since all come again: the rounds tell how sure a figure is, not the turn.
measure::Rules rules_of_turn(measure::Rules rules, const FinalRules& final) {
  rules.min_warm_up_runs = 2;
  rules.min_warm_up_seconds = std::min(rules.min_warm_up_seconds, 0.05);
  rules.max_warm_up_seconds = std::min(rules.max_warm_up_seconds, 0.5);
  rules.warm_up_tolerance = 0.1;
  rules.min_samples = 3;
  rules.min_seconds = std::min(rules.min_seconds, final.turn_seconds);
  rules.target_half_width = 1;
  return rules;
}

/// A burst that spoils a turn or two does not spoil the final.
std::optional<double> median_foreign_load(const std::vector<Measurement>& turns) {
  std::vector<double> loads;
  for (const Measurement& turn : turns)
    if (turn.conditions.foreign_cpu_fraction) loads.push_back(*turn.conditions.foreign_cpu_fraction);
  if (loads.empty()) return std::nullopt;
  const auto middle = loads.begin() + static_cast<std::ptrdiff_t>(loads.size() / 2);
  std::nth_element(loads.begin(), middle, loads.end());
  return *middle;
}

struct Seat {
  Record* record = nullptr;
  std::unique_ptr<OpenVariant> open;
  std::vector<Measurement> turns;
  std::vector<double> seconds;
};

class Final {
 public:
  Final(const Workspace& workspace, Artifacts& artifacts, const Reference& reference, const FinalRules& rules,
        Observer& observer)
      : workspace_(workspace), artifacts_(artifacts), reference_(reference), rules_(rules), observer_(observer) {}

  FinalRounds go(const std::vector<std::string>& ids, Run& run) {
    for (const std::string& id : ids) take_seat(id, run);
    if (seats_.size() > 1) {
      keep_open_ = fits_memory();
      if (keep_open_) open_all();
    }
    std::mt19937_64 random(workspace_.config.search.seed);
    const base::MonotonicClock clock;
    const double start = clock.now();
    for (int round = 0; round < rules_.most_rounds && seats_.size() > 1; ++round) {
      if (round >= rules_.least_rounds && is_known()) break;
      if (round >= 3 && clock.now() - start > rules_.most_seconds) break;
      observer_.stage(fmt::format("final: round {} of {} at most", round + 1, rules_.most_rounds));
      play(random);
    }
    return close();
  }

 private:
  void take_seat(const std::string& id, Run& run) {
    const auto record =
        std::find_if(run.records.begin(), run.records.end(), [&](const Record& r) { return r.variant.id() == id; });
    if (record == run.records.end()) throw Error(Cause::defect, "no record of the finalist " + id);
    seats_.push_back(std::make_unique<Seat>());
    seats_.back()->record = &*record;
  }

  bool fits_memory() const {
    double bytes = 0;
    for (const auto& seat : seats_) bytes += static_cast<double>(seat->record->measurement->peak_bytes.value_or(0));
    return bytes <= kMemoryShare * static_cast<double>(workspace_.host.memory_available_bytes);
  }

  void open(Seat& seat) {
    const Variant& variant = seat.record->variant;
    seat.open = std::make_unique<OpenVariant>(workspace_, variant, artifacts_.of(variant).artifact);
    if (seat.turns.empty()) require_agreement(seat);
  }

  void require_agreement(Seat& seat) {
    compare::AgreementBuilder agreement;
    seat.open->compare(reference_, agreement);
    const Agreement now = agreement.finish(limit_of(workspace_.config, seat.record->variant));
    if (now.within_limit) return;
    seat.record->agreement = now;
    seat.record->outcome = Outcome::disagreed;
    seat.record->reason = "loaded again, " + now.reason;
  }

  /// Runs `act` for a seat; one that fails leaves the table, with its outcome in its record.
  template <typename Act>
  void with(std::size_t index, const Act& act) {
    Seat& seat = *seats_[index];
    try {
      act(seat);
    } catch (const worker::Failure& failure) {
      if (index == 0) throw;
      seat.record->outcome = failure.outcome();
      seat.record->reason = "in the final: " + failure.reason();
      seat.record->details = failure.details();
    }
  }

  void drop_the_failed() {
    std::erase_if(seats_, [&](const auto& seat) {
      return seat != seats_.front() && seat->record->outcome != Outcome::ok &&
             seat->record->outcome != Outcome::suspect;
    });
  }

  void open_all() {
    for (std::size_t i = 0; i < seats_.size(); ++i) with(i, [&](Seat& seat) { open(seat); });
    drop_the_failed();
  }

  void play(std::mt19937_64& random) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < seats_.size(); ++i) order.push_back(i);
    // std::shuffle's order differs between libraries; a run has to be repeatable anywhere.
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    for (const std::size_t i : order) with(i, [&](Seat& seat) { take_turn(seat); });
    drop_the_failed();
  }

  void take_turn(Seat& seat) {
    workspace_.cancel.check();
    if (!seat.open) open(seat);
    if (seat.record->outcome == Outcome::disagreed) return;
    Measurement turn = seat.open->measure_quietly(rules_of_turn(workspace_.job.rules, rules_));
    seat.seconds.push_back(time_of(turn, workspace_.config.objective).seconds);
    seat.turns.push_back(std::move(turn));
    if (keep_open_) return;
    seat.open->quit();
    seat.open.reset();
  }

  bool is_known() const {
    return std::all_of(seats_.begin() + 1, seats_.end(), [&](const auto& seat) {
      const select::Ratio ratio = select::ratio_of(seats_.front()->seconds, seat->seconds);
      return ratio.interval.high / ratio.interval.low < (1 + rules_.half_width) * (1 + rules_.half_width);
    });
  }

  FinalRounds close() {
    FinalRounds rounds;
    if (seats_.size() < 2) return rounds;
    for (const auto& seat : seats_) {
      if (seat->open) seat->open->quit();
      rounds.finalists.push_back({seat->record->variant.id(), seat->seconds});
      Measurement all = measure::pooled(seat->turns);
      const Measurement& trial = *seat->record->measurement;
      all.convert_seconds = trial.convert_seconds;
      all.load_seconds = trial.load_seconds;
      all.first_inference_seconds = trial.first_inference_seconds;
      all.peak_bytes = trial.peak_bytes;
      all.conditions.foreign_cpu_fraction = median_foreign_load(seat->turns);
      seat->record->measurement = std::move(all);
      judge(workspace_, *seat->record);
    }
    return rounds;
  }

  const Workspace& workspace_;
  Artifacts& artifacts_;
  const Reference& reference_;
  const FinalRules& rules_;
  Observer& observer_;
  std::vector<std::unique_ptr<Seat>> seats_;  ///< the original's first
  bool keep_open_ = false;
};

}  // namespace

FinalRounds hold_final(const Workspace& workspace, Artifacts& artifacts, const Reference& reference,
                       const std::vector<std::string>& finalists, const FinalRules& rules, Observer& observer,
                       Run& run) {
  std::vector<std::string> ids{run.original};
  ids.insert(ids.end(), finalists.begin(), finalists.end());
  return Final(workspace, artifacts, reference, rules, observer).go(ids, run);
}

}  // namespace autoaccel::pipeline
