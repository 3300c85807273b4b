#include "config/batches.h"

#include <algorithm>
#include <optional>

namespace autoaccel::config {
namespace {

std::optional<std::size_t> batch_axis(const InputShapes& shapes, std::int64_t samples, std::int64_t batch) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < shapes.use.size(); ++axis) {
    if (shapes.use[axis] == samples && shapes.max[axis] >= batch && shapes.min[axis] <= batch) axes.push_back(axis);
  }
  if (axes.empty() || (axes.front() != 0 && axes.size() > 1)) return std::nullopt;
  return axes.front();
}

}  // namespace

std::int64_t samples_in_request(const std::vector<TensorInfo>& inputs,
                                const std::map<std::string, InputShapes>& shapes) {
  std::optional<std::int64_t> samples;
  for (const TensorInfo& input : inputs) {
    const Shape& use = shapes.at(input.name).use;
    if (use.size() < 2) continue;  // a scalar or a vector is a parameter or one sample's state
    if (samples && *samples != use[0]) return 1;
    samples = use[0];
  }
  return std::max<std::int64_t>(samples.value_or(1), 1);
}

std::map<std::string, std::size_t> batch_axes(const std::vector<TensorInfo>& inputs,
                                              const std::map<std::string, InputShapes>& shapes, std::int64_t batch) {
  std::map<std::string, std::size_t> axes;
  const std::int64_t samples = samples_in_request(inputs, shapes);
  if (batch % samples != 0) return axes;
  for (const auto& [name, shape] : shapes)
    if (const auto axis = batch_axis(shape, samples, batch)) axes[name] = *axis;
  return axes;
}

}  // namespace autoaccel::config
