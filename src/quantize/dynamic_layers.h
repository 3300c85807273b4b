#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/model.h"
#include "quantize/weight_scales.h"

namespace autoaccel::quantize {

/// A MatMul or Gemm that is to multiply integers, by the names in its model, so that it is known in copies too.
struct DynamicLayer {
  std::string id;     ///< of the node (rewrite::PlacedNode)
  std::string input;  ///< the activation
  WeightLayout layout;
  double multiply_adds = 0;
  std::vector<float> scales;  ///< of the weight, by output channel
  std::shared_ptr<const std::vector<float>> factors =
      {};  ///< that the activation is divided by, by channel; null: none
};

/// Puts integers in the place of these layers: DynamicQuantizeLinear once for each activation, then MatMulInteger,
/// Cast, Mul and, where there is a bias, Add.
///
/// errors  defect: the model has no node of such an id
void insert_dynamic(model::Model& model, const std::vector<DynamicLayer>& layers);

}  // namespace autoaccel::quantize
