#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <optional>
#include <string>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "rewrite/value_table.h"
#include "rewrite/weight_survey.h"

namespace autoaccel::rewrite {

/// Nodes that stay float32, each with the first reason that was found for it.
using KeptNodes = std::map<const onnx::NodeProto*, std::string>;

/// Chains that lose their meaning in 16 bits although each operator in them has a 16-bit form.
///
/// Means and variances of normalisations that are written out (Pow, ReduceMean, Add, Sqrt, Div and the Sub that
/// centres; also E[x²] − E[x]²), magnitudes (Sqrt of squares), exponentials with their sums and quotients, whatever
/// computes an exact input (exact_inputs() and casts to integers) or is computed from integers, and neighbours of
/// QuantizeLinear/DequantizeLinear.
void keep_sensitive_chains(const model::Model& model, const ValueTable& table, KeptNodes& kept);

/// Nodes that read constants which the 16-bit type cannot hold.
///
/// Too large (masks such as −1e9): where they feed Where, Min, Max or Clip, or an Add on the way to Softmax, the
/// constant is clamped instead and only that Softmax stays; any other reader stays, and what its result flows into with
/// it. Infinities are exact and need nothing. Too small (an epsilon such as 1e-12): the reader stays, and the Div, Log,
/// Sqrt, … that it protects.
void keep_for_constants(const ValueTable& table, WeightSurvey& survey, const FloatLimits& limits, KeptNodes& kept);

/// The value of a constant with one element; nullopt for anything else.
std::optional<double> scalar_constant(const model::Model& model, const Value* value);

}  // namespace autoaccel::rewrite
