#pragma once

#include <filesystem>
#include <vector>

#include "model/model.h"
#include "model/weight_store.h"

namespace autoaccel::model {

/// What a Model holds; for the sources of this folder.
struct ModelState {
  std::filesystem::path path;  ///< as given to load; empty for a model made in memory
  onnx::ModelProto proto;
  WeightStore weights;
  std::vector<std::filesystem::path> files;  ///< the .onnx first
};

/// What `value` declares.
TensorInfo info_from(const onnx::ValueInfoProto& value);

/// Writes `proto`, whose references are into `weights`, to `path`: Model::save.
std::vector<std::filesystem::path> save(const onnx::ModelProto& proto, const WeightStore& weights,
                                        const std::filesystem::path& path, const Model::SaveOptions& options);

}  // namespace autoaccel::model
