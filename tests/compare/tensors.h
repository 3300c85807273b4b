#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/numeric.h"

namespace autoaccel::compare {

/// A tensor of those values: float32, or cast to `type`.
inline Tensor floats(const std::vector<float>& values, Shape shape = {}, ElementType type = ElementType::float32) {
  if (shape.empty()) shape = {static_cast<std::int64_t>(values.size())};
  Tensor tensor(ElementType::float32, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  return base::cast(tensor, type);
}

inline Tensor int64s(const std::vector<std::int64_t>& values) {
  Tensor tensor(ElementType::int64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<std::int64_t>().begin());
  return tensor;
}

inline TensorSet set_of(Tensor tensor, const std::string& name = "y") {
  TensorSet set;
  set.push_back({name, std::move(tensor)});
  return set;
}

}  // namespace autoaccel::compare
