#pragma once

#include <map>
#include <optional>
#include <string>

#include "pipeline/calibration.h"
#include "pipeline/calibration_products.h"
#include "pipeline/judging.h"
#include "pipeline/workspace.h"
#include "recipe/recipe.h"

namespace autoaccel::pipeline {

/// The row of the variant's recipe. errors  defect: there is none
const recipe::Recipe& recipe_of(const Variant& variant);

/// What variants with this recipe and these settings promise, or what the user asks for.
compare::Limit limit_of(const Config& config, const Variant& variant);

/// What recipes ask for besides the graph: made when a recipe first needs it, and kept for the others.
///
/// Both arguments must outlive it.
class PassData {
 public:
  PassData(const Workspace& workspace, Observer& observer) : workspace_(workspace), observer_(observer) {}

  /// What the passes of the variant's recipe are told; it holds until the next call.
  ///
  /// errors  model: no runtime runs the original; environment; interrupted
  rewrite::PassContext context_for(const Variant& variant);

 private:
  CalibrationJob calibration_job(worker::Axes values) const;
  const quantize::Statistics& statistics(const Variant& variant, const rewrite::PassContext& context);
  quantize::ProductsSource& products();
  const JudgingSamples& judging_samples();

  const Workspace& workspace_;
  Observer& observer_;
  std::map<std::string, quantize::Statistics> statistics_;  ///< by runtime: each dialect asks for other values
  std::optional<CalibrationProducts> products_;
  std::optional<JudgingSamples> samples_;
  std::optional<WorkerJudge> judge_;
};

}  // namespace autoaccel::pipeline
