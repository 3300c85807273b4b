#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "autoaccel/tensor.h"
#include "base/files.h"

namespace autoaccel::model {

/// Bytes of a weight that do not exist yet: made slice by slice from another weight when the model is saved.
///
/// convert  fills `to` from `from`, whole slices at a time; called from several threads on different slices
struct DerivedWeight {
  onnx::TensorProto source;             ///< whose bytes are read (type, dims and location)
  std::uint64_t source_slice_bytes = 0; ///< of one slice of the source
  std::uint64_t slice_bytes = 0;        ///< of the same slice of the result
  std::function<void(std::span<const std::byte> from, std::span<std::byte> to)> convert;
};

/// An ONNX model: the graph in memory, its weights where they are on disk.
///
/// Loading reads the file's wire format and leaves every tensor of more than kInlineBytes (initializers, Constant
/// nodes, subgraphs at any depth, raw_data and packed float/double data) as a reference into the mapped file, so a
/// model of any size costs the memory of its graph. proto() is a complete ModelProto in which such tensors have
/// data_location EXTERNAL and a location that only this object understands; small external tensors are read in.
class Model {
 public:
  static constexpr std::uint64_t kInlineBytes = 1024;

  /// errors  model: missing, not an ONNX file, truncated, external data missing, too short, or outside the model's
  ///         folder; each names the file and the tensor
  static Model load(const std::filesystem::path& path);

  /// A model made in memory (tests, generated graphs): nothing is external.
  static Model from_proto(onnx::ModelProto proto);

  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// A second model that shares the mapped weights; cost: the graph.
  Model clone() const;

  const std::filesystem::path& path() const;
  onnx::ModelProto& proto();
  const onnx::ModelProto& proto() const;

  /// The opset of the default domain; 0 when none is declared.
  std::int64_t opset() const;

  /// Bytes of a tensor of this model, wherever it is. `read_weight` works for every storage form of a TensorProto
  /// (raw, typed fields, external, derived) and gives dense little-endian elements.
  Tensor read_weight(const onnx::TensorProto& tensor) const;

  /// The tensor's dense bytes front to back, `slice_bytes` (a multiple of the element's size) at a time, the last slice
  /// shorter: for figures over weights of any size. Holds one slice in memory; may be called from several threads.
  void for_each_slice(const onnx::TensorProto& tensor, std::uint64_t slice_bytes,
                      const std::function<void(std::span<const std::byte>)>& visit) const;

  /// Size in bytes of a tensor's dense data.
  static std::uint64_t weight_bytes(const onnx::TensorProto& tensor);

  /// Points `tensor` (whose name, dims and data_type are set by the caller) at bytes to be made on saving.
  void set_derived(onnx::TensorProto& tensor, DerivedWeight weight);

  /// Stores bytes in `tensor` itself (raw_data), for small constants.
  static void set_inline(onnx::TensorProto& tensor, std::span<const std::byte> bytes);

  struct SaveOptions {
    std::uint64_t external_above_bytes = 1ull << 30;  ///< total weights above this go to one `<name>.data` file
    std::uint64_t alignment = 64 << 10;               ///< of tensors in the external file
  };
  /// Streams the model to `path` (weights read, converted and written slice by slice on all cores; resident memory stays
  /// bounded), then renames it into place; a failed save leaves nothing. Returns the files written, the .onnx first.
  /// errors  environment: disk full, not writable
  std::vector<std::filesystem::path> save(const std::filesystem::path& path, const SaveOptions& options) const;
  std::vector<std::filesystem::path> save(const std::filesystem::path& path) const { return save(path, SaveOptions{}); }

  /// The model's own files: the .onnx and its external data files, without duplicates.
  std::vector<std::filesystem::path> files() const;

  /// Graph inputs without those that are initializers; outputs as declared.
  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;

  /// A proto for onnx's checker, shape inference and version converter: weights that are not inline are replaced by graph
  /// inputs of the same name, type and shape, so that none of these tools looks for files.
  onnx::ModelProto detached() const;

 private:
  struct State;
  explicit Model(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// onnx::checker on the detached model. errors  model: the checker's message with the model's path
void check(const Model& model);

/// Type and shape of every value, by ONNX's shape inference at the given input shapes (by name; others as declared).
///
/// Values that inference cannot reach are absent. Custom domains stop it only where they stand. Names in subgraphs are
/// included where they are unique.
std::map<std::string, TensorInfo> infer_types(const Model& model, const std::map<std::string, Shape>& input_shapes = {});

/// Name, digest, size, opset, inputs and outputs.
ModelSummary summarize(const Model& model);

}  // namespace autoaccel::model
