#include "select/changes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "config/config.h"
#include "select/figures.h"
#include "select/paired.h"

namespace autoaccel::select {
namespace {

constexpr double kConfidence = 0.95;

/// A time as a logarithm with the half-width of its interval.
struct LogTime {
  double value = 0;
  double half_width = 0;
};

const std::vector<double>* rounds_of(const Run& run, const std::string& id) {
  if (!run.final_rounds) return nullptr;
  for (const FinalRounds::Finalist& finalist : run.final_rounds->finalists)
    if (finalist.id == id && finalist.seconds.size() > 1) return &finalist.seconds;
  return nullptr;
}

LogTime time_from_rounds(const std::vector<double>& seconds) {
  const auto n = static_cast<double>(seconds.size());
  std::vector<double> logs;
  for (const double each : seconds) logs.push_back(std::log(each));
  const double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / n;
  double squares = 0;
  for (const double log : logs) squares += (log - mean) * (log - mean);
  return {mean, student_quantile(kConfidence, seconds.size() - 1) * std::sqrt(squares / (n - 1) / n)};
}

bool is_trusted(const Record& record) {
  return record.measurement && (record.outcome == Outcome::ok || record.outcome == Outcome::disagreed);
}

std::optional<LogTime> time_of(const Run& run, const Record& record, bool by_throughput) {
  const Measurement& m = *record.measurement;
  const std::optional<double> seconds =
      by_throughput ? std::optional<double>(1 / m.throughput_per_second) : latency_seconds(record);
  if (!seconds || !std::isfinite(*seconds) || *seconds <= 0) return std::nullopt;
  const auto figure = time_figure(run, record);
  if (!figure) return std::nullopt;
  return LogTime{std::log(*seconds), figure->half_width};
}

struct Sides {
  const Run& before;
  const Run& now;
  double margin;
};

void compare_speed(const Sides& sides, const Record& before, const Record& now, Change& change) {
  if (!is_trusted(before) || !is_trusted(now)) return;
  const bool same_objective = sides.before.config.objective == sides.now.config.objective;
  const bool by_throughput = same_objective && sides.now.config.objective == Objective::throughput;
  const auto* old_rounds = rounds_of(sides.before, change.old_id);
  const auto* new_rounds = rounds_of(sides.now, change.new_id);
  const bool has_rounds = same_objective && old_rounds && new_rounds;
  const auto old_time = has_rounds ? time_from_rounds(*old_rounds) : time_of(sides.before, before, by_throughput);
  const auto new_time = has_rounds ? time_from_rounds(*new_rounds) : time_of(sides.now, now, by_throughput);
  if (!old_time || !new_time) return;
  const double ratio = new_time->value - old_time->value;
  const double half_width = std::hypot(old_time->half_width, new_time->half_width);
  change.old_seconds = std::exp(old_time->value);
  change.new_seconds = std::exp(new_time->value);
  change.time_ratio = Interval{std::exp(ratio - half_width), std::exp(ratio + half_width)};
  const double most = 1 + sides.margin;
  change.speed = change.time_ratio->low > most        ? Trend::worse
                 : change.time_ratio->high < 1 / most ? Trend::better
                                                      : Trend::same;
}

void compare_fidelity(const Record& before, const Record& now, Change& change) {
  if (!before.agreement || !now.agreement) return;
  change.old_db = before.agreement->sqnr_db;
  change.new_db = now.agreement->sqnr_db;
  const double gain = fidelity_db(now) - fidelity_db(before);
  const int limit = static_cast<int>(now.agreement->within_limit) - static_cast<int>(before.agreement->within_limit);
  change.fidelity = limit < 0 || (limit == 0 && gain <= -kEqualFidelity)  ? Trend::worse
                    : limit > 0 || (limit == 0 && gain >= kEqualFidelity) ? Trend::better
                                                                          : Trend::same;
}

bool has_failed(Outcome outcome) {
  return outcome == Outcome::not_converted || outcome == Outcome::not_compiled || outcome == Outcome::crashed ||
         outcome == Outcome::timed_out || outcome == Outcome::out_of_memory;
}

Change change_of(const Sides& sides, const Record& before, const Record& now) {
  Change change{.old_id = before.variant.id(), .new_id = now.variant.id()};
  change.old_outcome = before.outcome;
  change.new_outcome = now.outcome;
  change.reason = now.reason;
  change.is_failing = before.measurement && has_failed(now.outcome);
  compare_speed(sides, before, now, change);
  compare_fidelity(before, now, change);
  return change;
}

const Record* deployed_of(const Run& run) {
  return run.recommended ? find_record(run, *run.recommended) : find_original(run);
}

std::string shapes_text(const Run& run) {
  std::string text;
  for (const TensorInfo& input : run.model.inputs) {
    std::string shape = input.shape ? to_text(*input.shape) : "?";
    for (const InputConfig& configured : run.config.inputs)
      if (configured.name == input.name && configured.use_shape) shape = to_text(configured.use_shape->value);
    text += (text.empty() ? "" : ", ") + input.name + " " + to_text(input.type) + " " + shape;
  }
  return text;
}

std::string samples_text(const Run& run) {
  std::string text = std::to_string(run.samples.count) + " sets, seed " + std::to_string(run.samples.seed);
  for (const std::string& origin : run.samples.origins) text += ", " + origin;
  return text;
}

std::string quota_text(const Host& host) {
  return host.processor_quota ? std::to_string(*host.processor_quota) + " processors" : "none";
}

std::string version_of(const Run& run, const std::string& runtime) {
  for (const RuntimeInfo& info : run.runtimes)
    if (info.name == runtime && info.available) return info.version;
  return "none";
}

std::vector<Difference> differences_of(const Run& before, const Run& now) {
  std::vector<Difference> differences;
  const auto add = [&](const std::string& what, const std::string& old_text, const std::string& new_text, bool unlike) {
    if (old_text != new_text) differences.push_back({what, old_text, new_text, unlike});
  };
  add("inputs", shapes_text(before), shapes_text(now), true);
  add("device", before.config.device.to_text(), now.config.device.to_text(), true);
  add("objective", to_text(before.config.objective), to_text(now.config.objective), true);
  add("processor", before.host.processor, now.host.processor, true);
  add("threads", std::to_string(before.host.threads), std::to_string(now.host.threads), true);
  add("processor quota", quota_text(before.host), quota_text(now.host), true);
  add("governor", before.host.governor.value_or("none"), now.host.governor.value_or("none"), true);
  add("samples", samples_text(before), samples_text(now), true);
  add("model", "sha256 " + before.model.sha256.substr(0, 12), "sha256 " + now.model.sha256.substr(0, 12), false);
  add("kernel", before.host.kernel, now.host.kernel, false);
  add("autoaccel", before.tool_version, now.tool_version, false);
  for (const RuntimeInfo& runtime : now.runtimes)
    add(runtime.name, version_of(before, runtime.name), version_of(now, runtime.name), false);
  return differences;
}

double margin_of(const Run& before, const Run& now, double margin) {
  for (const Run* run : {&before, &now})
    if (run->drift && std::isfinite(*run->drift)) margin = std::max(margin, std::abs(*run->drift));
  return margin;
}

bool was_tried(const Record* record) { return record != nullptr && record->outcome != Outcome::skipped; }

}  // namespace

Changes changes_between(const Run& before, const Run& now, double margin) {
  Changes changes{.differences = differences_of(before, now), .margin = margin_of(before, now, margin)};
  const Sides sides{before, now, changes.margin};
  for (const Record& record : now.records) {
    const std::string id = record.variant.id();
    const Record* old_record = find_record(before, id);
    if (was_tried(old_record) && was_tried(&record)) changes.variants.push_back(change_of(sides, *old_record, record));
    if (!was_tried(old_record) && was_tried(&record)) changes.added.push_back(id);
  }
  for (const Record& record : before.records)
    if (was_tried(&record) && !was_tried(find_record(now, record.variant.id())))
      changes.gone.push_back(record.variant.id());
  const Record* old_deployed = deployed_of(before);
  const Record* new_deployed = deployed_of(now);
  if (old_deployed && new_deployed) changes.deployed = change_of(sides, *old_deployed, *new_deployed);
  return changes;
}

}  // namespace autoaccel::select
