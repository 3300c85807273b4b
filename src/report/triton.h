#pragma once

#include <optional>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::report {

/// The model's name in a Triton model repository, which is also that of its folder: of the user's file, letters,
/// digits,
/// `_`, `-` and `.` only.
std::string triton_name(const Run& run);

/// The file that the backend looks for in a version folder, for a file of the artifact: `model.onnx`, `model.xml`,
/// `model.bin`; what an ONNX file refers to by name keeps its own.
std::string triton_file_name(const Variant& variant, const std::string& file);

/// config.pbtxt for the record as it was measured; a setting that the backend has no parameter for is named in a
/// comment.
///
/// max_batch_size is the measured batch where axis 0 of every input and output counts samples, and 0 where it does not,
/// and for OpenVINO, whose backend takes batches of exactly one size: dims then hold all axes.
/// returns  nullopt for a runtime without a backend here, and for types that Triton does not know
/// source   ModelConfig in protobuf/model_config.proto of triton-inference-server/common; the READMEs of
///          onnxruntime_backend and openvino_backend
std::optional<std::string> triton_config(const Run& run, const Record& record);

}  // namespace autoaccel::report
