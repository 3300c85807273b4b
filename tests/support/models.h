#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "autoaccel/tensor.h"
#include "model/graph.h"
#include "model/model.h"

namespace autoaccel::test_support {

/// A model written in ONNX's text form (onnx/defs/parser.h). Throws std::invalid_argument with the parser's message.
///
///     <ir_version: 8, opset_import: ["" : 17]>
///     net (float[N, 2] x) => (float[N, 2] y) <float[2, 2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }
onnx::ModelProto proto_from_text(std::string_view text);
model::Model model_from_text(std::string_view text);

/// Values that repeat for a seed: floats in [-1, 1), integers over the type's range (below 1000 for 32 and 64 bits),
/// booleans 0 or 1; stored as raw_data.
onnx::TensorProto random_tensor(const std::string& name, ElementType type, const Shape& shape, std::uint64_t seed);

/// Adds random_tensor to the initializers.
void add_random_initializer(onnx::GraphProto& graph, const std::string& name, ElementType type, const Shape& shape,
                            std::uint64_t seed);

/// Writes the proto to `path` as it is.
void write_proto(const onnx::ModelProto& proto, const std::filesystem::path& path);

/// The model's proto with every weight as raw_data in it, wherever it was: what two models are compared by.
onnx::ModelProto resolved(const model::Model& model);

/// A chain of MatMul and Relu, float32 [1, side] → [1, side], whose weights (together `bytes`, rounded down to whole
/// matrices, at least one) lie in `<path>.data`. Streams: holds one matrix of side² floats at most.
void generate_large_model(const std::filesystem::path& path, std::uint64_t bytes, std::int64_t side = 2048);

/// Runs `work` in a child process and returns its peak resident memory in bytes (VmHWM, which counts mapped files).
/// Throws std::runtime_error when the child fails.
std::uint64_t peak_resident_bytes_of(const std::function<void()>& work);

}  // namespace autoaccel::test_support
