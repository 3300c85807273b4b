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
#include "base/cancel.h"
#include "model/weight_store.h"

namespace autoaccel::model {

struct ModelState;

/// An ONNX model: the graph in memory, its weights where they are on disk.
///
/// Loading reads the file's wire format and leaves every tensor of more than kInlineBytes (initializers, Constant
/// nodes, subgraphs at any depth, raw_data and packed float/double data) as a reference into the file, so a model of
/// any size costs the memory of its graph. proto() is a complete ModelProto in which such tensors have data_location
/// EXTERNAL and a location that only this object and its clones understand; small external tensors are read in. Weights
/// are read in slices and never mapped: resident memory stays bounded, and a file that changes meanwhile is an error.
class Model {
 public:
  static constexpr std::uint64_t kInlineBytes = 1024;

  /// errors  model: missing, not an ONNX file, truncated, external data missing, too short, or outside the model's
  ///         folder; each names the file and the tensor
  static Model load(const std::filesystem::path& path);

  /// A model made in memory (tests, generated graphs).
  /// errors  model: it has external tensors
  static Model from_proto(onnx::ModelProto proto);

  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// A second model that shares the weights' files; cost: the graph.
  Model clone() const;

  const std::filesystem::path& path() const;
  onnx::ModelProto& proto();
  const onnx::ModelProto& proto() const;

  /// The opset of the default domain; 0 when none is declared.
  std::int64_t opset() const;

  /// Bytes of a tensor of this model, wherever it is. `read_weight` works for every storage form of a TensorProto
  /// (raw, typed fields, external, derived) and gives dense little-endian elements.
  /// errors  model: data that do not fit the shape; unsupported: strings and types that Tensor does not know
  Tensor read_weight(const onnx::TensorProto& tensor) const;

  /// The tensor's dense bytes front to back, `slice_bytes` (a multiple of the element's size) at a time, the last slice
  /// shorter: for figures over weights of any size. Holds one slice in memory; may be called from several threads.
  void for_each_slice(const onnx::TensorProto& tensor, std::uint64_t slice_bytes,
                      const std::function<void(std::span<const std::byte>)>& visit) const;

  /// Fills `to` with the tensor's dense bytes from `offset` on; may be called from several threads.
  void read_bytes(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to) const;

  /// Bytes of a tensor that are made together: reading fewer of a derived one makes as many. 1 for all others.
  std::uint64_t granularity(const onnx::TensorProto& tensor) const;

  /// Size in bytes of a tensor's dense data. errors  as read_weight
  static std::uint64_t weight_bytes(const onnx::TensorProto& tensor);

  /// Points `tensor` (whose name, dims and data_type are set by the caller) at bytes to be made on saving.
  /// errors  defect: slices that do not make the tensor's size
  void set_derived(onnx::TensorProto& tensor, DerivedWeight weight);

  /// Points `tensor` at bytes in memory that clones of the model share.
  /// errors  defect: more or fewer bytes than the tensor has
  void set_shared(onnx::TensorProto& tensor, SharedBytes bytes);

  /// Stores bytes in `tensor` itself (raw_data), for small constants.
  static void set_inline(onnx::TensorProto& tensor, std::span<const std::byte> bytes);

  struct SaveOptions {
    std::uint64_t external_above_bytes = 1ull << 30;  ///< total weights above this go to one `<name>.data` file
    std::uint64_t alignment = 64 << 10;               ///< in the external file, of tensors of at least this size
    const base::CancelToken* cancel = nullptr;        ///< looked at between slices of a few megabytes
  };
  /// Streams the model to `path` (weights read, converted and written slice by slice on all cores; resident memory
  /// stays bounded), then renames it into place; a failed save leaves nothing. Returns the files written, the .onnx
  /// first. Weights that would make the .onnx larger than protobuf's 2 GB go to the external file whatever the options
  /// say. errors  environment: disk full, not writable; interrupted
  std::vector<std::filesystem::path> save(const std::filesystem::path& path, const SaveOptions& options) const;
  std::vector<std::filesystem::path> save(const std::filesystem::path& path) const { return save(path, SaveOptions{}); }

  /// The model's own files: the .onnx and its external data files, without duplicates.
  std::vector<std::filesystem::path> files() const;

  /// Graph inputs without those that are initializers; outputs as declared.
  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;

  /// A proto for onnx's checker, shape inference and version converter, which look for files where they see external
  /// data: weights of the main graph that are not inline become graph inputs of the same name, type and shape; those of
  /// subgraphs and functions become ConstantOfShape (which no graph around can replace when they are outputs); what
  /// neither can express is read in.
  onnx::ModelProto detached() const;

 private:
  explicit Model(std::unique_ptr<ModelState> state);
  std::unique_ptr<ModelState> state_;
};

/// onnx::checker on the detached model; custom domains pass unchecked.
/// errors  model: the checker's message with the model's path
void check(const Model& model);

/// Type and shape of every value, by ONNX's shape inference at the given input shapes (by name; others as declared).
///
/// Values that inference cannot reach have what the model declares, or are absent. Custom domains stop it only where
/// they stand. Declared shapes that contradict it are dropped. Names in subgraphs are included where they are unique.
/// errors  defect: input_shapes names a value that is no input
std::map<std::string, TensorInfo> infer_types(const Model& model,
                                              const std::map<std::string, Shape>& input_shapes = {});

/// Name, digest, size, opset, inputs and outputs.
ModelSummary summarize(const Model& model);

}  // namespace autoaccel::model
