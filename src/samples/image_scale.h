#pragma once

#include <array>
#include <string>

#include "samples/image_layout.h"
#include "samples/recognise.h"

namespace autoaccel::samples {

/// The numbers that a model expects for a picture's bytes: (byte / 255 × top − mean) / deviation, by channel.
struct ImageScale {
  std::string_view name;  ///< `0..1`
  double top = 1;
  std::array<double, 3> mean{};
  std::array<double, 3> deviation{1, 1, 1};

  /// The number for a byte of channel 0, 1 or 2 (red, green, blue).
  float of(int byte, int channel) const;
  double typical_mean() const;  ///< of a picture of middling brightness, over the channels
  double typical_deviation() const;
};

/// A scale with why it was chosen.
struct ChosenScale {
  ImageScale scale;
  std::string reason;
};

/// Does the graph begin with the arithmetic that turns bytes, 0..255, into what networks are fed with? Stricter than 1.
/// below, which only chooses between scales.
bool counts_bytes(const InputFacts& input);

/// The scale for a float input, by the best evidence there is, in this order:
///  1. the graph itself scales its input: by 1/255 and the like (0..255), by ImageNet's deviation and the like (0..1);
///  2. a quantizer at the input, whose range is that of the data;
///  3. the statistics in the batch normalization at the input, or right behind the first convolution, which are those
///  of
///     the data that the model was trained on;
///  4. signs: a thousand classes (ImageNet), channels last (−1..1); else 0..1.
ChosenScale choose_image_scale(const InputFacts& input, const ModelFacts& model, const ImageLayout& layout);

}  // namespace autoaccel::samples
