#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "autoaccel/tensor.h"

namespace autoaccel::pipeline {

/// Sets of inputs on disk, for workers to read: <root>/original/<k>/<index of input>.npy as the model takes them, and
/// beside it, made when they are asked for, the same in other types.
class SampleSets {
 public:
  using Bytes = std::map<std::string, ByteMapping>;  ///< the inputs that hold bytes, by name

  /// Those that are stored there. inputs  of the model, in its order
  SampleSets(std::filesystem::path root, std::vector<TensorInfo> inputs, int count, Bytes bytes = {});

  /// Replaces all below the root by these.
  static SampleSets store(const std::filesystem::path& root, std::vector<TensorInfo> inputs,
                          const std::vector<TensorSet>& sets);

  int count() const { return count_; }
  std::vector<std::string> names() const;  ///< of the inputs, by index

  /// One folder a set, with inputs of these types (by name; others as the model takes them), cast where they differ;
  /// where bytes are wanted of an input that holds them, the bytes that its numbers stand for.
  std::vector<std::filesystem::path> folders(const std::vector<TensorInfo>& wanted) const;

 private:
  std::filesystem::path root_;
  std::vector<TensorInfo> inputs_;
  int count_;
  Bytes bytes_;
};

}  // namespace autoaccel::pipeline
