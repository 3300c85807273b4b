#pragma once

#include <vector>

#include "plan/plan.h"

// What the plan knows of NVIDIA's execution providers. ONNX Runtime's worker serves them.
namespace autoaccel::runtime::onnxruntime {

/// ONNX Runtime with CUDA, for a GPU.
std::vector<plan::Offer> cuda_offers(const Config& config);
std::vector<plan::Dimension> cuda_dimensions(const Config& config);

/// TensorRT, and TensorRT for RTX.
plan::RuntimeDescription describe_tensorrt();
plan::RuntimeDescription describe_tensorrt_rtx();

}  // namespace autoaccel::runtime::onnxruntime
