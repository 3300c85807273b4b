#include "base/byte_mapping.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "autoaccel/error.h"
#include "base/numeric.h"
#include "base/text.h"

namespace autoaccel {
namespace {

std::string list_text(const std::vector<double>& values) {
  constexpr int kDigits = 6;
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(base::significant(value, kDigits));
  return values.size() == 1 ? texts[0] : "[" + base::join(texts, ", ") + "]";
}

}  // namespace

std::string ByteMapping::to_text() const {
  const bool has_scale = scale != std::vector<double>{1}, has_mean = mean != std::vector<double>{0};
  const std::string shifted = has_mean ? "u - " + list_text(mean) : "u";
  return !has_scale ? shifted : (has_mean ? "(" + shifted + ")" : shifted) + " * " + list_text(scale);
}

bool Config::holds_bytes() const {
  const auto holds = [](const auto& tensor) { return tensor.bytes.has_value(); };
  return std::ranges::any_of(inputs, holds) || std::ranges::any_of(outputs, holds);
}

namespace base {
namespace {

/// Elements between two neighbours on the channels' axis, and how many channels there are.
struct Channels {
  std::size_t count = 1, stride = 1;
  std::size_t of(std::size_t element) const { return element / stride % count; }
};

Channels channels_of(const ByteMapping& mapping, const Shape& shape) {
  const std::size_t count = mapping.channels();
  if (count == 1) return {};
  const auto axis = static_cast<std::size_t>(mapping.axis);
  if (axis >= shape.size() || shape[axis] != static_cast<std::int64_t>(count)) {
    throw Error(Cause::defect, "a mapping of " + std::to_string(count) + " channels does not fit the shape " +
                                   autoaccel::to_text(shape));
  }
  std::size_t stride = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) stride *= static_cast<std::size_t>(shape[i]);
  return {count, stride};
}

void require_bytes(const Tensor& bytes) {
  if (bytes.type() == ElementType::uint8) return;
  throw Error(Cause::defect, "bytes were expected, not " + autoaccel::to_text(bytes.type()));
}

/// Rounded to float32 step by step, and never contracted: what Sub and Mul give.
float number_of(std::uint8_t byte, const ByteMapping& mapping, std::size_t channel) {
  const float shifted = static_cast<float>(byte) - static_cast<float>(mapping.mean_of(channel));
  return shifted * static_cast<float>(mapping.scale_of(channel));
}

}  // namespace

Tensor numbers_from_bytes(const Tensor& bytes, const ByteMapping& mapping, ElementType type) {
  require_bytes(bytes);
  const Channels channels = channels_of(mapping, bytes.shape());
  Tensor numbers(ElementType::float32, bytes.shape());
  const auto from = bytes.as<std::uint8_t>();
  const auto to = numbers.as<float>();
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = number_of(from[i], mapping, channels.of(i));
  return type == ElementType::float32 ? numbers : cast(numbers, type);
}

Tensor positions_among_bytes(const Tensor& numbers, const ByteMapping& mapping) {
  const Channels channels = channels_of(mapping, numbers.shape());
  Tensor positions(ElementType::float64, numbers.shape());
  const auto to = positions.as<double>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::size_t channel = channels.of(i);
    const double number = element_as_double(numbers, static_cast<std::int64_t>(i));
    to[i] = number / mapping.scale_of(channel) + mapping.mean_of(channel);
  }
  return positions;
}

Tensor bytes_from_numbers(const Tensor& numbers, const ByteMapping& mapping) {
  const Tensor positions = positions_among_bytes(numbers, mapping);
  Tensor bytes(ElementType::uint8, numbers.shape());
  std::ranges::transform(positions.as<double>(), bytes.as<std::uint8_t>().begin(), [](double position) {
    const double byte = std::nearbyint(position);
    return std::isnan(byte) ? std::uint8_t{0} : static_cast<std::uint8_t>(std::clamp(byte, 0.0, 255.0));
  });
  return bytes;
}

Tensor nearest_numbers_from_bytes(const Tensor& bytes, const ByteMapping& mapping, const Tensor& reference) {
  require_bytes(bytes);
  const Channels channels = channels_of(mapping, bytes.shape());
  Tensor numbers(ElementType::float32, bytes.shape());
  const Tensor positions = positions_among_bytes(reference, mapping);
  const auto from = bytes.as<std::uint8_t>();
  const auto to = numbers.as<float>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t channel = channels.of(i);
    const double scale = mapping.scale_of(channel), mean = mapping.mean_of(channel);
    const double wanted = positions.as<double>()[i];
    const double low = from[i] == 0 ? -HUGE_VAL : from[i] - 0.5, high = from[i] == 255 ? HUGE_VAL : from[i] + 0.5;
    const bool is_rounding = std::isfinite(wanted) && wanted >= low && wanted <= high;
    const double nearest = !std::isfinite(wanted) ? from[i] : std::clamp(wanted, low, high);
    to[i] = static_cast<float>(is_rounding ? element_as_double(reference, static_cast<std::int64_t>(i))
                                           : (nearest - mean) * scale);
  }
  return numbers;
}

}  // namespace base
}  // namespace autoaccel
