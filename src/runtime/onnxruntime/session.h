#pragma once

#include <memory>

#include "plan/plan.h"
#include "runtime/onnxruntime/providers.h"
#include "runtime/runtime.h"

namespace autoaccel::runtime::onnxruntime {

/// Creates the ONNX Runtime sessions of job.settings for job.model, on the provider that `runtime` has for job.device.
///
/// errors  vendor: ONNX Runtime refuses the model, in its words; unsupported: a device that the runtime does not serve,
///         inputs or outputs that are no dense tensors of numbers; usage: a setting; environment: memory, a library
///         that is missing or too old
std::unique_ptr<Session> open_session(const plan::RuntimeDescription& runtime, const Job& job);

/// Whether a plug-in that is found here lists such a device: each serves its maker's own.
bool has_device(const Provider& provider, const Device& device);

/// Has the provider compile job.model, and write job.artifact (an ONNX file that holds or names what was compiled).
/// returns  the files written, the artifact first
/// errors   as above; vendor: nothing of the model was compiled
std::vector<std::filesystem::path> compile(const plan::RuntimeDescription& runtime, const Job& job);

}  // namespace autoaccel::runtime::onnxruntime
