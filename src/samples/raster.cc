#include "samples/raster.h"

#include <algorithm>

namespace autoaccel::samples {
namespace {

int byte_from(std::int64_t value) { return static_cast<int>(std::clamp<std::int64_t>(value, 0, 255)); }

/// Coverage of a pixel whose centre lies `inside` sixteenths inside an edge: half of it on the edge, all half a pixel
/// in.
int coverage_from(std::int64_t inside) { return byte_from(128 + inside * (256 / kSub)); }

Point pixel_centre(int x, int y) { return {x * kSub + kSub / 2, y * kSub + kSub / 2}; }

struct Box {
  int left, top, right, bottom;
};

/// Pixels that a shape between `low` and `high` can touch, within the mask.
Box touched(const Mask& mask, Point low, Point high) {
  const auto pixel = [](std::int64_t value) {
    return static_cast<int>(std::clamp<std::int64_t>(value >> 4, -1 << 20, 1 << 20));
  };
  return {std::max(mask.left(), pixel(low.x) - 1), std::max(mask.top(), pixel(low.y) - 1),
          std::min(mask.right(), pixel(high.x) + 2), std::min(mask.bottom(), pixel(high.y) + 2)};
}

}  // namespace

std::int64_t integer_root(std::int64_t value) {
  std::int64_t root = 0;
  for (std::int64_t bit = std::int64_t{1} << 31; bit > 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= value) root += bit;
  }
  return root;
}

Mask::Mask(const Raster& raster, int left, int top, int right, int bottom)
    : left_(std::clamp(left, 0, raster.width)),
      top_(std::clamp(top, 0, raster.height)),
      right_(std::clamp(right, left_, raster.width)),
      bottom_(std::clamp(bottom, top_, raster.height)),
      coverage_(std::size_t(right_ - left_) * (bottom_ - top_)) {}

void Mask::add_stroke(Point a, Point b, std::int64_t radius) {
  radius = std::max<std::int64_t>(radius, 1);
  const Box box = touched(*this, {std::min(a.x, b.x) - radius, std::min(a.y, b.y) - radius},
                          {std::max(a.x, b.x) + radius, std::max(a.y, b.y) + radius});
  const std::int64_t along_x = b.x - a.x, along_y = b.y - a.y;
  const std::int64_t length2 = along_x * along_x + along_y * along_y;
  for (int y = box.top; y < box.bottom; ++y) {
    std::uint8_t* to = row(y) - left_;
    for (int x = box.left; x < box.right; ++x) {
      const Point p = pixel_centre(x, y);
      const std::int64_t from_x = p.x - a.x, from_y = p.y - a.y;
      const std::int64_t projection = from_x * along_x + from_y * along_y;
      std::int64_t distance2;
      if (projection <= 0) {
        distance2 = from_x * from_x + from_y * from_y;
      } else if (projection >= length2) {
        const std::int64_t end_x = p.x - b.x, end_y = p.y - b.y;
        distance2 = end_x * end_x + end_y * end_y;
      } else {
        const std::int64_t cross = from_x * along_y - from_y * along_x;
        distance2 = cross * cross / length2;
      }
      // r − d = (r² − d²) / (r + d), and r + d ≈ 2r at the edge, the only place where the value matters.
      const int value = coverage_from((radius * radius - distance2) / (2 * radius));
      if (value > to[x]) to[x] = static_cast<std::uint8_t>(value);
    }
  }
}

