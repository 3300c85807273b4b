#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/numeric.h"
#include "base/text.h"
#include "samples/samples.h"

namespace autoaccel::samples {
namespace {

bool is_number(ElementType type) {
  return is_float(type) || type == ElementType::boolean || (is_integer(type) && bits_per_element(type) >= 8);
}

/// One output over all samples.
struct Spread {
  double least = std::numeric_limits<double>::infinity(), most = -least;  ///< of the finite elements
  double change = 0;  ///< greatest difference of an element from the same element in the first sample
  std::int64_t elements = 0, not_finite = 0;
  bool comparable = true;  ///< all samples have the same shape
};

Spread spread_of(const std::vector<const Tensor*>& samples) {
  Spread spread;
  for (const Tensor* sample : samples) {
    spread.comparable = spread.comparable && sample->shape() == samples.front()->shape();
    for (std::int64_t i = 0; i < sample->size(); ++i) {
      const double value = base::element_as_double(*sample, i);
      ++spread.elements;
      if (!std::isfinite(value)) {
        ++spread.not_finite;
        continue;
      }
      spread.least = std::min(spread.least, value);
      spread.most = std::max(spread.most, value);
      if (!spread.comparable) continue;
      const double difference = std::abs(value - base::element_as_double(*samples.front(), i));
      if (std::isfinite(difference)) spread.change = std::max(spread.change, difference);
    }
  }
  return spread;
}

/// What makes the output prove little; nullopt when nothing does.
std::optional<std::string> weakness(const Spread& spread, std::size_t samples, bool floats) {
  constexpr double kSilent = 0.05f;    // a detector or classifier that has found something is above it
  constexpr double kUnvaried = 1e-4;  // of the range: less than FP16 changes
  if (spread.elements == 0) return "is empty; agreement on it proves nothing";
  if (spread.not_finite == spread.elements) return "is NaN or infinite everywhere; agreement on it proves nothing";
  if (spread.least == spread.most) return "has the same value everywhere; agreement on it proves little";
  if (samples > 1 && spread.comparable && spread.change <= kUnvaried * (spread.most - spread.least)) {
    return "hardly varies over the samples; agreement on it proves little";
  }
  if (floats && spread.least >= 0 && spread.most <= kSilent) {
    return "is silent, never above 0.05; agreement on it proves little";
  }
  if (spread.not_finite > 0) return "holds NaN or infinity in the original already";
  return std::nullopt;
}

}  // namespace

std::vector<std::string> weak_output_warnings(const std::vector<TensorSet>& outputs) {
  std::vector<std::string> warnings;
  if (outputs.empty()) return warnings;
  for (const NamedTensor& output : outputs.front()) {
    if (!is_number(output.tensor.type())) continue;
    std::vector<const Tensor*> samples;
    for (const TensorSet& set : outputs) {
      if (const Tensor* tensor = find(set, output.name)) samples.push_back(tensor);
    }
    const auto weak = weakness(spread_of(samples), samples.size(), is_float(output.tensor.type()));
    if (weak) warnings.push_back("output '" + base::printable(output.name) + "' " + *weak);
  }
  return warnings;
}

}  // namespace autoaccel::samples
