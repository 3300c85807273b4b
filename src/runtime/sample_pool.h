#pragma once

#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::runtime {

/// The samples with each set's tensors in the order of `inputs`; tensors that are no input are dropped.
///
/// errors  model: a set lacks an input, or has it in another element type, with both types; no sample at all
std::vector<TensorSet> in_input_order(std::vector<TensorSet> samples, const std::vector<TensorInfo>& inputs);

/// Throws Error(unsupported) for an input or output (`what`) whose elements cannot be passed: strings.
void require_dense_type(const TensorInfo& info, const char* what);

}  // namespace autoaccel::runtime