void Mask::add_ellipse(Point centre, std::int64_t radius_x, std::int64_t radius_y) {
  radius_x = std::max<std::int64_t>(radius_x, 1);
  radius_y = std::max<std::int64_t>(radius_y, 1);
  const Box box =
      touched(*this, {centre.x - radius_x, centre.y - radius_y}, {centre.x + radius_x, centre.y + radius_y});
  const std::int64_t inverse_x = (1 << 24) / radius_x, inverse_y = (1 << 24) / radius_y;
  const std::int64_t radius = std::min(radius_x, radius_y);
  for (int y = box.top; y < box.bottom; ++y) {
    std::uint8_t* to = row(y) - left_;
    const std::int64_t v = (pixel_centre(0, y).y - centre.y) * inverse_y >> 12;  // 4096 = on the ellipse
    for (int x = box.left; x < box.right; ++x) {
      const std::int64_t u = (pixel_centre(x, 0).x - centre.x) * inverse_x >> 12;
      const std::int64_t inside =
          ((std::int64_t{1} << 24) - u * u - v * v) >> 12;  // 2 (1 − d / r) · 4096 near the edge
      const int value = coverage_from(inside * radius >> 13);
      if (value > to[x]) to[x] = static_cast<std::uint8_t>(value);
    }
  }
}

void Mask::add_polygon(std::span<const Point> corners) {
  struct Edge {
    std::int64_t a, b, c, length;  // a·x + b·y + c, positive inside, over length
  };
  Point low = corners[0], high = corners[0];
  std::int64_t twice_area = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point p = corners[i], q = corners[(i + 1) % corners.size()];
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    twice_area += p.x * q.y - q.x * p.y;
  }
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point p = corners[i], q = corners[(i + 1) % corners.size()];
    const std::int64_t sign = twice_area >= 0 ? 1 : -1;
    const std::int64_t a = sign * (p.y - q.y), b = sign * (q.x - p.x);
    edges.push_back({a, b, -a * p.x - b * p.y, std::max<std::int64_t>(integer_root(a * a + b * b), 1)});
  }
  const Box box = touched(*this, low, high);
  for (int y = box.top; y < box.bottom; ++y) {
    std::uint8_t* to = row(y) - left_;
    for (int x = box.left; x < box.right; ++x) {
      const Point p = pixel_centre(x, y);
      int value = 255;
      for (const Edge& edge : edges)
        value = std::min(value, coverage_from((edge.a * p.x + edge.b * p.y + edge.c) / edge.length));
      if (value > to[x]) to[x] = static_cast<std::uint8_t>(value);
    }
  }
}

namespace {

constexpr int kMargin = 2;  // columns and rows that a coarser level has beyond its half

/// A level of the pyramid: each value of the coarser one becomes four, halfway values are means.
std::vector<std::int16_t> refined(const std::vector<std::int16_t>& coarse, int coarse_width, int width, int height) {
  std::vector<std::int16_t> fine(std::size_t(width) * height);
  for (int y = 0; y < height; ++y) {
    const std::int16_t* upper = coarse.data() + std::size_t(y / 2) * coarse_width;
    const std::int16_t* lower = upper + (y % 2) * coarse_width;
    std::int16_t* to = fine.data() + std::size_t(y) * width;
    for (int x = 0; x + 1 < width; x += 2) {
      const int here = upper[x / 2] + lower[x / 2];
      const int next = upper[x / 2 + 1] + lower[x / 2 + 1];
      to[x] = static_cast<std::int16_t>(here >> 1);
      to[x + 1] = static_cast<std::int16_t>((here + next) >> 2);
    }
    if (width % 2 != 0) to[width - 1] = static_cast<std::int16_t>((upper[width / 2] + lower[width / 2]) >> 1);
  }
  return fine;
}

/// Adds uniform noise in [-amplitude, amplitude] to every value; four values per random number.
void add_noise(std::vector<std::int16_t>& values, int amplitude, Random& random) {
  const auto noise = [amplitude](std::uint64_t bits) {
    return (static_cast<int>(bits & 0xffff) - 32768) * amplitude >> 15;
  };
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    const std::uint64_t bits = random.next();
    for (int k = 0; k < 4; ++k) values[i + k] = static_cast<std::int16_t>(values[i + k] + noise(bits >> 16 * k));
  }
  for (; i < values.size(); ++i) values[i] = static_cast<std::int16_t>(values[i] + noise(random.next()));
}

}  // namespace

