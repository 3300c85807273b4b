#include "config/axis_text.h"

#include "base/text.h"

namespace autoaccel::config {

std::string axis_text(const TensorInfo& tensor, std::size_t axis) {
  const std::string name = axis < tensor.axes.size() ? tensor.axes[axis] : "";
  const bool is_named = !name.empty() && name != "?";
  return std::to_string(axis) + (is_named ? " (" + base::printable(name, 40) + ")" : "");
}

}  // namespace autoaccel::config
