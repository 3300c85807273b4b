#pragma once

#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// Constant float32 weights of MatMul, Gemm and Conv are stored as uint8, with a scale and a zero point for each output
/// channel, and DequantizeLinear makes the old name before them: nodes compute as before.
///
/// Left as they are: weights up to 1 kB, those that anything else reads or that are outputs, those with NaN or
/// infinities, and those of nodes in `keep_nodes`. A big tensor is read in slices, and converted when the model is saved.
/// errors  unsupported: there is something to convert and the opset is below 13, which has no scales by channel
extern const rewrite::Pass kStoreWeightsAsInt8;

}  // namespace autoaccel::quantize
