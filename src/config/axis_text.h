#pragma once

#include <cstddef>
#include <string>

#include "autoaccel/tensor.h"

namespace autoaccel::config {

/// `2 (height)`: an axis with its symbolic name; `2` where the model gives it none, or only a `?`.
std::string axis_text(const TensorInfo& tensor, std::size_t axis);

}  // namespace autoaccel::config
