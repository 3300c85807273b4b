#pragma once

#include <cstdint>
#include <optional>

#include "autoaccel/tensor.h"

namespace autoaccel::samples {

/// Where the pictures of a tensor are: which axes are rows and columns, and which, if any, the channels. All other axes
/// count pictures.
struct ImageLayout {
  int rows = 0, columns = 0, channels = 0;  ///< axes
  bool channels_last() const { return channels > columns; }
};

/// The layout of a shape that looks like pictures; nullopt when it does not: rank 4 or 5 with an axis of 1, 3 or 4
/// channels before or behind the rows and columns, or rank 3 with one of 3 or 4 (1 only with `bytes`, since [1, T, D]
/// are sequences); at least 8 rows and columns (16 where the rank is 3).
std::optional<ImageLayout> image_layout(const Shape& shape, bool bytes);

}  // namespace autoaccel::samples
