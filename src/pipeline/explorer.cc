#include "pipeline/explorer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "pipeline/run_state.h"
#include "pipeline/search_space.h"
#include "samples/samples.h"
#include "select/figures.h"
#include "select/luck.h"

namespace autoaccel::pipeline {

namespace {

/// What is added to the relative half-width of a figure that is not to be trusted: under load from elsewhere two
/// threads have been seen at half their speed.
constexpr double kDoubt = 0.5;

bool is_faithful(const Run& run, const Record& record) {
  return (record.outcome == Outcome::ok || record.outcome == Outcome::suspect) && record.agreement &&
         record.agreement->within_limit && select::luck_reason(run, record).empty();
}

}  // namespace

Explorer::Explorer(const Workspace& workspace, Artifacts& artifacts, Observer& observer, Run& run)
    : workspace_(workspace),
      artifacts_(artifacts),
      observer_(observer),
      run_(run),
      space_(make_space(workspace)),
      strategy_(search::make_strategy(workspace.job.strategy, space_, {.seed = workspace.config.search.seed})) {
  run_.search.strategy = workspace.job.strategy;
  run_.search.points = space_.size();
}

void Explorer::go() {
  for (const plan::PlannedVariant& planned : workspace_.plan)
    if (!planned.skip_reason.empty()) run_.records.push_back(skipped_record(workspace_, planned));
  announce();
  find_reference();
  explore();
  account_for_the_rest();
  run_.search.seconds = budget_.elapsed();
  save(workspace_.folder, run_);
}

void Explorer::announce() const {
  int done = 0;
  for (const search::Form& form : space_.forms())
    if (!workspace_.job.fresh && workspace_.folder.finished(form.variant.id(), workspace_.key(form.variant))) ++done;
  observer_.planned(static_cast<int>(space_.forms().size()), space_.size(), done,
                    static_cast<int>(run_.records.size()));
}

/// Nothing can be compared before there is a reference, so its candidates come first.
void Explorer::find_reference() {
  for (std::size_t form = 0; form < space_.forms().size() && reference_.id.empty(); ++form) {
    if (!may_be_reference(space_.forms()[form].variant)) continue;
    workspace_.cancel.check();
    try_point(space_.start(form), static_cast<int>(space_.forms().size()));
  }
  if (reference_.id.empty() && !space_.forms().empty()) fail_without_reference();
  if (const Record* original = select::find_original(run_))
    budget_.adapt_to(select::latency_seconds(*original).value_or(0));
}

void Explorer::explore() {
  const auto forms_left = [&] {
    return std::count_if(space_.forms().begin(), space_.forms().end(),
                         [&](const search::Form& form) { return !is_tried(form.variant); });
  };
  while (const auto step = strategy_->next()) {
    workspace_.cancel.check();
    const Variant variant = space_.variant(step->point);
    if (budget_.is_spent() && !earlier(variant)) {
      run_.search.stopped_because = budget_.text();
      if (step->expected_gain > 0) run_.search.expected_gain = step->expected_gain;
      return;
    }
    const auto left = static_cast<int>(forms_left());
    const bool is_form = step->expected_gain == 0 && left > 0;  // nobody knows how many settings will be worth a trial
    try_point(step->point, is_form ? budget_.tried() + left : 0);
  }
  run_.search.stopped_because = strategy_->stopped_because();
}

/// What was not tried says why; what an earlier run has tried besides is kept.
void Explorer::account_for_the_rest() {
  const auto left_out = strategy_->left_out();
  for (std::size_t form = 0; form < space_.forms().size(); ++form) {
    const Variant& variant = space_.forms()[form].variant;
    if (is_tried(variant)) continue;
    std::string reason = run_.search.stopped_because + " before its turn";
    for (const auto& left : left_out)
      if (left.form == form) reason = left.reason;
    run_.records.push_back(skipped_record(workspace_, {variant, reason}));
  }
  if (workspace_.job.fresh) return;
  for (Record& record : workspace_.folder.all_finished([&](const Variant& v) { return workspace_.key(v); })) {
    const auto same = std::find_if(run_.records.begin(), run_.records.end(),
                                   [&](const Record& r) { return r.variant == record.variant; });
    if (same == run_.records.end()) {
      run_.records.push_back(std::move(record));
    } else if (same->outcome == Outcome::skipped) {
      *same = std::move(record);
    }
  }
}

bool Explorer::is_tried(const Variant& variant) const {
  return std::any_of(run_.records.begin(), run_.records.end(),
                     [&](const Record& record) { return record.variant == variant; });
}

/// The record of an earlier run that makes a trial unnecessary.
std::optional<Record> Explorer::earlier(const Variant& variant) {
  if (workspace_.job.fresh) return std::nullopt;
  std::optional<Record> record = workspace_.folder.finished(variant.id(), workspace_.key(variant));
  if (!record || !reference_.id.empty() || !record->agreement || !may_be_reference(variant)) return record;
  const auto stored = stored_reference(workspace_, variant);
  if (!stored) return std::nullopt;  // its outputs are gone, and the others need them
  reference_ = *stored;
  return record;
}

void Explorer::try_point(const search::Space::Point& point, int total) {
  const Variant variant = space_.variant(point);
  const double start = clock_.now();
  std::optional<Record> record = earlier(variant);
  double seconds = 0;
  if (record) {
    if (record->measurement) seconds = record->measurement->warm_up_seconds + record->measurement->wall_seconds;
  } else {
    const int index = budget_.tried();
    observer_.started(variant, index, total);
    record = try_variant(workspace_, artifacts_, variant, reference_, observer_, to_beat());
    workspace_.folder.store(*record, workspace_.key(variant));
    observer_.finished(*record, index, total);
    budget_.count_trial();
    seconds = clock_.now() - start;
  }
  if (run_.original.empty() && reference_.id == variant.id()) adopt_reference(variant);
  run_.records.push_back(*record);
  ++run_.search.trials;
  strategy_->tell(point, observe(*record, seconds));
  run_.search.seconds = budget_.elapsed();
  run_.search.course.push_back({variant.id(), run_.search.seconds});
  save(workspace_.folder, run_);
}

/// A landscape that is recorded whole wants every figure sharp.
std::optional<TimeToBeat> Explorer::to_beat() const {
  const Objective objective = workspace_.config.objective;
  if (workspace_.job.strategy == "exhaustive") return std::nullopt;
  if (!select::is_time(objective)) return std::nullopt;
  std::optional<TimeToBeat> best;
  for (const Record& record : run_.records) {
    if (!is_faithful(run_, record) || !record.measurement) continue;
    const TimeToBeat time = time_of(*record.measurement, objective);
    if (!best || time.seconds < best->seconds) best = time;
  }
  return best;
}

search::Observation Explorer::observe(const Record& record, double seconds) const {
  search::Observation observation{
      .is_faithful = is_faithful(run_, record), .value = {}, .half_width = 0, .seconds = seconds};
  if (const auto figure = record.measurement ? select::objective_figure(run_, record) : std::nullopt) {
    observation.value = figure->value;
    observation.half_width = figure->half_width + (record.outcome == Outcome::suspect ? kDoubt : 0);
  }
  return observation;
}

void Explorer::adopt_reference(const Variant& variant) {
  run_.original = variant.id();
  std::vector<TensorSet> outputs;
  for (int k = 0; k < workspace_.samples.count; ++k)
    outputs.push_back(worker::read_output_set(workspace_.folder.reference() / std::to_string(k), reference_.names));
  require_output_shapes(outputs.front());
  for (std::string& warning : samples::weak_output_warnings(outputs)) {
    observer_.note("warning: " + warning);
    run_.samples.warnings.push_back(std::move(warning));
  }
  if (variant.id() != workspace_.plan.front().variant.id()) {
    run_.warnings.push_back(fmt::format("the original does not run on {}; the reference is {}",
                                        workspace_.plan.front().variant.runtime, variant.id()));
    observer_.note("warning: " + run_.warnings.back());
  }
}

/// config.yml may say what shape each output has; another one means that the inputs are not what its author meant.
void Explorer::require_output_shapes(const TensorSet& outputs) const {
  for (const OutputConfig& output : workspace_.job.config.outputs) {
    const Tensor* tensor = find(outputs, output.name);
    if (tensor == nullptr || !output.use_shape || output.use_shape->value == tensor->shape()) continue;
    Error error(Cause::usage,
                fmt::format("output '{}' has the shape {}, not {}", base::printable(output.name),
                            to_text(tensor->shape()), to_text(output.use_shape->value)),
                "correct it, or the use_shape of the inputs that it follows from");
    if (output.use_shape->location) error.at(*output.use_shape->location);
    throw error;
  }
}

/// Nothing can be judged without the original's outputs, so a model that no runtime runs ends the job here.
void Explorer::fail_without_reference() {
  write_all(workspace_.folder, run_);
  std::string reasons;
  for (const Record& record : run_.records)
    if (record.outcome != Outcome::skipped && may_be_reference(record.variant))
      reasons += fmt::format("\n  {}: {}", record.variant.id(), record.reason);
  Error error(Cause::model, "no runtime runs the original model" + reasons,
              "see the worker.log files in " + (workspace_.folder.root() / "variants").string());
  if (const auto place = shape_location()) {
    error = Error(Cause::usage, "the model does not run with these shapes" + reasons,
                  "correct use_shape, or leave it out if the model has static shapes");
    error.at(*place);
  }
  throw error;
}

/// Where config.yml sets a dynamic axis: the likely cause when the original loads but refuses to run.
std::optional<SourceLocation> Explorer::shape_location() const {
  const bool loaded = std::any_of(run_.records.begin(), run_.records.end(), [](const Record& record) {
    return may_be_reference(record.variant) &&
           (record.outcome == Outcome::crashed || record.outcome == Outcome::not_converted);
  });
  if (!loaded) return std::nullopt;
  for (const InputConfig& input : workspace_.job.config.inputs)
    for (const TensorInfo& info : workspace_.summary.inputs)
      if (info.name == input.name && input.use_shape && info.shape != input.use_shape->value)
        return input.use_shape->location;
  return std::nullopt;
}

}  // namespace autoaccel::pipeline
