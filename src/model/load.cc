#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/data_file.h"
#include "model/external_data.h"
#include "model/graph.h"
#include "model/model.h"
#include "model/state.h"
#include "model/tensor_data.h"
#include "model/wire_format.h"
#include "model/wire_scan.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;

// Files kept open; a model with one file per tensor has thousands, and a process may have 1024.
constexpr std::size_t kOpenFiles = 64;

std::shared_ptr<const DataFile> open_model(const fs::path& path) {
  std::error_code code;
  const fs::path real = fs::canonical(path, code);
  if (code) {
    throw Error(Cause::model, fmt::format("{} cannot be opened: {}", base::printable(path.string()), code.message()),
                "check the path of the model");
  }
  return std::make_shared<const DataFile>(real);
}

[[noreturn]] void throw_not_onnx(const fs::path& path, std::string_view why) {
  throw Error(Cause::model, fmt::format("{} is not an ONNX model: {}", base::printable(path.string()), why),
              "give a file that was exported as .onnx");
}

onnx::ModelProto parse(const std::string& skeleton, const fs::path& path) {
  onnx::ModelProto proto;
  if (skeleton.empty()) throw_not_onnx(path, "the file is empty");
  if (!proto.ParseFromString(skeleton)) throw_not_onnx(path, "its fields are not those of ONNX");
  if (!proto.has_graph()) throw_not_onnx(path, "it has no graph");
  return proto;
}

/// Turns what the scan left out into entries of the model's table.
class Binder {
 public:
  Binder(ModelState& state, std::shared_ptr<const DataFile> file, const std::vector<ScannedModel::Range>& ranges)
      : state_(state), file_(std::move(file)), ranges_(ranges), used_(ranges.size(), false) {}

  void bind(onnx::TensorProto& tensor) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
    const ExternalEntry entry = external_entry(tensor);
    if (entry.location.starts_with(wire::kReservedPrefix)) {
      bind_scanned(tensor, entry);
    } else {
      bind_external(tensor, entry);
    }
  }

 private:
  void bind_scanned(onnx::TensorProto& tensor, const ExternalEntry& entry) {
    // The scan wrote the number itself and refuses files that contain such a location.
    const std::size_t index = std::stoull(entry.location.substr(std::string_view(wire::kReservedPrefix).size()));
    const ScannedModel::Range& range = ranges_.at(index);
    const bool fits = tensor.external_data_size() == 1 && !used_[index] && range.length == entry.length &&
                      field_fits(range.field, tensor.data_type());
    if (!fits) {
      throw Error(Cause::model,
                  fmt::format("{} of shape {} has {} bytes of data in the file at byte {}, and needs {}",
                              describe(tensor), to_text(shape_of(tensor)), range.length, range.offset, entry.length));
    }
    used_[index] = true;
    state_.weights.set(tensor, FileRange{file_, range.offset, range.length});
  }

  static bool field_fits(std::uint32_t field, int type) {
    if (field == wire::kFloatData) return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::COMPLEX64;
    if (field == wire::kDoubleData) return type == onnx::TensorProto::DOUBLE || type == onnx::TensorProto::COMPLEX128;
    return true;
  }

  void bind_external(onnx::TensorProto& tensor, const ExternalEntry& entry) {
    const std::shared_ptr<const DataFile> file = external_file(tensor, entry.location);
    if (entry.offset > file->size() || entry.length > file->size() - entry.offset) {
      throw Error(Cause::model,
                  fmt::format("external data of {}: {} bytes at byte {} of '{}', which has {} bytes", describe(tensor),
                              entry.length, entry.offset, base::printable(entry.location), file->size()),
                  "the data file is cut off or belongs to another model; copy it again");
    }
    if (entry.length > Model::kInlineBytes) {
      state_.weights.set(tensor, FileRange{file, entry.offset, entry.length});
      return;
    }
    std::string bytes(entry.length, '\0');
    file->read(entry.offset, std::as_writable_bytes(std::span(bytes)));
    clear_data(tensor);
    tensor.set_raw_data(std::move(bytes));
  }

  std::shared_ptr<const DataFile> external_file(const onnx::TensorProto& tensor, const std::string& location) {
    if (const auto found = by_location_.find(location); found != by_location_.end()) return found->second;
    const fs::path real = resolve_external(state_.path, location, tensor);
    std::shared_ptr<const DataFile>& file = by_path_[real];
    if (!file) {
      const auto hold = by_path_.size() <= kOpenFiles ? DataFile::Hold::open : DataFile::Hold::closed;
      file = std::make_shared<const DataFile>(real, hold);
      state_.files.push_back(fs::path(state_.path).parent_path() / fs::path(location).lexically_normal());
    }
    by_location_.emplace(location, file);
    return file;
  }

  ModelState& state_;
  std::shared_ptr<const DataFile> file_;
  const std::vector<ScannedModel::Range>& ranges_;
  std::vector<bool> used_;
  std::map<std::string, std::shared_ptr<const DataFile>> by_location_;
  std::map<fs::path, std::shared_ptr<const DataFile>> by_path_;
};

}  // namespace

Model Model::load(const fs::path& path) {
  auto state = std::make_unique<ModelState>();
  state->path = path;
  state->files = {path};
  const std::shared_ptr<const DataFile> file = open_model(path);
  try {
    const ScannedModel scanned = scan(*file, kInlineBytes);
    state->proto = parse(scanned.skeleton, path);
    Binder binder(*state, file, scanned.ranges);
    for_each_tensor(state->proto, [&](onnx::TensorProto& tensor) { binder.bind(tensor); });
  } catch (Error& error) {
    error.add_context("loading " + base::printable(path.string()));
    throw;
  }
  return Model(std::move(state));
}

Model Model::from_proto(onnx::ModelProto proto) {
  auto state = std::make_unique<ModelState>();
  state->proto = std::move(proto);
  for_each_tensor(std::as_const(state->proto), [](const onnx::TensorProto& tensor) {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
      throw Error(Cause::model, fmt::format("{} is external, and a model in memory has no folder", describe(tensor)));
    }
  });
  return Model(std::move(state));
}

}  // namespace autoaccel::model
