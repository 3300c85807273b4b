#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace autoaccel::model {

/// A serialized ModelProto in pieces: bytes as they are, and weights to be put in at their places as raw_data.
struct SplicedModel {
  struct Weight {
    onnx::TensorProto tensor;  ///< with the reference
    std::uint64_t length = 0;
  };
  using Piece = std::variant<std::string, Weight>;
  std::vector<Piece> pieces;
  std::uint64_t size = 0;  ///< of all pieces together
};

/// Replaces every reference by raw_data of `length_of(tensor)` bytes and adjusts the lengths of all messages around.
/// skeleton  as ModelProto::SerializeToString made it
SplicedModel splice(const std::string& skeleton,
                    const std::function<std::uint64_t(const onnx::TensorProto&)>& length_of);

}  // namespace autoaccel::model
