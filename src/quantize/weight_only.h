#pragma once

#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// Constant float32 weights of MatMul, Gemm and Conv, and tables of Gather (embedding.h), are stored as uint8 with
/// scales and zero points, and nodes that restore the floats make the old name before them: nodes compute as before.
///
/// Matrices have a scale for every 32 elements of an output channel, others one a channel (weight_only_plan.h).
/// With products in the context (channel_products.h), matrices are rounded so that later errors make up for earlier
/// ones; else to nearest, and converted when the model is saved. A big tensor is read in pieces.
///
/// Left as they are: weights up to 1 kB, those that anything else reads or that are outputs, those with NaN or
/// infinities, and those of nodes in `keep_nodes`. The opset is raised to 21 where scales by block need it and the
/// model bears it.
///
/// errors  unsupported: there is something to convert and the opset is below 7, whose nodes do not broadcast
extern const rewrite::Pass kStoreWeightsAsInt8;

/// The same with weights of MatMul and Gemm as uint4, where blocks of 32 or 16 divide what they sum over; all others in
/// 8 bits.
///
/// errors  unsupported: the model cannot be raised to opset 21, the first with 4-bit integers
extern const rewrite::Pass kStoreWeightsAsInt4;

}  // namespace autoaccel::quantize
