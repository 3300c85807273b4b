#pragma once

#include <span>
#include <string>

#include "autoaccel/record.h"

namespace autoaccel::runtime::openvino {

/// A node of the compiled graph as OpenVINO's run-time model describes it.
struct ExecutedNode {
  std::string layer;      ///< layerType: Convolution, Reorder, Const, …
  std::string precision;  ///< runtimePrecision: f32, bf16, i64, …
};

/// Counts the nodes that compute by the precision they run in.
///
/// Inputs, outputs and constants are left out; changes of layout or type (Reorder, Convert) and views (Reshape) are
/// counted in the summary only. Every precision but the most frequent is followed by the types of its nodes.
///
/// asked_for  the setting `precision`; `default` or empty: whatever OpenVINO chose
/// warnings   f32 was asked for and a node runs below it; another precision was asked for and no node runs in it
Placement placement_from_nodes(std::span<const ExecutedNode> nodes, const std::string& asked_for);

}  // namespace autoaccel::runtime::openvino
