#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "model/data_file.h"
#include "model/scratch.h"

namespace autoaccel::model {

/// Bytes of a weight that do not exist yet: made slice by slice from another weight when the model is saved or read.
///
/// convert  fills `to` from `from`; both hold the same slices, the first of them number `first` of the tensor and k ≥ 1
///          altogether, k chosen by the reader so that the memory stays bounded. Called from several threads on
///          different slices, in any order.
struct DerivedWeight {
  onnx::TensorProto source;              ///< whose bytes are read (type, dims and location); may be derived itself
  std::uint64_t source_slice_bytes = 0;  ///< of one slice of the source
  std::uint64_t slice_bytes = 0;         ///< of the same slice of the result
  std::function<void(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t first)> convert;
};

/// A range of a file.
struct FileRange {
  std::shared_ptr<const DataFile> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Bytes in memory, shared by all that refer to them.
struct SharedBytes {
  std::shared_ptr<const void> owner;  ///< keeps them alive
  std::span<const std::byte> bytes;
};

/// The table behind the reserved locations of a model's tensors. Entries are only added, and shared between clones.
class WeightStore {
 public:
  /// Makes `tensor` refer to these bytes of a file.
  void set(onnx::TensorProto& tensor, FileRange range);

  /// errors  defect: sizes of slices that do not divide the tensors' sizes
  void set(onnx::TensorProto& tensor, DerivedWeight weight);

  /// Makes `tensor` refer to bytes in memory: clones of a model share them, and its proto stays small.
  /// errors  defect: more or fewer bytes than the tensor has
  void set(onnx::TensorProto& tensor, SharedBytes bytes);

  /// Does the tensor refer to an entry of a table like this?
  static bool is_reference(const onnx::TensorProto& tensor);

  /// The file and range where the tensor's bytes are; nullopt when they are in memory or derived.
  std::optional<FileRange> file_range(const onnx::TensorProto& tensor) const;

  /// Bytes that belong together: offsets given to `read` should be multiples of it. 1 for files and own data.
  std::uint64_t granularity(const onnx::TensorProto& tensor) const;

  /// Fills `to` with the tensor's dense bytes from `offset` on, wherever they are.
  /// errors  model: the file cannot be read; the tensor's own data do not fit its shape
  ///         defect: a reference that is not of this model, or whose size is not the tensor's
  void read(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to) const;

  /// The same with memory from before: for many reads one after the other.
  void read(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to, Scratch& scratch) const;

 private:
  using Place = std::variant<FileRange, DerivedWeight, SharedBytes>;
  const Place& place(const onnx::TensorProto& tensor) const;

  /// Where a read writes to, and how many derivations lie between it and what was asked for.
  struct Target {
    std::span<std::byte> to;
    Scratch& scratch;
    std::size_t depth = 0;
  };
  void read(const onnx::TensorProto& tensor, std::uint64_t offset, const Target& target) const;
  void read_derived(const DerivedWeight& weight, std::uint64_t offset, const Target& target) const;

  void refer(onnx::TensorProto& tensor, Place place);

  std::vector<std::shared_ptr<const Place>> places_;
};

}  // namespace autoaccel::model
