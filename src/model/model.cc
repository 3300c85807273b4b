#include "model/model.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/files.h"
#include "model/graph.h"
#include "model/state.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

/// `<hex>  <name>` per file, as sha256sum prints it, so that the order and the names count as well.
std::string digest_of(const std::vector<std::filesystem::path>& files) {
  if (files.size() == 1) return base::sha256_of_file(files.front());
  std::string lines;
  for (const auto& file : files) lines += base::sha256_of_file(file) + "  " + file.filename().string() + "\n";
  return base::sha256_of_text(lines);
}

}  // namespace

TensorInfo info_from(const onnx::ValueInfoProto& value) {
  TensorInfo info;
  info.name = value.name();
  if (!value.type().has_tensor_type()) return info;
  const auto& type = value.type().tensor_type();
  info.type = static_cast<ElementType>(type.elem_type());
  if (!type.has_shape()) return info;
  Shape shape;
  for (const auto& dim : type.shape().dim()) {
    const bool fixed = dim.has_dim_value() && dim.dim_value() >= 0;  // some exporters write -1 for dynamic
    shape.push_back(fixed ? dim.dim_value() : -1);
    info.axes.push_back(dim.has_dim_param() ? dim.dim_param() : std::string());
  }
  info.shape = std::move(shape);
  return info;
}

Model::Model(std::unique_ptr<ModelState> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::clone() const { return Model(std::make_unique<ModelState>(*state_)); }

const std::filesystem::path& Model::path() const { return state_->path; }
onnx::ModelProto& Model::proto() { return state_->proto; }
const onnx::ModelProto& Model::proto() const { return state_->proto; }
std::vector<std::filesystem::path> Model::files() const { return state_->files; }

std::int64_t Model::opset() const {
  for (const auto& import : proto().opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
  }
  return 0;
}

Tensor Model::read_weight(const onnx::TensorProto& tensor) const {
  const std::uint64_t bytes = dense_bytes(tensor);  // before memory is asked for
  Tensor result(static_cast<ElementType>(tensor.data_type()), shape_of(tensor));
  if (bytes > 0) state_->weights.read(tensor, 0, result.bytes());
  return result;
}

void Model::for_each_slice(const onnx::TensorProto& tensor, std::uint64_t slice_bytes,
                           const std::function<void(std::span<const std::byte>)>& visit) const {
  const std::uint64_t total = dense_bytes(tensor);
  if (!WeightStore::is_reference(tensor)) {
    const std::string own = own_data(tensor);
    const std::span<const std::byte> bytes = std::as_bytes(std::span(own));
    for (std::uint64_t offset = 0; offset < total; offset += slice_bytes) {
      visit(bytes.subspan(offset, std::min(slice_bytes, total - offset)));
    }
    return;
  }
  Scratch scratch;
  std::vector<std::byte> slice;
  for (std::uint64_t offset = 0; offset < total; offset += slice.size()) {
    slice.resize(std::min(slice_bytes, total - offset));
    state_->weights.read(tensor, offset, slice, scratch);
    visit(slice);
  }
}

void Model::read_bytes(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to) const {
  state_->weights.read(tensor, offset, to);
}

std::uint64_t Model::granularity(const onnx::TensorProto& tensor) const { return state_->weights.granularity(tensor); }

std::uint64_t Model::weight_bytes(const onnx::TensorProto& tensor) { return dense_bytes(tensor); }

void Model::set_derived(onnx::TensorProto& tensor, DerivedWeight weight) {
  state_->weights.set(tensor, std::move(weight));
}

void Model::set_shared(onnx::TensorProto& tensor, SharedBytes bytes) { state_->weights.set(tensor, std::move(bytes)); }

void Model::set_inline(onnx::TensorProto& tensor, std::span<const std::byte> bytes) {
  clear_data(tensor);
  tensor.set_raw_data(bytes.data(), bytes.size());
}

std::vector<std::filesystem::path> Model::save(const std::filesystem::path& path, const SaveOptions& options) const {
  return model::save(state_->proto, state_->weights, path, options);
}

std::vector<TensorInfo> Model::inputs() const {
  std::set<std::string_view> initializers;
  for (const auto& tensor : proto().graph().initializer()) initializers.insert(tensor.name());
  for (const auto& sparse : proto().graph().sparse_initializer()) initializers.insert(sparse.values().name());
  std::vector<TensorInfo> inputs;
  for (const auto& value : proto().graph().input()) {
    if (!initializers.contains(value.name())) inputs.push_back(info_from(value));
  }
  return inputs;
}

std::vector<TensorInfo> Model::outputs() const {
  std::vector<TensorInfo> outputs;
  for (const auto& value : proto().graph().output()) outputs.push_back(info_from(value));
  return outputs;
}

ModelSummary summarize(const Model& model) {
  ModelSummary summary;
  summary.file = model.path().string();
  if (model.files().empty()) {
    const std::string bytes = model.proto().SerializeAsString();
    summary.sha256 = base::sha256_of_text(bytes);
    summary.bytes = bytes.size();
  } else {
    summary.sha256 = digest_of(model.files());
    for (const auto& file : model.files()) summary.bytes += std::filesystem::file_size(file);
  }
  summary.opset = model.opset();
  summary.inputs = model.inputs();
  summary.outputs = model.outputs();
  return summary;
}

}  // namespace autoaccel::model
