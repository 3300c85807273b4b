#pragma once

#include <memory>

#include "runtime/runtime.h"

namespace autoaccel::runtime::onnxruntime {

/// Creates the ONNX Runtime sessions of job.settings for job.model.
///
/// errors  vendor: ONNX Runtime refuses the model, in its words; unsupported: a device other than the CPU, inputs or
///         outputs that are no dense tensors of numbers; usage: a setting; environment: memory, a library that is too
///         old
std::unique_ptr<Session> open_session(const Job& job);

/// The library's version; environment error where it is older than the headers it was built against.
std::string library_version();

}  // namespace autoaccel::runtime::onnxruntime
