#pragma once

#include <filesystem>
#include <vector>

namespace autoaccel::runtime::onnxruntime {

/// Renames the engines that the EPContext nodes of a model name after the model: `fp16.onnx` gets `fp16.engine`,
/// further ones `fp16-2.engine` and so on. Providers name them by a digest of the graph, the version and the GPU.
///
/// returns  the engines, each once; none where they are embedded in the model
/// errors   vendor: the model cannot be read, or names a file that is not beside it
std::vector<std::filesystem::path> name_engines(const std::filesystem::path& model);

}  // namespace autoaccel::runtime::onnxruntime
