#include <algorithm>
#include <limits>

#include "base/text.h"
#include "config/axis_text.h"
#include "config/config.h"

namespace autoaccel::config {
namespace {

[[noreturn]] void fail(std::string message, std::string hint, const std::optional<SourceLocation>& location) {
  Error error(Cause::usage, std::move(message), std::move(hint));
  if (location) error.at(*location);
  throw error;
}

std::string in_quotes(std::string_view name) { return "'" + base::printable(name, 60) + "'"; }

std::vector<std::string> names_of(const std::vector<TensorInfo>& tensors) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors) names.push_back(tensor.name);
  return names;
}

const TensorInfo* find_tensor(const std::vector<TensorInfo>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

const InputConfig* find_input(const Config& config, const std::string& name) {
  const auto found = std::find_if(config.inputs.begin(), config.inputs.end(),
                                  [&](const InputConfig& input) { return input.name == name; });
  return found == config.inputs.end() ? nullptr : &*found;
}

template <typename Named>
void require_known(const std::vector<Named>& configured, const std::vector<TensorInfo>& tensors,
                   std::string_view what) {
  const std::vector<std::string> names = names_of(tensors);
  for (const Named& named : configured) {
    if (find_tensor(tensors, named.name)) continue;
    fail("the model has no " + std::string(what) + " " + in_quotes(named.name), base::suggestion(named.name, names),
         named.location);
  }
}

bool is_batch_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower == "n" || lower == "b" || lower == "bs" || lower.find("batch") != std::string::npos;
}

std::string axis_name(const TensorInfo& tensor, std::size_t axis) { return "axis " + axis_text(tensor, axis); }

/// The rank and the static axes of a configured shape are the model's.
void require_fits(const TensorInfo& tensor, const Located<Shape>& given, std::string_view key) {
  if (!tensor.shape) return;
  const Shape& declared = *tensor.shape;
  const std::string shown = in_quotes(tensor.name) + " is " + base::printable(to_text(declared));
  if (given.value.size() != declared.size()) {
    const std::size_t count = given.value.size();
    fail(std::string(key) + " " + to_text(given.value) + " has " + std::to_string(count) +
             (count == 1 ? " axis" : " axes") + ", but " + shown + " in the model",
         declared.empty() ? "write []" : "a -1 marks an axis that is dynamic", given.location);
  }
  for (std::size_t axis = 0; axis < declared.size(); ++axis) {
    if (declared[axis] < 0 || declared[axis] == given.value[axis]) continue;
    fail(std::string(key) + " changes " + axis_name(tensor, axis) + " of " + in_quotes(tensor.name) + " from " +
             std::to_string(declared[axis]) + " to " + std::to_string(given.value[axis]) + ", but that axis is static",
         "write " + std::to_string(declared[axis]) + " there", given.location);
  }
}

/// The input's line of the starter config, to copy into the file that lacks it.
std::string lines_for(const TensorInfo& input) {
  const std::string starter = starter_config({input}, {});
  const std::size_t begin = starter.find("input:\n");
  return starter.substr(begin, starter.find("\n\n", begin) - begin);
}

/// The declared shape where config.yml gives none; a dynamic batch axis becomes 1.
Shape shape_from_model(const TensorInfo& input, const InputConfig* configured) {
  const auto location = configured ? configured->location : std::nullopt;
  if (!input.shape) {
    fail("the model does not say the shape of input " + in_quotes(input.name),
         "add to config.yml:\n" + lines_for(input), location);
  }
  Shape shape = *input.shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] >= 0) continue;
    const bool is_batch = axis == 0 && !input.axes.empty() && is_batch_name(input.axes[0]);
    if (!is_batch) {
      fail(axis_name(input, axis) + " of input " + in_quotes(input.name) + " is dynamic and has no size",
           "add to config.yml, with sizes that fit:\n" + lines_for(input), location);
    }
    shape[axis] = 1;
  }
  return shape;
}

InputShapes shapes_of(const TensorInfo& input, const InputConfig* configured) {
  if (!configured || !configured->use_shape) {
    const Shape shape = shape_from_model(input, configured);
    return {.use = shape, .min = shape, .max = shape};
  }
  const Located<Shape>& use = *configured->use_shape;
  const Located<Shape>& min = configured->min_shape ? *configured->min_shape : use;
  const Located<Shape>& max = configured->max_shape ? *configured->max_shape : use;
  require_fits(input, use, "use_shape");
  require_fits(input, min, "min_shape");
  require_fits(input, max, "max_shape");
  return {.use = use.value, .min = min.value, .max = max.value};
}

}  // namespace

std::map<std::string, InputShapes> bind_shapes(const Config& config, const std::vector<TensorInfo>& inputs,
                                               const std::vector<TensorInfo>& outputs) {
  require_known(config.inputs, inputs, "input");
  require_known(config.outputs, outputs, "output");
  for (const OutputConfig& output : config.outputs) {
    if (output.use_shape) require_fits(*find_tensor(outputs, output.name), *output.use_shape, "use_shape");
  }
  std::map<std::string, InputShapes> shapes;
  for (const TensorInfo& input : inputs) shapes[input.name] = shapes_of(input, find_input(config, input.name));
  return shapes;
}

std::map<std::string, Shape> use_shapes(const std::map<std::string, InputShapes>& shapes) {
  std::map<std::string, Shape> use;
  for (const auto& [name, shape] : shapes) use[name] = shape.use;
  return use;
}

}  // namespace autoaccel::config