Texture::Texture(int width, int height, Random& random) : width_(width), height_(height) {
  int levels = 0;
  while (std::max(width, height) >> levels > 4) ++levels;
  int level_width = 0;
  int amplitude = 42 * 16;  // of the largest waves, in sixteenths of a grey level; each octave has 3/4 of the last …
  constexpr int kFinest = 3;  // … but no less than the grain of a sensor
  for (int level = levels; level >= 0; --level) {
    // A value of this level needs its right and lower neighbour on the coarser one, which the margin provides.
    const int margin = level == 0 ? 0 : kMargin;
    const int next_width = ((width - 1) >> level) + 1 + margin, next_height = ((height - 1) >> level) + 1 + margin;
    values_ = level == levels ? std::vector<std::int16_t>(std::size_t(next_width) * next_height)
                              : refined(values_, level_width, next_width, next_height);
    level_width = next_width;
    add_noise(values_, std::max(amplitude / 16, kFinest), random);
    amplitude = amplitude * 3 / 4;
  }
}

void fill_gradient(Raster& raster, const std::array<Colour, 4>& corners) {
  const std::int64_t width = std::max(raster.width - 1, 1), height = std::max(raster.height - 1, 1);
  for (int y = 0; y < raster.height; ++y) {
    std::uint8_t* to = raster.row(y);
    std::array<std::int64_t, 3> value{}, step{};  // 16 fractional bits
    for (int c = 0; c < 3; ++c) {
      const std::int64_t left = ((corners[0][c] * (height - y) + corners[2][c] * std::int64_t{y}) << 16) / height;
      const std::int64_t right = ((corners[1][c] * (height - y) + corners[3][c] * std::int64_t{y}) << 16) / height;
      value[c] = left;
      step[c] = (right - left) / width;
    }
    for (int x = 0; x < raster.width; ++x, to += 3) {
      for (int c = 0; c < 3; ++c) {
        to[c] = static_cast<std::uint8_t>(byte_from(value[c] >> 16));
        value[c] += step[c];
      }
    }
  }
}

void add_texture(Raster& raster, const Texture& texture, int strength) {
  for (int y = 0; y < raster.height; ++y) {
    std::uint8_t* to = raster.row(y);
    const std::int16_t* light = texture.row(y);
    const std::int16_t* tint = texture.row(raster.height - 1 - y);  // the same field elsewhere: independent enough
    for (int x = 0; x < raster.width; ++x, to += 3) {
      const int value = light[x] * strength >> 8, colour = tint[raster.width - 1 - x] * strength >> 10;
      to[0] = static_cast<std::uint8_t>(byte_from(to[0] + value + colour));
      to[1] = static_cast<std::uint8_t>(byte_from(to[1] + value));
      to[2] = static_cast<std::uint8_t>(byte_from(to[2] + value - colour));
    }
  }
}

void paint(Raster& raster, const Mask& mask, const Surface& surface, const Texture& texture, int opacity) {
  const int width = std::max(mask.right() - mask.left(), 1), height = std::max(mask.bottom() - mask.top(), 1);
  const int across = surface.shade * 65536 / width, down = surface.shade * 65536 / height;
  for (int y = mask.top(); y < mask.bottom(); ++y) {
    const std::uint8_t* coverage = mask.row(y);
    std::uint8_t* to = raster.row(y) + 3 * mask.left();
    const std::int16_t* grain = texture.row(y) + mask.left();
    for (int x = 0; x < mask.right() - mask.left(); ++x, to += 3) {
      if (coverage[x] == 0) continue;
      const int weight = (coverage[x] * opacity + 128) >> 8;
      const int light =
          surface.shade - ((x * across + (y - mask.top()) * down) >> 16) + (grain[x] * surface.texture >> 8);
      for (int c = 0; c < 3; ++c) {
        const int target = byte_from(surface.colour[c] + light);
        to[c] = static_cast<std::uint8_t>(to[c] + ((target - to[c]) * weight) / 255);
      }
    }
  }
}

}  // namespace autoaccel::samples
