#include "samples/image_layout.h"

#include <algorithm>

namespace autoaccel::samples {
namespace {

bool is_channels(std::int64_t axis, bool one_too) { return axis == 3 || axis == 4 || (one_too && axis == 1); }

/// Neither a list of points nor a strip: sides of a plausible picture.
bool is_picture(std::int64_t rows, std::int64_t columns, std::int64_t least) {
  constexpr std::int64_t kMostStretched = 64;
  return std::min(rows, columns) >= least && std::max(rows, columns) <= kMostStretched * std::min(rows, columns);
}

}  // namespace

std::optional<ImageLayout> image_layout(const Shape& shape, bool bytes) {
  const int rank = static_cast<int>(shape.size());
  if (rank < 3 || rank > 5) return std::nullopt;
  const std::int64_t least = rank == 3 ? 16 : 8;
  const bool one_too = rank > 3 || bytes;
  const int last = rank - 1;
  // Channels first, right before the rows or (videos) before the frames; then channels last.
  for (const int channels : {last - 2, last - 3}) {
    if (channels < (rank > 3 ? 1 : 0)) continue;
    if (is_channels(shape[channels], one_too) && is_picture(shape[last - 1], shape[last], least)) {
      return ImageLayout{last - 1, last, channels};
    }
  }
  if (is_channels(shape[last], one_too) && is_picture(shape[last - 2], shape[last - 1], least)) {
    return ImageLayout{last - 2, last - 1, last};
  }
  return std::nullopt;
}

}  // namespace autoaccel::samples
