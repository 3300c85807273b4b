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

constexpr double kSilent = 0.05f;  // a detector or classifier that has found something is above it

/// A detector's output [batch, 4 boxes + scores, places] or [batch, places, 4 boxes + scores] whose scores are all
/// silent: the boxes, in pixels, hide that from the output as a whole.
bool has_silent_scores(const std::vector<const Tensor*>& samples) {
  constexpr std::int64_t kBoxes = 4, kMostChannels = 512;
  const Shape& shape = samples.front()->shape();
  if (shape.size() != 3) return false;
  const bool last = shape[2] < shape[1];
  const std::int64_t channels = last ? shape[2] : shape[1];
  if (channels <= kBoxes || channels > kMostChannels) return false;
  std::vector<double> most(channels, -1);
  for (const Tensor* sample : samples) {
    if (sample->shape().size() != 3 || sample->shape()[last ? 2 : 1] != channels) return false;
    for (std::int64_t i = 0; i < sample->size(); ++i) {
      const std::int64_t channel = (last ? i : i / sample->shape()[2]) % channels;
      const double value = base::element_as_double(*sample, i);
      if (channel >= kBoxes && !(value >= 0 && value <= kSilent)) return false;
      most[channel] = std::max(most[channel], value);
    }
  }
  return std::all_of(most.begin(), most.begin() + kBoxes, [](double value) { return value > 1; });
}

/// What makes the output prove little; nullopt when nothing does.
std::optional<std::string> weakness(const Spread& spread, std::size_t samples, bool floats) {
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
    auto weak = weakness(spread_of(samples), samples.size(), is_float(output.tensor.type()));
    if (!weak && is_float(output.tensor.type()) && has_silent_scores(samples)) {
      weak = "has boxes whose scores are silent, never above 0.05; agreement on it proves little";
    }
    if (weak) warnings.push_back("output '" + base::printable(output.name) + "' " + *weak);
  }
  return warnings;
}

}  // namespace autoaccel::samples
