#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace autoaccel::runtime::onnxruntime {

/// Where libraries are looked for, in this order: the folders of AUTOACCEL_LIBRARIES, lib/autoaccel/onnxruntime beside
/// the folder of this worker (an install tree), and those that the build knew. After them the system's own.
std::vector<std::filesystem::path> search_folders();

/// ONNX Runtime in this process.
struct Library {
  std::string version;
  std::filesystem::path path;
};

/// Loads libonnxruntime once, and makes its C++ API use it. Before this call no Ort:: function may be used.
///
/// errors  environment: it is not found, does not load, or is older than the headers this worker was built with
const Library& load_library();

}  // namespace autoaccel::runtime::onnxruntime
