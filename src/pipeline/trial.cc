#include "pipeline/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/json_values.h"
#include "base/text.h"
#include "compare/compare.h"
#include "pipeline/pass_data.h"
#include "pipeline/why.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

/// A brief measurement is wide: what is up to this much slower may still be the winner.
constexpr double kMayCatchUp = 1.05;

/// Enough to tell who is clearly behind.
measure::Rules rules_of_race(const measure::Rules& rules) {
  measure::Rules race = brief(rules, 0.2);
  race.warm_up_tolerance = std::max(rules.warm_up_tolerance, 0.05);
  return race;
}

bool is_behind(const TimeToBeat& mine, const TimeToBeat& to_beat) {
  return mine.seconds * (1 - mine.half_width) > to_beat.seconds * (1 + to_beat.half_width) * kMayCatchUp;
}

/// Measures as long as there is something to win.
Measurement measure_in_race(const Workspace& workspace, OpenVariant& open, std::optional<TimeToBeat> to_beat,
                            Record& record) {
  const bool agrees = record.agreement->within_limit;
  if (agrees && !to_beat) return open.measure_quietly(workspace.job.rules);
  Measurement measurement = open.measure_quietly(rules_of_race(workspace.job.rules));
  if (!agrees) {
    record.notes.emplace_back("measured briefly: its outputs are outside the limit");
  } else if (is_behind(time_of(measurement, workspace.config.objective), *to_beat)) {
    record.notes.emplace_back("measured briefly: others are faster beyond doubt");
  } else {
    measurement = open.measure_quietly(workspace.job.rules);
  }
  return measurement;
}

/// Reasons not to trust the numbers of a variant that ran and agreed; empty: none.
/// Part of the GPU's highest clock below which nvbench throws a sample away.
constexpr double kLeastClock = 0.75;

std::string suspicion(const Workspace& workspace, const Measurement& measurement, const Placement& placement) {
  const double foreign = measurement.conditions.foreign_cpu_fraction.value_or(0);
  if (foreign > workspace.job.foreign_load_limit)
    return fmt::format("other processes used {:.0f} % of the processors while it was measured", 100 * foreign);
  const double throttled = measurement.conditions.throttled_seconds.value_or(0);
  if (throttled > 0.05 * measurement.wall_seconds)
    return fmt::format("the container's processor quota throttled it for {:.2f} s", throttled);
  const auto& gpu = measurement.conditions.gpu;
  if (gpu && gpu->clock_hertz && gpu->clock_most_hertz && *gpu->clock_hertz < kLeastClock * *gpu->clock_most_hertz &&
      !gpu->throttled_by.empty())
    return fmt::format("the GPU ran at {:.0f} of {:.0f} MHz for {}", 1e-6 * *gpu->clock_hertz,
                       1e-6 * *gpu->clock_most_hertz, base::join(gpu->throttled_by, " and "));
  if (!placement.warnings.empty()) return placement.warnings.front();
  return {};
}

void run_in_worker(const Workspace& workspace, const Converted& converted, Reference& reference, Observer& observer,
                   std::optional<TimeToBeat> to_beat, Record& record) {
  const Variant& variant = record.variant;
  observer.stage("loading");
  OpenVariant open(workspace, variant, converted.artifact);
  observer.stage("checking outputs");
  compare::AgreementBuilder agreement;
  std::optional<double> first;
  if (reference.id.empty()) first = open.make_reference(reference);
  const double compared = open.compare(reference, agreement);
  record.agreement = agreement.finish(limit_of(workspace.config, variant));
  observer.stage("measuring");
  record.measurement = measure_in_race(workspace, open, to_beat, record);
  record.measurement->convert_seconds = converted.seconds;
  record.measurement->load_seconds = open.loaded().load_seconds;
  record.measurement->first_inference_seconds = first.value_or(compared);
  record.measurement->peak_bytes = open.peak_bytes();
  if (open.requests() > 1) {
    // Requests side by side have been seen to spoil a compiled model for good: once more, after the load.
    open.compare(reference, agreement);
    record.agreement = agreement.finish(limit_of(workspace.config, variant));
  }
  record.placement = open.placement();
  const std::string ran = why(variant, *record.placement, converted.notes);
  if (!ran.empty()) record.notes.push_back(ran);
  open.quit();
  judge(workspace, record);
}

}  // namespace

TimeToBeat time_of(const Measurement& measurement, Objective objective) {
  const LatencySummary& latency = measurement.latency_seconds;
  const double seconds = objective == Objective::throughput ? 1 / measurement.throughput_per_second
                                                            : latency.median.value_or(latency.mean.value_or(0));
  return {seconds, measurement.median_half_width};
}

measure::Rules brief(measure::Rules rules, double min_seconds) {
  rules.min_warm_up_seconds = std::min(rules.min_warm_up_seconds, 0.1);
  rules.max_warm_up_seconds = std::min(rules.max_warm_up_seconds, 2.0);
  rules.min_seconds = std::min(rules.min_seconds, min_seconds);
  rules.max_seconds = std::min(rules.max_seconds, 3.0);
  rules.target_half_width = std::max(rules.target_half_width, 0.03);
  return rules;
}

void judge(const Workspace& workspace, Record& record) {
  if (record.agreement && !record.agreement->within_limit) {
    record.outcome = Outcome::disagreed;
    record.reason = record.agreement->reason;
    return;
  }
  record.reason = suspicion(workspace, *record.measurement, *record.placement);
  record.outcome = record.reason.empty() ? Outcome::ok : Outcome::suspect;
}

Record try_variant(const Workspace& workspace, Artifacts& artifacts, const Variant& variant, Reference& reference,
                   Observer& observer, std::optional<TimeToBeat> to_beat) {
  Record record;
  record.variant = variant;
  if (!workspace.fallback.empty()) record.notes.push_back(workspace.fallback);
  record.repeat_command = fmt::format("{} trial {}{}", workspace.job.program, variant.id(), workspace.job.arguments);
  try {
    const Converted converted = artifacts.of(variant);
    record.artifact = converted.artifact;
    record.notes.insert(record.notes.end(), converted.notes.begin(), converted.notes.end());
    run_in_worker(workspace, converted, reference, observer, to_beat, record);
    if (record.measurement->noisy)
      record.notes.push_back(fmt::format("noisy: ± {:.1f} % after {:.0f} s",
                                         100 * record.measurement->median_half_width,
                                         record.measurement->wall_seconds));
  } catch (const worker::Failure& failure) {
    record.outcome = failure.outcome();
    record.reason = failure.reason();
    record.details = failure.details();
  } catch (const Error& error) {
    // A conversion that fails is this variant's outcome; a full disk or an interrupt is everybody's.
    if (error.cause() == Cause::interrupted || error.cause() == Cause::environment) throw;
    record.outcome = Outcome::not_converted;
    record.reason = error.message();
    record.details = render(error);
  }
  return record;
}

std::optional<Reference> stored_reference(const Workspace& workspace, const Variant& variant) {
  const fs::path path = workspace.folder.reference() / "reference.json";
  if (!fs::exists(path)) return std::nullopt;
  const base::Json json = base::Json::parse(base::read_file(path), nullptr, false);
  if (!json.is_object() || json.value("key", std::string()) != reference_key(workspace, variant)) return std::nullopt;
  return Reference{json.value("id", std::string()), json.value("names", std::vector<std::string>())};
}

}  // namespace autoaccel::pipeline
