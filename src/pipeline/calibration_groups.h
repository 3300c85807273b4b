#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "model/model.h"
#include "worker/protocol.h"

namespace autoaccel::pipeline {

/// Which values are looked at together: each group in one session.
struct WatchPlan {
  worker::Axes inputs;               ///< of the model: seen in the samples themselves
  std::vector<worker::Axes> groups;  ///< in the order of the graph: an early group needs the early nodes only
};

/// Sorts the wanted values into groups whose tensors take at most `bytes` together, a single larger one by itself.
///
/// Only what inference knows to be a float, made by a node of the main graph or given as an input, is watched;
/// constants, values of subgraphs and names that nothing has are passed over. A value of unknown shape counts like the
/// largest known. types  of the model's values at the shapes that it is run at
WatchPlan plan_watches(const model::Model& model, const worker::Axes& wanted,
                       const std::map<std::string, TensorInfo>& types, std::uint64_t bytes);

/// The values of a model's main graph that have rows of a known length below `most`, and the length of these: floats
/// made by a node or given as an input.
std::map<std::string, std::size_t> known_channels(const model::Model& model,
                                                  const std::map<std::string, TensorInfo>& types, std::size_t most);

/// Copies of a model that show inner values as outputs and hold only the nodes that these need; the weights are on disk
/// once, however many copies there are.
class WatchedCopies {
 public:
  /// Writes the weights into `folder`. cost  the model's size on disk
  WatchedCopies(const model::Model& model, std::filesystem::path folder, const base::CancelToken& cancel);

  /// The path of the model itself.
  std::filesystem::path whole() const;

  /// The path of a copy whose outputs are these values. It replaces the one before.
  std::filesystem::path show(const worker::Axes& values, const std::map<std::string, TensorInfo>& types) const;

  /// The path of a copy with one output for each of these values, in their order: Σ x xᵀ over the rows x of its last
  /// axis, which the runtime computes. It replaces the one before.
  ///
  /// values  of the main graph or inputs, with their numbers of channels
  std::filesystem::path show_products(const std::vector<std::pair<std::string, std::size_t>>& values) const;

 private:
  std::filesystem::path write(const onnx::ModelProto& copy) const;

  std::filesystem::path folder_;
  onnx::ModelProto whole_;  ///< its large weights in the folder
};

}  // namespace autoaccel::pipeline
