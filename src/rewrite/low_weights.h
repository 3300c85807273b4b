#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "rewrite/pass.h"
#include "rewrite/weight_survey.h"

namespace autoaccel::rewrite {

/// Sums over the weights that a pass has converted, for the report.
struct ConvertedWeights {
  std::int64_t tensors = 0;
  std::uint64_t bytes_before = 0;
  std::int64_t clamped = 0;    ///< values moved to the largest finite one
  std::int64_t vanished = 0;   ///< values that became 0
  std::int64_t subnormal = 0;  ///< values that lost digits or became 0

  void add(const onnx::TensorProto& tensor, const WeightFigures& figures);

  /// Their number, one note for what was converted, and one for each kind of loss.
  void describe(ElementType low, PassReport& report) const;
};

/// Turns a float32 tensor of `model` into `low`, rounding to nearest even; finite values outside the range of `low`
/// become its largest finite value, infinities and NaN stay. Name and dims are kept.
///
/// A big tensor is converted slice by slice when the model is saved; nothing of it is read here.
///
/// clamp  false promises that no finite value lies outside the range, and saves a look at each
void convert_weight(model::Model& model, onnx::TensorProto& tensor, ElementType low, bool clamp);

}  // namespace autoaccel::rewrite
