#include "base/concatenate.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

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

/// Contiguous pieces that have the axis as their outermost dimension.
std::size_t pieces_before(const Shape& shape, std::size_t axis) {
  return static_cast<std::size_t>(std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis),
                                                  std::int64_t{1}, std::multiplies<>()));
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
  const std::size_t blocks = pieces_before(shape, axis);
  if (whole.size() == 0) return whole;
  auto to = whole.bytes().begin();
  for (std::size_t block = 0; block < blocks; ++block) {
    for (const Tensor* part : parts) {
      const std::size_t size = part->bytes().size() / blocks;
      const auto from = part->bytes().subspan(block * size, size);
      to = std::copy(from.begin(), from.end(), to);
    }
  }
  return whole;
}

std::vector<Tensor> split(const Tensor& whole, std::size_t axis, std::size_t parts) {
  Shape shape = whole.shape();
  if (axis >= shape.size() || parts == 0 || shape[axis] % static_cast<std::int64_t>(parts) != 0 ||
      bits_per_element(whole.type()) % 8 != 0)
    throw Error(Cause::defect, "a tensor that does not divide is split: " + to_text(whole.type()) +
                                   to_text(whole.shape()) + " into " + std::to_string(parts));
  shape[axis] /= static_cast<std::int64_t>(parts);
  std::vector<Tensor> result(parts, Tensor(whole.type(), shape));
  if (whole.size() == 0) return result;
  const std::size_t blocks = pieces_before(shape, axis), size = result.front().bytes().size() / blocks;
  auto from = whole.bytes().begin();
  for (std::size_t block = 0; block < blocks; ++block) {
    for (Tensor& part : result) {
      std::copy_n(from, size, part.bytes().subspan(block * size, size).begin());
      from += static_cast<std::ptrdiff_t>(size);
    }
  }
  return result;
}

}  // namespace autoaccel::base
