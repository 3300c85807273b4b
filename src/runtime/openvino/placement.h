#pragma once

#include <set>
#include <span>
#include <string>

#include "autoaccel/record.h"

namespace autoaccel::runtime::openvino {

/// A node of the compiled graph as OpenVINO's run-time model describes it.
struct ExecutedNode {
  std::string layer;      ///< layerType: Convolution, Reorder, Const, …
  std::string precision;  ///< runtimePrecision: f32, bf16, i64, …
  std::string kernel;     ///< primitiveType: brgconv_avx512_1x1_I8, jit_avx512_f32, …
};

/// Counts the nodes that compute by the precision they run in.
///
/// Inputs, outputs and constants are left out; changes of layout or type (Reorder, Convert) and views (Reshape) are
/// counted in the summary only. Every precision but the most frequent is followed by the types of its nodes.
///
/// Layers count by what their kernel computes in, as its name ends: runtimePrecision is that of the first two inputs
/// together, u8 for floats times integer weights. Products that were fused into a Subgraph (attention) are not told.
///
/// asked_for   the setting `precision`; `default` or empty: whatever OpenVINO chose
/// file_types  float types that the model itself asks for; they win over the setting
/// warnings    f32 was asked for, and nodes ran in a float type that is not the file's either; another precision was
/// asked
///             for, and no node ran in it
Placement placement_from_nodes(std::span<const ExecutedNode> nodes, const std::string& asked_for,
                               const std::set<std::string>& file_types);

}  // namespace autoaccel::runtime::openvino
