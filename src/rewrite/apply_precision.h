#pragma once

#include "autoaccel/variant.h"
#include "model/model.h"
#include "rewrite/precision_plan.h"
#include "rewrite/pass.h"
#include "rewrite/weight_survey.h"

namespace autoaccel::rewrite {

/// Carries a plan out: nodes that are low in it read and make `plan.low`, everything else what it did before.
///
/// Casts stand only where the two meet: one per value, direction and graph, inside the subgraph that reads. A constant
/// that both kinds read is there twice, others change in place. What enters and leaves the bodies of If, Loop and Scan
/// stays float32. io = reduced: every float32 output of the model changes, and every float32 input unless only float32
/// nodes read it, which is noted. Declared types follow.
///
/// plan    of this model, prepared (prepare_graph)
/// errors  defect: the plan wants a node low that cannot be
void apply_precision(model::Model& model, const PrecisionPlan& plan, WeightSurvey& survey, IoTypes io,
                     PassReport& report);

}  // namespace autoaccel::rewrite
