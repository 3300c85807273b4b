#pragma once

#include <memory>
#include <optional>
#include <string>

#include "autoaccel/run.h"
#include "base/clock.h"
#include "pipeline/artifacts.h"
#include "pipeline/budget.h"
#include "pipeline/optimize.h"
#include "pipeline/trial.h"
#include "pipeline/workspace.h"
#include "search/strategy.h"

namespace autoaccel::pipeline {

/// Tries variants in the order that the strategy gives, until it or the budget says stop; fills run.records and
/// run.search. run.json is written after every trial.
class Explorer {
 public:
  /// All but the job's strategy name must outlive it.
  Explorer(const Workspace& workspace, Artifacts& artifacts, Observer& observer, Run& run);

  /// errors  usage, model: the original runs nowhere, or gives other shapes than config.yml says; environment;
  ///         interrupted, with all that is finished in `run`
  void go();

  const Reference& reference() const { return reference_; }
  int tried() const { return budget_.tried(); }  ///< now, not by an earlier run

 private:
  void announce() const;
  void find_reference();
  void explore();
  void account_for_the_rest();

  bool is_tried(const Variant& variant) const;
  std::optional<Record> earlier(const Variant& variant);
  void try_point(const search::Space::Point& point, int total);
  std::optional<TimeToBeat> to_beat() const;
  search::Observation observe(const Record& record, double seconds) const;
  void adopt_reference(const Variant& variant);
  void require_output_shapes(const TensorSet& outputs) const;
  [[noreturn]] void fail_without_reference();
  std::optional<SourceLocation> shape_location() const;

  const Workspace& workspace_;
  Artifacts& artifacts_;
  Observer& observer_;
  Run& run_;
  search::Space space_;
  std::unique_ptr<search::Strategy> strategy_;
  base::MonotonicClock clock_;
  Budget budget_{workspace_.config.search, clock_};
  Reference reference_;
};

}  // namespace autoaccel::pipeline
