#include "model/external_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const onnx::TensorProto& tensor, const std::string& why, std::string hint = {}) {
  throw Error(Cause::model, fmt::format("external data of {}: {}", describe(tensor), why), std::move(hint));
}

std::uint64_t number_from(const onnx::TensorProto& tensor, const std::string& key, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) {
    refuse(tensor, fmt::format("{} '{}' is not a number of bytes", key, base::printable(text, 40)));
  }
  return value;
}

/// Is `path` inside `folder`? Both canonical or both lexically normal.
bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

ExternalEntry external_entry(const onnx::TensorProto& tensor) {
  ExternalEntry entry;
  std::optional<std::uint64_t> length;
  int locations = 0;
  for (const auto& pair : tensor.external_data()) {
    if (pair.key() == "location") {
      entry.location = pair.value();
      ++locations;
    } else if (pair.key() == "offset") {
      entry.offset = number_from(tensor, "offset", pair.value());
    } else if (pair.key() == "length") {
      length = number_from(tensor, "length", pair.value());
    }
  }
  if (locations != 1 || entry.location.empty()) {
    refuse(tensor, locations > 1 ? "it names several files" : "it names no file");
  }
  if (has_own_data(tensor)) refuse(tensor, "the model file holds elements of it as well");
  entry.length = dense_bytes(tensor);
  if (length && *length != entry.length) {
    refuse(tensor, fmt::format("{} bytes where shape {} of {} needs {}", *length, to_text(shape_of(tensor)),
                               to_text(static_cast<ElementType>(tensor.data_type())), entry.length));
  }
  return entry;
}

std::vector<fs::path> allowed_folders(const fs::path& model_file) {
  std::vector<fs::path> folders = {fs::canonical(fs::absolute(model_file).parent_path())};
  const fs::path real = fs::canonical(model_file).parent_path();
  if (real != folders.front()) folders.push_back(real);
  return folders;
}

fs::path resolve_external(const fs::path& model_file, const std::string& location, const onnx::TensorProto& tensor) {
  const std::string name = base::printable(location);
  const fs::path relative = fs::path(location).lexically_normal();
  const bool leaves = relative.is_absolute() || relative.empty() || *relative.begin() == "..";
  if (leaves || location.find('\0') != std::string::npos) {
    refuse(tensor, fmt::format("'{}' is not a file below the model's folder", name));
  }
  const fs::path folder = fs::absolute(model_file).parent_path();
  std::error_code code;
  const fs::path real = fs::canonical(folder / relative, code);
  if (code) {
    refuse(tensor, fmt::format("'{}' cannot be found beside the model ({})", name, code.message()),
           "put the external data files into the model's folder, under the names they were exported with");
  }
  const std::vector<fs::path> folders = allowed_folders(model_file);
  if (std::none_of(folders.begin(), folders.end(), [&](const fs::path& each) { return is_inside(real, each); })) {
    refuse(tensor, fmt::format("'{}' is a link to a file outside the model's folder", name));
  }
  if (!fs::is_regular_file(real, code)) refuse(tensor, fmt::format("'{}' is not a regular file", name));
  return real;
}

}  // namespace autoaccel::model
