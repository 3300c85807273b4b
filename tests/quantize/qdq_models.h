#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "quantize/int8_static.h"
#include "quantize/statistics.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {

/// Statistics in which each value was seen once.
class Seen {
 public:
  /// A value of that shape with these elements, repeated as often as it takes; channels along `axis`.
  Seen& value(const std::string& name, const Shape& shape, const std::vector<float>& elements,
              std::optional<int> axis = std::nullopt) {
    Tensor tensor(ElementType::float32, shape);
    for (std::size_t i = 0; i < tensor.as<float>().size(); ++i) tensor.as<float>()[i] = elements[i % elements.size()];
    statistics.add(name, tensor, axis);
    return *this;
  }

  /// Ranges of a step that is a power of two: [−0.5, 3.484375] as uint8 is scale 1/64 and zero point 32.
  Seen& usual(const std::string& name, const Shape& shape, std::optional<int> axis = std::nullopt) {
    return value(name, shape, {-0.5F, 3.484375F}, axis);
  }

  Statistics statistics{SampleOrigin::user};
};

/// Rules with the plainest of ranges, so that expected scales can be written down.
inline QuantizationRules rules_for(std::string_view runtime) {
  return {
      .dialect = find_dialect(runtime), .calibrator = Calibrator::min_max, .smooths = false, .corrects_means = false};
}

}  // namespace autoaccel::quantize
