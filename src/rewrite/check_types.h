#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace autoaccel::rewrite {

/// Where element types contradict each other or an operator's schema, one line each; at most a few.
///
/// Looks at every node of the main graph and its subgraphs: each input's type is allowed there, type variables mean one
/// type, branches of an If agree, what a Loop or Scan carries comes back in the type that it went in, and graph outputs
/// have the type that is declared. Needs no shapes, so a wrong declared shape hides nothing. ONNX's checker does none
/// of this without shape inference.
std::vector<std::string> type_conflicts(onnx::ModelProto& model);

}  // namespace autoaccel::rewrite
