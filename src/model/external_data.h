#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace autoaccel::model {

/// What external_data of a tensor says.
struct ExternalEntry {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  ///< the tensor's dense size; checked where the file says it, too
};

/// errors  model, naming the tensor: no or a doubled location, numbers that are none, a length that contradicts dims
/// and
///         type, elements of its own besides
ExternalEntry external_entry(const onnx::TensorProto& tensor);

/// The folders that external files may be in: the model's own, and the real one where its path is a symbolic link
/// (download caches keep links to a folder of blobs).
std::vector<std::filesystem::path> allowed_folders(const std::filesystem::path& model_file);

/// The real path of an external file.
///
/// `location` is relative to the model's folder. Refused: absolute paths, `..` out of the folder, symbolic links that
/// leave the allowed folders, files that are missing or not regular.
/// errors  model, naming tensor and location
std::filesystem::path resolve_external(const std::filesystem::path& model_file, const std::string& location,
                                       const onnx::TensorProto& tensor);

}  // namespace autoaccel::model
