#include "pipeline/optimize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"
#include "pipeline/run_state.h"
#include "pipeline/trial.h"
#include "samples/samples.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

/// Change of the original's median between start and end of a run that is worth a warning.
constexpr double kDriftLimit = 0.03;

/// One pass over the plan: tries what is not finished, in order.
class Runner {
 public:
  Runner(const Workspace& workspace, Observer& observer)
      : workspace_(workspace), observer_(observer), artifacts_(workspace, observer), run_(start_run(workspace)) {
    for (const plan::PlannedVariant& planned : workspace.plan) {
      if (!planned.skip_reason.empty()) {
        run_.records.push_back(skipped_record(planned));
      } else {
        to_try_.push_back({planned.variant, earlier(planned.variant)});
      }
    }
    // Nothing can be compared before there is a reference, so its candidates come first.
    std::stable_partition(to_try_.begin(), to_try_.end(),
                          [](const Turn& turn) { return may_be_reference(turn.variant); });
  }

  Run go() {
    announce();
    for (std::size_t i = 0; i < to_try_.size(); ++i) {
      workspace_.cancel.check();
      if (!to_try_[i].earlier && is_budget_spent()) {
        run_.records.push_back(skipped_record({to_try_[i].variant, "search.budget was spent before its turn"}));
        continue;
      }
      try_next(to_try_[i], static_cast<int>(i));
      save(workspace_.folder, run_);
    }
    check_reference();
    check_drift();
    run_.finished = base::utc_now();
    write_all(workspace_.folder, run_);
    return run_;
  }

  /// After an interrupt: what is finished, ranked and reported.
  void keep_what_is_done() { write_all(workspace_.folder, run_); }

 private:
  /// A variant to be tried, with the record of an earlier run that makes a trial unnecessary.
  struct Turn {
    Variant variant;
    std::optional<Record> earlier;
  };

  bool is_budget_spent() const {
    const auto& budget = workspace_.job.config.search.budget_seconds;
    return budget && tried_ > 0 && clock_.now() - start_ > *budget;
  }

  void announce() {
    const auto done = static_cast<int>(
        std::count_if(to_try_.begin(), to_try_.end(), [](const Turn& turn) { return turn.earlier.has_value(); }));
    observer_.planned(static_cast<int>(to_try_.size()) - done, done, static_cast<int>(run_.records.size()));
  }

  std::optional<Record> earlier(const Variant& variant) const {
    if (workspace_.job.fresh) return std::nullopt;
    return workspace_.folder.finished(variant.id(), workspace_.key(variant));
  }

  void try_next(Turn& turn, int index) {
    const Variant& variant = turn.variant;
    std::optional<Record> record = std::move(turn.earlier);
    if (record && reference_.id.empty() && record->agreement && may_be_reference(variant)) {
      const auto stored = stored_reference(workspace_, variant);
      if (stored) {
        reference_ = *stored;
      } else {
        record.reset();  // its outputs are gone, and the others need them
      }
    }
    if (!record) {
      observer_.started(variant, index, static_cast<int>(to_try_.size()));
      if (reference_.id.empty() && !may_be_reference(variant)) require_reference();
      record = try_variant(workspace_, artifacts_, variant, reference_, observer_);
      workspace_.folder.store(*record, workspace_.key(variant));
      observer_.finished(*record, index, static_cast<int>(to_try_.size()));
      ++tried_;
    }
    if (run_.original.empty() && reference_.id == variant.id()) adopt_reference(variant);
    run_.records.push_back(std::move(*record));
  }

  void adopt_reference(const Variant& variant) {
    run_.original = variant.id();
    std::vector<TensorSet> outputs;
    for (int k = 0; k < workspace_.samples.count; ++k)
      outputs.push_back(
          worker::read_output_set(workspace_.folder.reference() / std::to_string(k), reference_.names));
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
  void require_output_shapes(const TensorSet& outputs) const {
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
  void require_reference() {
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
  std::optional<SourceLocation> shape_location() const {
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

  void check_reference() {
    if (reference_.id.empty() && !to_try_.empty()) require_reference();
  }

  /// The original once more: a machine that has become slower or faster meanwhile makes the ranking doubtful.
  void check_drift() {
    if (tried_ < 2 || run_.original.empty()) return;
    const auto original = std::find_if(run_.records.begin(), run_.records.end(),
                                       [&](const Record& r) { return r.variant.id() == run_.original; });
    if (original == run_.records.end() || !original->measurement) return;
    observer_.stage("measuring the original again");
    try {
      const Measurement again = measure_again(workspace_, artifacts_, original->variant);
      run_.drift = original->measurement->throughput_per_second / again.throughput_per_second - 1;
    } catch (const worker::Failure& failure) {
      run_.warnings.push_back("the original could not be measured again: " + failure.reason());
      return;
    }
    if (std::abs(*run_.drift) <= kDriftLimit) return;
    run_.warnings.push_back(
        fmt::format("the machine drifted: the original took {:.1f} % {} time at the end; repeat on a quieter machine",
                    100 * std::abs(*run_.drift), *run_.drift > 0 ? "more" : "less"));
    observer_.note("warning: " + run_.warnings.back());
  }

  const Workspace& workspace_;
  Observer& observer_;
  Artifacts artifacts_;
  Run run_;
  std::vector<Turn> to_try_;
  Reference reference_;
  int tried_ = 0;
  base::MonotonicClock clock_;
  double start_ = clock_.now();
};

}  // namespace

Run optimize(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel) {
  const Workspace workspace = open_workspace(job, observer, cancel);
  Runner runner(workspace, observer);
  try {
    return runner.go();
  } catch (const Error& error) {
    if (error.cause() == Cause::interrupted) runner.keep_what_is_done();
    throw;
  }
}

}  // namespace autoaccel::pipeline
