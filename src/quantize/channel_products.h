#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace autoaccel::quantize {

/// Σ x xᵀ over the rows x of an activation, as calibration saw them: how its channels go together.
struct ChannelProducts {
  std::size_t channels = 0;  ///< of the last axis
  std::vector<float> sums;   ///< [channels][channels], symmetric
};

/// Says how channels go together. Answered by `pipeline`, which runs the original on the calibration samples.
class ProductsSource {
 public:
  virtual ~ProductsSource() = default;

  /// By value name; what cannot be watched is not among them.
  ///
  /// cost    inferences of a part of the original; 4 · channels² bytes for each value
  /// errors  environment; interrupted
  virtual std::map<std::string, ChannelProducts> products(const std::vector<std::string>& values) = 0;
};

}  // namespace autoaccel::quantize
