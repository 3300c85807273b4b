#pragma once

#include "quantize/statistics.h"

namespace autoaccel::quantize {

/// How a range is chosen from what was seen of a value.
enum class Calibrator {
  min_max,     ///< all of it
  percentile,  ///< all but a small part at the ends
  entropy,  ///< where the distribution after clipping and quantization is most like the one before (Kullback–Leibler)
  mse,      ///< where clipping and rounding together cost the least squared error
};
std::string_view to_text(Calibrator calibrator);

/// The real values that the lowest and the highest level stand for; low ≤ 0 ≤ high. Both 0: nothing but zeros was seen.
struct Range {
  float low = 0;
  float high = 0;
};

/// For which integers a range is meant.
struct RangeRules {
  int levels = 256;  ///< 128 where only 7 bits may be used
  bool symmetric =
      false;  ///< zero point 0, levels −levels/2 … levels/2 − 1, so scale = high / (levels/2 − 1); low = −high
  double percentile = 99.999;  ///< part of the elements that stay inside, in percent; asymmetric: half of the rest is
                               ///< cut off at each end
};

/// The range of a value by a calibrator: within [min, max] of what was seen, zero included; symmetric: the larger of
/// its two magnitudes on both sides.
///
/// cost  min_max and percentile: nothing; entropy and mse: some milliseconds
Range range_of(const TensorStatistics& statistics, Calibrator calibrator, const RangeRules& rules = {});

}  // namespace autoaccel::quantize
