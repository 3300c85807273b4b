#pragma once

#include <cstdint>

#include "samples/raster.h"

namespace autoaccel::samples {

/// What a picture of this size most likely shows.
enum class SceneKind {
  picture,    ///< things, people, signs, printed pages
  text_line,  ///< at least 5/2 times as wide as high, at most 160 high: the input of a text recogniser
  symbol,     ///< at most 40 on both sides: one letter, digit or thing
};
SceneKind scene_kind(int width, int height);

/// A made-up scene; `variant` rotates what it shows (for pictures: a street with signs, a person, a printed page, a
/// dark board), the random numbers decide the rest.
Raster make_scene(int width, int height, std::uint64_t variant, Random& random);

/// A region as for inpainting: white (255) on black, one rounded shape of between a tenth and a half of the picture.
Raster make_region(int width, int height, Random& random);

}  // namespace autoaccel::samples
