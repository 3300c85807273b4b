#include <algorithm>

#include "base/text.h"
#include "config/axis_text.h"
#include "config/config.h"

namespace autoaccel::config {
namespace {

/// A size to start from for a dynamic axis that stands at a certain place of a shape.
///
/// Images have four axes with the channels in front (1, 3 or 4 of them) or behind; their sides are multiples of 32, as
/// strided networks want. Other long axes are sequences.
constexpr std::int64_t kImageSide = 224;
constexpr std::int64_t kSequence = 128;

bool is_channels(std::int64_t axis) { return axis == 1 || axis == 3 || axis == 4; }

bool is_image(const Shape& shape) { return shape.size() == 4 && (is_channels(shape[1]) || is_channels(shape[3])); }

std::int64_t plausible_size(const Shape& shape, std::size_t axis) {
  if (shape[axis] >= 0) return std::max<std::int64_t>(shape[axis], 1);
  if (axis == 0) return 1;
  return is_image(shape) ? kImageSide : kSequence;
}

Shape plausible_shape(const Shape& shape) {
  Shape sizes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) sizes.push_back(plausible_size(shape, axis));
  return sizes;
}

/// A YAML key: plain where no reader could take it for anything else, in double quotes otherwise.
/// Bytes that are not UTF-8 cannot stand in a YAML file; they are escaped, so that at least the rest can be read.
std::string yaml_key(const std::string& raw_name) {
  const std::string name = base::valid_utf8(raw_name);
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool starts_plain = !name.empty() && is_plain(name[0]) && !(name[0] >= '0' && name[0] <= '9');
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool is_word = std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
  if (starts_plain && !is_word && std::all_of(name.begin(), name.end(), is_plain)) return name;

  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      text += {'\\', c};
    else if (byte < 0x20 || byte == 0x7F)
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    else
      text += c;
  }
  return text + "\"";
}

std::string dynamic_axes_comment(const TensorInfo& tensor) {
  std::vector<std::string> axes;
  for (std::size_t axis = 0; axis < tensor.shape->size(); ++axis) {
    if ((*tensor.shape)[axis] >= 0) continue;
    axes.push_back(axis_text(tensor, axis));
  }
  if (axes.empty()) return {};
  return std::string("dynamic: ") + (axes.size() == 1 ? "axis " : "axes ") + base::join(axes, ", ");
}

std::string input_lines(const TensorInfo& input) {
  if (!input.shape) {
    return "  # not even the number of axes is known of the next one: write its shape\n  " + yaml_key(input.name) +
           ": {use_shape: [1]}  # " + to_text(input.type) + "\n";
  }
  const std::string comment = dynamic_axes_comment(input);
  const std::string shape = to_text(plausible_shape(*input.shape));
  std::string line = "  " + yaml_key(input.name) + ": {";
  if (!comment.empty()) line += "min_shape: " + shape + ", max_shape: " + shape + ", ";
  return line + "use_shape: " + shape + "}  # " + to_text(input.type) + (comment.empty() ? "" : "; " + comment) + "\n";
}

/// Outputs whose shape depends on the inputs' are left out: their sizes would be guesses that are then checked.
std::string output_lines(const std::vector<TensorInfo>& outputs) {
  std::string lines;
  for (const TensorInfo& output : outputs) {
    if (!output.shape) continue;
    const bool is_static =
        std::all_of(output.shape->begin(), output.shape->end(), [](std::int64_t axis) { return axis > 0; });
    if (is_static) lines += "  " + yaml_key(output.name) + ": {use_shape: " + to_text(*output.shape) + "}\n";
  }
  return lines;
}

}  // namespace

std::string starter_config(const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs) {
  std::string text =
      "device: cpu  # or the number of a GPU\n"
      "\n"
      "# use_shape is measured; only axes that are dynamic may differ between min_shape and max_shape.\n"
      "input:\n";
  for (const TensorInfo& input : inputs) text += input_lines(input);
  text += "\n";
  const std::string lines = output_lines(outputs);
  if (!lines.empty()) text += "output:\n" + lines + "\n";
  return text +
         "# Optional, here with what holds without them (all keys: docs/config.md):\n"
         "# objective: latency     # or throughput, size\n"
         "# search: {budget: 10 min, seed: 1, samples: 8}\n"
         "# limits: {seconds: 600}\n";
}

}  // namespace autoaccel::config
