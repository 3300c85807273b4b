#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/runtime.h"

namespace autoaccel::runtime::openvino {

/// Reads job.model (ONNX), gives each input its range of shapes, and writes job.artifact (.xml) with its .bin.
///
/// An axis with min == max becomes static: a model whose axes are all static runs up to 1.5 × as fast. Weights keep the
/// precision that the file has. A failure leaves no file.
/// returns  the .xml and the .bin
/// errors   vendor: operators that OpenVINO cannot convert, or shapes that the model rejects, in its words
std::vector<std::filesystem::path> convert_model(const Job& job);

/// Compiles job.model (.xml or .onnx) for the CPU with job.settings.
///
/// errors  vendor: OpenVINO refuses the model, in its words; unsupported: a device other than the CPU, tensors of
/// strings;
///         usage: a setting; environment: memory
std::unique_ptr<Session> open_session(const Job& job);

/// Version, devices and the precisions that the CPU has kernels for.
RuntimeInfo probe_library();

}  // namespace autoaccel::runtime::openvino
