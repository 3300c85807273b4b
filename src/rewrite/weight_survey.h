#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

/// What becomes of a float32 tensor's values in a 16-bit type.
struct WeightFigures {
  std::int64_t elements = 0;
  double largest = 0;          ///< max |x| of the finite ones
  double energy = 0;           ///< Σ x² of the finite ones
  std::int64_t infinite = 0;   ///< stay infinite
  std::int64_t nan = 0;        ///< stay NaN
  std::int64_t outside = 0;    ///< finite, and beyond the largest finite value of the type
  std::int64_t vanishing = 0;  ///< not 0, and become 0
  std::int64_t subnormal = 0;  ///< not 0, and lose digits or become 0

  /// Does a value lie outside the type's finite range?
  bool overflows() const { return outside > 0; }

  /// Is the error that subnormals bring, at most half a step each, above 1e-5 of the tensor's energy (50 dB)?
  ///
  /// Rounding alone costs float16 about 73 dB; tiny values beside large ones cost nothing and do not count, while a
  /// tensor that is tiny as a whole (an epsilon, say) does.
  bool underflows(const FloatLimits& limits) const;
};

/// Figures of dense float32 values.
WeightFigures figures_of(std::span<const float> values, const FloatLimits& limits);

/// Sums of counts, the larger of the magnitudes.
WeightFigures& operator+=(WeightFigures& sum, const WeightFigures& part);

/// Figures of a model's float32 tensors for one 16-bit type; each big tensor is read once, a slice at a time.
///
/// Also answers for clones of the model: what is on disk is known by where it is. The model must outlive the survey.
class WeightSurvey {
 public:
  WeightSurvey(const model::Model& model, ElementType low) : model_(&model), limits_(&limits_of(low)) {}

  /// tensor  float32, of the model
  WeightFigures of(const onnx::TensorProto& tensor);

  /// The type's limits.
  const FloatLimits& limits() const { return *limits_; }

  /// Reads those that are not in the graph itself, on several threads when there is much to read.
  void read_ahead(std::span<const onnx::TensorProto* const> tensors);

 private:
  WeightFigures survey(const onnx::TensorProto& tensor) const;

  const model::Model* model_;
  const FloatLimits* limits_;
  std::map<std::string, WeightFigures> known_;  ///< by location, of tensors that are not in the graph itself
};

}  // namespace autoaccel::rewrite
