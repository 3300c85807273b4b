#include "pipeline/pass_data.h"

#include "pipeline/run_state.h"

namespace autoaccel::pipeline {

const recipe::Recipe& recipe_of(const Variant& variant) {
  const recipe::Recipe* recipe = recipe::find_recipe(variant.recipe);
  if (recipe == nullptr) throw Error(Cause::defect, "no recipe " + variant.recipe);
  return *recipe;
}

compare::Limit limit_of(const Config& config, const Variant& variant) {
  const recipe::Tolerance tolerance = recipe::tolerance_for(recipe_of(variant), variant.settings);
  return {config.accuracy, tolerance.sqnr_db, tolerance.probability_error};
}

rewrite::PassContext PassData::context_for(const Variant& variant) {
  const recipe::Recipe& recipe = recipe_of(variant);
  rewrite::PassContext context{.io = variant.io, .input_shapes = {}, .runtime = variant.runtime};
  for (const auto& [name, shape] : workspace_.shapes) {
    context.use_shapes[name] = shape.use;
    if (!shape.is_dynamic()) context.input_shapes[name] = shape.use;
  }
  if (recipe.needs_statistics) context.statistics = &statistics(variant, context);
  if (recipe.uses_products) context.products = &products();
  if (recipe.needs_judge)
    context.judge = &judge_.emplace(judging_samples(), variant, limit_of(workspace_.config, variant));
  return context;
}

const quantize::Statistics& PassData::statistics(const Variant& variant, const rewrite::PassContext& context) {
  if (const auto known = statistics_.find(variant.runtime); known != statistics_.end()) return known->second;
  observer_.stage("calibrating");
  const CalibrationJob job = calibration_job(recipe::values_to_watch(recipe_of(variant), workspace_.original, context));
  return statistics_.emplace(variant.runtime, calibrate(job, observer_, workspace_.cancel)).first->second;
}

CalibrationJob PassData::calibration_job(worker::Axes values) const {
  return {.model = workspace_.original,
          .model_sha256 = workspace_.summary.sha256,
          .shapes = workspace_.shapes,
          .config = workspace_.config,
          .values = std::move(values),
          .runtimes = workspace_.job.runtimes,
          .workers = workspace_.job.workers,
          .limits = workspace_.limits(),
          .scratch = workspace_.folder.root() / "calibration",
          .ranges = workspace_.job.ranges};
}

quantize::ProductsSource& PassData::products() {
  if (!products_) products_.emplace(calibration_job({}), observer_, workspace_.cancel);
  return *products_;
}

const JudgingSamples& PassData::judging_samples() {
  if (samples_) return *samples_;
  observer_.stage("running the original for the judge");
  JudgingJob job{.original = workspace_.original,
                 .shapes = workspace_.shapes,
                 .config = workspace_.config,
                 .folder = workspace_.folder.root(),
                 .workers = workspace_.job.workers,
                 .runtimes = workspace_.job.runtimes,
                 .limits = workspace_.limits(),
                 .references = {}};
  for (const plan::PlannedVariant& planned : workspace_.plan)
    if (planned.skip_reason.empty() && may_be_reference(planned.variant)) job.references.push_back(planned.variant);
  return samples_.emplace(job, workspace_.cancel);
}

}  // namespace autoaccel::pipeline
