#include "base/concatenate.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "autoaccel/error.h"

namespace autoaccel::base {
namespace {

void require_alike(const Tensor& first, const Tensor& part, std::size_t axis) {
  Shape wanted = first.shape();
  if (axis < part.shape().size() && axis < wanted.size()) wanted[axis] = part.shape()[axis];
  if (axis >= wanted.size() || part.type() != first.type() || part.shape() != wanted ||
      bits_per_element(first.type()) % 8 != 0)
    throw Error(Cause::defect, "tensors that do not fit are put together: " + to_text(first.type()) +
                                   to_text(first.shape()) + " and " + to_text(part.type()) + to_text(part.shape()));
}

}  // namespace

Tensor concatenated(std::span<const Tensor* const> parts, std::size_t axis) {
  if (parts.empty()) throw Error(Cause::defect, "no tensors are put together");
  const Tensor& first = *parts.front();
  Shape shape = first.shape();
  for (const Tensor* part : parts) require_alike(first, *part, axis);
  shape[axis] = 0;
  for (const Tensor* part : parts) shape[axis] += part->shape()[axis];
  Tensor whole(first.type(), shape);
  const std::int64_t blocks = std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis),
                                              std::int64_t{1}, std::multiplies<>());
  if (whole.size() == 0) return whole;
  auto to = whole.bytes().begin();
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (const Tensor* part : parts) {
      const std::size_t size = part->bytes().size() / static_cast<std::size_t>(blocks);
      const auto from = part->bytes().subspan(static_cast<std::size_t>(block) * size, size);
      to = std::copy(from.begin(), from.end(), to);
    }
  }
  return whole;
}

}  // namespace autoaccel::base
