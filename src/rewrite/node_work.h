#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <string>

#include "autoaccel/run.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

/// About what a node costs, in multiply-adds: what weighs nodes against each other when some have to stay float32.
///
/// Conv, ConvTranspose, MatMul, Gemm and recurrent layers: their multiply-adds. Others: 16 for each element that they
/// make or read, as moving a float32 through memory takes about as long as 16 to 80 multiply-adds of vector
/// instructions. Unknown dimensions count as 1.
///
/// types  of the model's values by name, at the shapes of interest (model::infer_types)
double node_work(const onnx::NodeProto& node, const ValueTable& table, const std::map<std::string, TensorInfo>& types);

}  // namespace autoaccel::rewrite
