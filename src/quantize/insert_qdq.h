#pragma once

#include "model/model.h"
#include "quantize/quantization_plan.h"
#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// Carries a plan out: QuantizeLinear and DequantizeLinear around the values of quantized nodes, weights as int8 behind
/// a DequantizeLinear, biases as int32 where the dialect wants that, and what quantizing takes from a layer's mean
/// given back in its bias. One pair a value; zero points are always written.
///
/// Big weights are converted when the model is saved. Counts go to the report.
///
/// plan    of a survey of this model or of the model that it was cloned from
/// errors  defect: the plan names a node or value that the model does not have
void insert_qdq(model::Model& model, const QuantizationPlan& plan, rewrite::PassReport& report);

}  // namespace autoaccel::quantize
