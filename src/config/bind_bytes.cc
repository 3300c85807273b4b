#include <algorithm>

#include "base/text.h"
#include "config/config.h"

namespace autoaccel::config {
namespace {

[[noreturn]] void fail(std::string message, std::string hint, const std::optional<SourceLocation>& location) {
  Error error(Cause::usage, std::move(message), std::move(hint));
  if (location) error.at(*location);
  throw error;
}

/// shape  nullopt: not known
void bind(Located<ByteMapping>& bytes, const TensorInfo& tensor, const std::optional<Shape>& shape,
          std::string_view what) {
  const std::string name = std::string(what) + " '" + base::printable(tensor.name, 60) + "'";
  if (!is_float(tensor.type)) {
    fail("the " + name + " holds " + to_text(tensor.type) + ", and only floats can stand for bytes",
         "remove type: uint8", bytes.location);
  }
  const auto channels = static_cast<std::int64_t>(bytes.value.channels());
  if (channels == 1) return;
  const std::string count = std::to_string(channels) + " numbers";
  if (!shape) fail(count + " for the " + name + ", whose shape is not known", "add use_shape", bytes.location);
  const std::size_t rank = shape->size();
  if (rank >= 2 && (*shape)[1] == channels)
    bytes.value.axis = 1;
  else if (rank >= 2 && shape->back() == channels)
    bytes.value.axis = static_cast<int>(rank) - 1;
  else
    fail(count + " for the " + name + ", whose shape is " + base::printable(to_text(*shape)),
         "give one number, or one for each of the channels, which are axis 1 or the last", bytes.location);
}

const TensorInfo& find_tensor(const std::vector<TensorInfo>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo& t) { return t.name == name; });
  if (found == tensors.end()) throw Error(Cause::defect, "bind_shapes comes before bind_bytes");
  return *found;
}

}  // namespace

Config bind_bytes(Config config, const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs,
                  const std::map<std::string, InputShapes>& shapes) {
  for (InputConfig& input : config.inputs)
    if (input.bytes) bind(*input.bytes, find_tensor(inputs, input.name), shapes.at(input.name).use, "input");
  for (OutputConfig& output : config.outputs) {
    if (!output.bytes) continue;
    const TensorInfo& tensor = find_tensor(outputs, output.name);
    bind(*output.bytes, tensor, output.use_shape ? output.use_shape->value : tensor.shape, "output");
  }
  return config;
}

}  // namespace autoaccel::config
