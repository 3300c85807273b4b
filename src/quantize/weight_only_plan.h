#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <vector>

#include "quantize/integer_tensors.h"
#include "quantize/weight_only_scales.h"
#include "rewrite/pass.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

/// How a weight goes back to float32 in the graph.
///
/// dequantize  DequantizeLinear, by blocks (opset 21) or by channel (13). ONNX Runtime makes one MatMulNBits of it and
///             the product of matrices behind it, which multiplies integers; OpenVINO keeps the integers too.
/// multiply    (Cast(q) − Cast(zero point)) · scale, and Reshape where the blocks are an axis of their own. ONNX
/// Runtime
///             computes that once, when it loads the model, while it runs a DequantizeLinear that it cannot fuse in
///             every inference; OpenVINO takes both for the same.
enum class Restoring { dequantize, multiply };

/// A float32 weight that can be stored as integers.
struct StorableWeight {
  rewrite::Value* value = nullptr;
  int bits = 8;
  BlockLayout layout;
  IntegerShape shape;
  Restoring restoring = Restoring::multiply;
  int axis = 0;           ///< of DequantizeLinear
  bool by_block = false;  ///< with `block_size`; else by channel
};

/// What the weights of a model can become.
struct WeightRules {
  int bits = 8;            ///< of weights of MatMul and Gemm in blocks; the others have 8
  std::int64_t opset = 0;  ///< which decides about `dequantize`
};

/// The nodes that `keep_nodes` names, by name or id.
std::set<const onnx::NodeProto*> kept_nodes(const rewrite::ValueTable& table, const rewrite::PassContext& context);

/// The size of blocks along an axis of this length; 0 when there is none that divides it.
std::int64_t block_of(std::int64_t length);

/// The weights of MatMul, Gemm and Conv above 1 kB that nothing else reads.
///
/// In blocks of 32 of the elements that an output channel sums up, 16 where that divides them and 32 does not; by
/// output channel where neither does. Left out: weights of nodes in `keep_nodes`, those whose readers want different
/// blocks, and those by channel whose channels lie so that 64 MB and more would have to be held at once.
std::vector<StorableWeight> storable_weights(rewrite::ValueTable& table, const rewrite::PassContext& context,
                                             const WeightRules& rules);

}  // namespace autoaccel::quantize
