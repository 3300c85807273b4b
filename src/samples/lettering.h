#pragma once

#include <string>
#include <string_view>

#include "samples/random.h"
#include "samples/raster.h"

namespace autoaccel::samples {

/// How a line of text is written.
struct Lettering {
  std::int64_t cap_height =
      16 * kSub;                   ///< of capitals, in sixteenths of a pixel; letters reach a third below the base line
  std::int64_t weight = 2 * kSub;  ///< width of a stroke, in sixteenths
  std::int64_t slant = 0;          ///< rightward shift per height, in 1/256 (64 is an italic)
  std::int64_t rise = 0;           ///< upward shift per width of the whole line, in 1/256 (small angles)
};

/// Width of the text in sixteenths of a pixel. Characters that the font lacks count as spaces.
std::int64_t text_width(std::string_view text, const Lettering& lettering);

/// Writes the text with its base line starting at `base`, onto whatever the raster shows.
void write_text(Raster& raster, std::string_view text, Point base, const Lettering& lettering, const Surface& ink,
                const Texture& texture);

/// A text of `length` characters: words, names, numbers, dates, prices.
std::string some_text(Random& random, std::size_t length);

}  // namespace autoaccel::samples
