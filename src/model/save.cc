#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/new_file.h"
#include "model/state.h"
#include "model/tensor_data.h"
#include "model/wire_splice.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSliceBytes = 4 << 20;  // of one write; a thread holds one, and the slice it is made from
constexpr unsigned kMostThreads = 8;            // bounds memory on machines with many cores; disks need no more
constexpr std::uint64_t kLargestProto = std::numeric_limits<std::int32_t>::max() - (64u << 10);  // protobuf's limit
constexpr std::uint64_t kSmallAlignment = 64;   // bytes, of tensors below the file's alignment: a cache line

/// A range of one tensor on its way into a file.
struct Slice {
  const onnx::TensorProto* tensor;
  std::uint64_t from;    // offset in the tensor
  std::uint64_t length;
  std::uint64_t to;      // offset in the file
};

void append_slices(std::vector<Slice>& slices, const WeightStore& weights, const onnx::TensorProto& tensor,
                   std::uint64_t to) {
  const std::uint64_t total = dense_bytes(tensor);
  const std::uint64_t unit = weights.granularity(tensor);
  const std::uint64_t step = std::max(unit, kSliceBytes / unit * unit);
  for (std::uint64_t from = 0; from < total; from += step) {
    slices.push_back({&tensor, from, std::min(step, total - from), to + from});
  }
}

/// Writes slices, taken one after the other by several threads.
class SliceWriter {
 public:
  SliceWriter(const WeightStore& weights, const std::vector<Slice>& slices, const NewFile& file,
              const base::CancelToken* cancel)
      : weights_(weights), slices_(slices), file_(file), cancel_(cancel) {}

  void run() {
    const std::size_t threads = std::min<std::size_t>(
        {std::max(1u, std::thread::hardware_concurrency()), kMostThreads, slices_.size()});
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, [this] { work(); }));
    work();
    for (auto& other : others) other.get();
  }

 private:
  /// Stops the other threads when this one leaves by an exception.
  struct StopOthers {
    SliceWriter& writer;
    bool done = false;
    ~StopOthers() {
      if (!done) writer.next_ = writer.slices_.size();
    }
  };

  void work() {
    StopOthers guard{*this};
    std::vector<std::byte> buffer;
    while (true) {
      const std::size_t index = next_++;
      if (index >= slices_.size()) break;
      if (cancel_ != nullptr) cancel_->check();
      write(slices_[index], buffer);
    }
    guard.done = true;
  }

  void write(const Slice& slice, std::vector<std::byte>& buffer) const {
    if (const auto range = weights_.file_range(*slice.tensor)) {
      range->file->copy(range->offset + slice.from, slice.length, file_, slice.to);
      return;
    }
    buffer.resize(slice.length);
    weights_.read(*slice.tensor, slice.from, buffer);
    file_.write(slice.to, buffer);
  }

  const WeightStore& weights_;
  const std::vector<Slice>& slices_;
  const NewFile& file_;
  const base::CancelToken* cancel_;
  std::atomic<std::size_t> next_{0};
};

/// Weights inside the .onnx file.
std::vector<fs::path> save_embedded(const onnx::ModelProto& proto, const WeightStore& weights, const fs::path& path,
                                    const base::CancelToken* cancel) {
  const SplicedModel spliced = splice(proto.SerializeAsString(), dense_bytes);
  NewFile file(path, spliced.size);
  std::vector<Slice> slices;
  std::uint64_t offset = 0;
  for (const auto& piece : spliced.pieces) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) {
      file.write(offset, std::as_bytes(std::span(*bytes)));
      offset += bytes->size();
    } else {
      const auto& weight = std::get<SplicedModel::Weight>(piece);
      append_slices(slices, weights, weight.tensor, offset);
      offset += weight.length;
    }
  }
  SliceWriter(weights, slices, file, cancel).run();
  file.commit();
  return {path};
}

bool belongs_outside(const onnx::TensorProto& tensor) {
  return WeightStore::is_reference(tensor) || tensor.raw_data().size() > Model::kInlineBytes;
}

void refer_to_file(onnx::TensorProto& tensor, const std::string& location, std::uint64_t offset,
                   std::uint64_t length) {
  clear_data(tensor);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  const auto add = [&](const char* key, std::string value) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(std::move(value));
  };
  add("location", location);
  add("offset", std::to_string(offset));
  add("length", std::to_string(length));
}

/// Weights in one file beside the .onnx.
std::vector<fs::path> save_external(const onnx::ModelProto& proto, const WeightStore& weights, const fs::path& path,
                                    const Model::SaveOptions& options) {
  fs::path data_path = path;
  data_path += ".data";
  std::vector<Slice> slices;
  std::vector<std::uint64_t> offsets;
  std::uint64_t end = 0;
  for_each_tensor(proto, [&](const onnx::TensorProto& tensor) {
    if (!belongs_outside(tensor)) return;
    const std::uint64_t bytes = dense_bytes(tensor);
    const std::uint64_t alignment = bytes >= options.alignment ? options.alignment : kSmallAlignment;
    end = alignment == 0 ? end : (end + alignment - 1) / alignment * alignment;
    offsets.push_back(end);
    append_slices(slices, weights, tensor, end);
    end += bytes;
  });

  NewFile data(data_path, end);
  SliceWriter(weights, slices, data, options.cancel).run();

  onnx::ModelProto referring = proto;
  std::size_t index = 0;
  for_each_tensor(referring, [&](onnx::TensorProto& tensor) {
    if (belongs_outside(tensor)) refer_to_file(tensor, data_path.filename().string(), offsets[index++], dense_bytes(tensor));
  });
  const std::string bytes = referring.SerializeAsString();
  NewFile file(path, bytes.size());
  file.write(0, std::as_bytes(std::span(bytes)));
  data.commit();  // first: a .onnx must never name data that are not there
  file.commit();
  return {path, data_path};
}

/// Bytes that can leave the .onnx, and those that cannot.
struct Sizes {
  std::uint64_t weights = 0;
  std::uint64_t rest = 0;
};

Sizes sizes_of(const onnx::ModelProto& proto) {
  Sizes sizes;
  sizes.rest = proto.ByteSizeLong();
  for_each_tensor(proto, [&](const onnx::TensorProto& tensor) {
    if (WeightStore::is_reference(tensor)) {
      sizes.weights += dense_bytes(tensor);
    } else {
      sizes.weights += tensor.raw_data().size();
      sizes.rest -= tensor.raw_data().size();
    }
  });
  return sizes;
}

}  // namespace

std::vector<fs::path> save(const onnx::ModelProto& proto, const WeightStore& weights, const fs::path& path,
                           const Model::SaveOptions& options) {
  try {
    const fs::path target = fs::absolute(path);
    const Sizes sizes = sizes_of(proto);
    if (sizes.rest > kLargestProto) {
      throw Error(Cause::unsupported, fmt::format("the graph without its weights has {}, more than an .onnx file holds",
                                                  base::human_bytes(sizes.rest)));
    }
    const bool outside = sizes.weights > options.external_above_bytes || sizes.weights + sizes.rest > kLargestProto;
    std::vector<fs::path> files =
        outside ? save_external(proto, weights, target, options) : save_embedded(proto, weights, target, options.cancel);
    for (auto& file : files) file = path.parent_path() / file.filename();
    return files;
  } catch (Error& error) {
    error.add_context("saving " + base::printable(path.string()));
    throw;
  }
}

}  // namespace autoaccel::model
