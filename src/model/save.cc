#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/new_file.h"
#include "model/state.h"
#include "model/tensor_data.h"
#include "model/weight_writer.h"
#include "model/wire_splice.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestProto = std::numeric_limits<std::int32_t>::max() - (64u << 10);  // protobuf's limit
constexpr std::uint64_t kSmallAlignment = 64;  // bytes, of tensors below the file's alignment: a cache line

/// Weights inside the .onnx file.
std::vector<fs::path> save_embedded(const onnx::ModelProto& proto, const WeightStore& weights, const fs::path& path,
                                    const base::CancelToken* cancel) {
  const SplicedModel spliced = splice(proto.SerializeAsString(), dense_bytes);
  NewFile file(path, spliced.size);
  std::vector<PlacedWeight> placed;
  std::uint64_t offset = 0;
  for (const auto& piece : spliced.pieces) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) {
      file.write(offset, std::as_bytes(std::span(*bytes)));
      offset += bytes->size();
    } else {
      const auto& weight = std::get<SplicedModel::Weight>(piece);
      placed.push_back({&weight.tensor, offset});
      offset += weight.length;
    }
  }
  write_weights(weights, placed, file, cancel);
  file.commit();
  return {path};
}

bool belongs_outside(const onnx::TensorProto& tensor) {
  return WeightStore::is_reference(tensor) || tensor.raw_data().size() > Model::kInlineBytes;
}

void refer_to_file(onnx::TensorProto& tensor, const std::string& location, std::uint64_t offset, std::uint64_t length) {
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
  std::vector<PlacedWeight> placed;
  std::uint64_t end = 0;
  for_each_tensor(proto, [&](const onnx::TensorProto& tensor) {
    if (!belongs_outside(tensor)) return;
    const std::uint64_t bytes = dense_bytes(tensor);
    const std::uint64_t alignment = bytes >= options.alignment ? options.alignment : kSmallAlignment;
    end = alignment == 0 ? end : (end + alignment - 1) / alignment * alignment;
    placed.push_back({&tensor, end});
    end += bytes;
  });

  NewFile data(data_path, end);
  write_weights(weights, placed, data, options.cancel);

  onnx::ModelProto referring = proto;
  auto next = placed.begin();
  for_each_tensor(referring, [&](onnx::TensorProto& tensor) {
    if (!belongs_outside(tensor)) return;
    refer_to_file(tensor, data_path.filename().string(), next->offset, dense_bytes(tensor));
    ++next;
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
    std::vector<fs::path> files = outside ? save_external(proto, weights, target, options)
                                          : save_embedded(proto, weights, target, options.cancel);
    for (auto& file : files) file = path.parent_path() / file.filename();
    return files;
  } catch (Error& error) {
    error.add_context("saving " + base::printable(path.string()));
    throw;
  }
}

}  // namespace autoaccel::model
