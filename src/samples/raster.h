#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "samples/random.h"

namespace autoaccel::samples {

using Colour = std::array<int, 3>;  ///< red, green, blue in [0, 255]

/// A point in sixteenths of a pixel.
struct Point {
  std::int64_t x = 0, y = 0;
};
inline constexpr std::int64_t kSub = 16;  ///< of a pixel: the unit of Point

/// A picture of interleaved red, green, blue bytes. All drawing is in integers, so that a picture is the same bytes on
/// every machine.
struct Raster {
  Raster(int columns, int rows) : width(columns), height(rows), rgb(std::size_t(3) * columns * rows) {}
  std::uint8_t* row(int y) { return rgb.data() + std::size_t(3) * width * y; }
  const std::uint8_t* row(int y) const { return rgb.data() + std::size_t(3) * width * y; }
  int width, height;
  std::vector<std::uint8_t> rgb;
};

/// A region of a picture with its coverage per pixel, 0 (outside) to 255 (inside). Shapes add to it (maximum), then one
/// paint puts it on a picture.
class Mask {
 public:
  /// The part of [left, right) × [top, bottom) that lies inside the picture.
  Mask(const Raster& raster, int left, int top, int right, int bottom);

  int left() const { return left_; }
  int top() const { return top_; }
  int right() const { return right_; }
  int bottom() const { return bottom_; }
  bool empty() const { return left_ >= right_ || top_ >= bottom_; }
  std::uint8_t* row(int y) { return coverage_.data() + std::size_t(y - top_) * (right_ - left_); }
  const std::uint8_t* row(int y) const { return coverage_.data() + std::size_t(y - top_) * (right_ - left_); }

  /// A line from a to b with round ends; radius ≥ 1 in sixteenths. Equal ends make a dot.
  void add_stroke(Point a, Point b, std::int64_t radius);
  /// An ellipse with axes along the picture's.
  void add_ellipse(Point centre, std::int64_t radius_x, std::int64_t radius_y);
  /// A convex polygon, corners in either direction.
  void add_polygon(std::span<const Point> corners);

 private:
  int left_, top_, right_, bottom_;
  std::vector<std::uint8_t> coverage_;
};

/// Noise whose spectrum falls somewhat faster than that of photographs (which have equal variance in every octave; the
/// edges of what is drawn on it add the rest), mean about 0, deviation about 35, one value per pixel.
///
/// source  D. L. Ruderman, W. Bialek, "Statistics of natural images", 1994
class Texture {
 public:
  Texture(int width, int height, Random& random);
  int width() const { return width_; }
  int height() const { return height_; }
  const std::int16_t* row(int y) const { return values_.data() + std::size_t(y) * width_; }

 private:
  int width_, height_;
  std::vector<std::int16_t> values_;
};

/// How a surface looks: its colour, changed from its top left (lighter) to its bottom right (darker), with texture.
struct Surface {
  Colour colour{};
  int shade = 0;    ///< added at the top left corner and subtracted at the bottom right, in [0, 127]
  int texture = 0;  ///< strength of the texture, 256 = as it is
};

/// Fills the picture between the colours of its four corners (top left, top right, bottom left, bottom right).
void fill_gradient(Raster& raster, const std::array<Colour, 4>& corners);

/// Adds the texture to the whole picture; `strength` 256 adds it as it is. Colours vary a little with it.
void add_texture(Raster& raster, const Texture& texture, int strength);

/// Puts a surface where the mask covers; opacity in [0, 256].
void paint(Raster& raster, const Mask& mask, const Surface& surface, const Texture& texture, int opacity = 256);

/// The greatest integer whose square is at most `value` ≥ 0.
std::int64_t integer_root(std::int64_t value);

}  // namespace autoaccel::samples
