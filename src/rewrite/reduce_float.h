#pragma once

#include "autoaccel/variant.h"
#include "model/model.h"
#include "rewrite/pass.h"
#include "rewrite/precision_plan.h"

namespace autoaccel::rewrite {

/// What reduce_float would do. model: prepared (prepare_graph), only read
PrecisionPlan plan_reduction(model::Model& model, WeightSurvey& survey, ElementType low, const PassContext& context);

/// Plans and carries out a 16-bit type for the whole model; leaves one alone that is 16 bits already.
///
/// low  float16 or bfloat16
void reduce_float(model::Model& model, ElementType low, const PassContext& context, PassReport& report);

}  // namespace autoaccel::rewrite
