#include "samples/scene.h"

#include <algorithm>
#include <array>
#include <string>

#include "samples/lettering.h"

namespace autoaccel::samples {
namespace {

/// A scene while it is drawn. Random numbers are taken one a statement or in braces: C++ leaves the order of a
/// function's arguments to the compiler. Lengths are in pixels; `unit` is a hundredth of the shorter side, in
/// sixteenths.
struct Canvas {
  Raster raster;
  Texture texture;
  Random& random;
  std::int64_t unit;

  Canvas(int width, int height, Random& source)
      : raster(width, height),
        texture(width, height, source),
        random(source),
        unit(std::max<std::int64_t>(std::min(width, height) * kSub / 100, 1)) {}

  int between(int low, int high) { return static_cast<int>(random.between(low, high)); }
  /// A colour of that lightness; most things are not far from grey, one in five is.
  Colour colour(int low, int high) {
    const int light = between(low, high), spread = random.one_in(5) ? 70 : 24;
    Colour made{};
    for (int& value : made) value = std::clamp(light + between(-spread, spread), 0, 255);
    return made;
  }
  Mask whole() const { return Mask(raster, 0, 0, raster.width, raster.height); }
  Mask around(Point low, Point high) const {
    return Mask(raster, static_cast<int>(low.x / kSub) - 2, static_cast<int>(low.y / kSub) - 2,
                static_cast<int>(high.x / kSub) + 3, static_cast<int>(high.y / kSub) + 3);
  }
  Point somewhere() { return {between(0, raster.width) * kSub, between(0, raster.height) * kSub}; }
};

Colour shifted(Colour colour, int by) {
  for (int& value : colour) value = std::clamp(value + by, 0, 255);
  return colour;
}

void draw_ellipse(Canvas& canvas, Point centre, std::int64_t radius_x, std::int64_t radius_y, const Surface& surface,
                  int opacity = 256) {
  Mask mask = canvas.around({centre.x - radius_x, centre.y - radius_y}, {centre.x + radius_x, centre.y + radius_y});
  if (mask.empty()) return;
  mask.add_ellipse(centre, radius_x, radius_y);
  paint(canvas.raster, mask, surface, canvas.texture, opacity);
}

void draw_polygon(Canvas& canvas, std::span<const Point> corners, const Surface& surface, int opacity = 256) {
  Point low = corners[0], high = corners[0];
  for (const Point& corner : corners) {
    low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
    high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
  }
  Mask mask = canvas.around(low, high);
  if (mask.empty()) return;
  mask.add_polygon(corners);
  paint(canvas.raster, mask, surface, canvas.texture, opacity);
}

void draw_stroke(Canvas& canvas, Point a, Point b, std::int64_t width, const Surface& surface, int opacity = 256) {
  Mask mask = canvas.around({std::min(a.x, b.x) - width, std::min(a.y, b.y) - width},
                            {std::max(a.x, b.x) + width, std::max(a.y, b.y) + width});
  if (mask.empty()) return;
  mask.add_stroke(a, b, width / 2);
  paint(canvas.raster, mask, surface, canvas.texture, opacity);
}

/// Ground and sky, or wall and floor: two gradients that meet at a horizon.
void draw_backdrop(Canvas& canvas) {
  const Colour far = canvas.colour(90, 220), near = canvas.colour(40, 190);
  fill_gradient(canvas.raster, {shifted(far, 25), far, shifted(far, -40), shifted(far, -25)});
  const std::int64_t horizon = canvas.raster.height * kSub * canvas.between(40, 75) / 100;
  const std::int64_t right = canvas.raster.width * kSub, bottom = canvas.raster.height * kSub;
  const std::int64_t tilt = canvas.between(-4, 4) * canvas.unit;
  const std::array<Point, 4> ground = {{{0, horizon - tilt}, {right, horizon + tilt}, {right, bottom}, {0, bottom}}};
  draw_polygon(canvas, ground, {near, 30, 0});
  add_texture(canvas.raster, canvas.texture, canvas.between(70, 150));
}

/// A box or a ball with a shadow, somewhere.
void draw_thing(Canvas& canvas) {
  const Point at = canvas.somewhere();
  const std::int64_t width = canvas.between(5, 18) * canvas.unit, height = canvas.between(5, 22) * canvas.unit;
  const Surface surface{canvas.colour(20, 235), canvas.between(10, 50), canvas.between(30, 140)};
  draw_ellipse(canvas, {at.x + width / 3, at.y + height}, width * 5 / 4, height / 3, {{20, 20, 25}, 0, 0}, 90);
  if (canvas.random.one_in(2)) {
    draw_ellipse(canvas, at, width, height, surface);
    draw_ellipse(canvas, {at.x - width / 3, at.y - height / 3}, width / 5, height / 6, {{255, 255, 250}, 0, 0}, 150);
    return;
  }
  const std::int64_t lean = canvas.between(-30, 30) * width / 100;
  const std::array<Point, 4> front = {{{at.x - width, at.y - height},
                                       {at.x + width, at.y - height + lean / 2},
                                       {at.x + width, at.y + height},
                                       {at.x - width, at.y + height}}};
  const std::array<Point, 4> side = {{front[1],
                                      {front[1].x + width / 2, front[1].y - height / 4},
                                      {front[2].x + width / 2, front[2].y - height / 4},
                                      front[2]}};
  draw_polygon(canvas, front, surface);
  draw_polygon(canvas, side, {shifted(surface.colour, -45), 15, surface.texture});
}

/// Ink that stands out from its ground by at least 110 grey levels.
Colour ink_for(Canvas& canvas, const Colour& ground) {
  const bool light = ground[0] + 2 * ground[1] + ground[2] > 4 * 128;
  return light ? canvas.colour(0, 45) : canvas.colour(210, 255);
}

/// The longest line of words that fits `width` sixteenths.
std::string fitting_text(Canvas& canvas, const Lettering& lettering, std::int64_t width) {
  std::string text = some_text(
      canvas.random, static_cast<std::size_t>(std::clamp<std::int64_t>(width / lettering.cap_height + 4, 3, 200)));
  while (text.size() > 1 && text_width(text, lettering) > width) text.pop_back();
  return text;
}

/// A board with one to three lines of text on it.
void draw_sign(Canvas& canvas, Point at, std::int64_t width) {
  const Colour ground = canvas.random.one_in(3) ? canvas.colour(10, 90) : canvas.colour(150, 250);
  const int lines = canvas.between(1, 3);
  Lettering lettering;
  lettering.cap_height = std::max<std::int64_t>(width / canvas.between(5, 12), 9 * kSub);
  lettering.weight = lettering.cap_height * canvas.between(10, 20) / 100;
  lettering.slant = canvas.random.one_in(4) ? 60 : 0;
  lettering.rise = canvas.between(-14, 14);
  const std::int64_t pitch = lettering.cap_height * 17 / 10, margin = lettering.cap_height * 7 / 10;
  const std::int64_t height = pitch * lines + margin;
  const std::int64_t lift = width * lettering.rise / 256;
  const std::array<Point, 4> board = {
      {at, {at.x + width, at.y - lift}, {at.x + width, at.y - lift + height}, {at.x, at.y + height}}};
  std::array<Point, 4> shadow = board;
  for (Point& corner : shadow) corner = {corner.x + canvas.unit, corner.y + canvas.unit};
  draw_polygon(canvas, shadow, {{15, 15, 18}, 0, 0}, 110);
  draw_polygon(canvas, board, {ground, 12, 40});
  const Surface ink{ink_for(canvas, ground), 0, 30};
  for (int line = 0; line < lines; ++line) {
    const Point base{at.x + margin, at.y + pitch * (line + 1)};
    write_text(canvas.raster, fitting_text(canvas, lettering, width - 2 * margin), base, lettering, ink,
               canvas.texture);
  }
}

/// Eyes, brows, cheeks, nose and a smiling mouth, on a head of that skin.
void draw_face(Canvas& canvas, Point face, std::int64_t size, const Colour& skin, const Colour& hair) {
  const Surface shade{shifted(skin, -38), 10, 20};
  for (const int side : {-1, 1}) {
    const Point eye{face.x + side * size * 3 / 10, face.y - size / 8};
    draw_ellipse(canvas, {eye.x, eye.y - size / 30}, size * 2 / 9, size / 9, shade, 150);
    draw_ellipse(canvas, eye, size / 6, size / 12, {{238, 236, 232}, 0, 0});
    draw_ellipse(canvas, eye, size / 13, size / 12, {{52, 36, 26}, 0, 0});
    draw_stroke(canvas, {eye.x - size / 6, eye.y - size / 14}, {eye.x + size / 6, eye.y - size / 14}, size / 22,
                {{30, 22, 20}, 0, 0});
    const Point inner{eye.x - side * size / 6, eye.y - size / 4}, outer{eye.x + side * size / 5, eye.y - size * 2 / 9};
    draw_stroke(canvas, inner, outer, size / 13, {hair, 0, 0}, 200);
    draw_ellipse(canvas, {face.x + side * size * 9 / 20, face.y + size / 4}, size / 5, size / 6,
                 {shifted(skin, 14), 0, 0}, 110);
    const Point corner{face.x + side * size * 3 / 10, face.y + size / 2}, middle{face.x, face.y + size * 3 / 5};
    draw_stroke(canvas, corner, middle, size / 9, {{178, 82, 82}, 0, 0});
    draw_stroke(canvas, corner, middle, size / 30, {{96, 34, 38}, 0, 0});
    draw_ellipse(canvas, {face.x + side * size / 12, face.y + size * 7 / 24}, size / 22, size / 30,
                 {{70, 40, 34}, 0, 0}, 160);
  }
  draw_stroke(canvas, {face.x + size / 14, face.y - size / 20}, {face.x + size / 10, face.y + size / 5}, size / 14,
              shade, 110);
  draw_ellipse(canvas, {face.x, face.y + size / 5}, size / 9, size / 11, {shifted(skin, 22), 0, 0}, 130);
}

/// A figure from the waist up: shoulders, neck, head, hair and a face.
void draw_person(Canvas& canvas, Point face, std::int64_t size) {
  constexpr std::array<Colour, 5> kSkins = {
      {{236, 196, 170}, {224, 172, 138}, {198, 140, 104}, {141, 92, 62}, {92, 60, 42}}};
  const Colour skin = kSkins[canvas.random.below(kSkins.size())];
  constexpr std::array<Colour, 6> kHairs = {
      {{22, 18, 18}, {48, 34, 26}, {78, 54, 36}, {120, 84, 50}, {178, 140, 90}, {104, 50, 30}}};
  const Colour hair = kHairs[canvas.random.below(kHairs.size())];
  const Surface bare{skin, 22, 25}, shade{shifted(skin, -35), 10, 20};
  const Surface body{canvas.colour(20, 220), 25, 80};
  if (canvas.random.one_in(2))
    draw_ellipse(canvas, {face.x, face.y + size / 4}, size * 9 / 8, size * 3 / 2, {hair, 15, 130});
  draw_ellipse(canvas, {face.x, face.y + size * 3}, size * 2, size * 3 / 2, body);
  const std::array<Point, 4> torso = {{{face.x - size * 2, face.y + size * 3},
                                       {face.x + size * 2, face.y + size * 3},
                                       {face.x + size * 3 / 2, face.y + size * 7},
                                       {face.x - size * 3 / 2, face.y + size * 7}}};
  draw_polygon(canvas, torso, body);
  for (const int side : {-1, 1}) {
    draw_stroke(canvas, {face.x + side * size * 9 / 5, face.y + size * 3},
                {face.x + side * size * 2, face.y + size * 6}, size, bare);
  }
  draw_stroke(canvas, {face.x, face.y + size}, {face.x, face.y + size * 9 / 5}, size, shade);
  draw_ellipse(canvas, {face.x, face.y - size / 3}, size, size * 6 / 5, {hair, 15, 130});
  draw_ellipse(canvas, face, size * 4 / 5, size * 11 / 10, bare);
  draw_face(canvas, face, size, skin, hair);
}

void draw_street(Canvas& canvas) {
  draw_backdrop(canvas);
  for (int thing = canvas.between(4, 7); thing > 0; --thing) draw_thing(canvas);
  for (int sign = canvas.between(2, 4); sign > 0; --sign) {
    const Point at = canvas.somewhere();
    draw_sign(canvas, {at.x * 2 / 3, at.y * 3 / 4}, canvas.between(30, 60) * canvas.unit);
  }
  const Point passer{canvas.raster.width * kSub * canvas.between(60, 80) / 100, canvas.raster.height * kSub * 2 / 5};
  draw_person(canvas, passer, canvas.between(9, 13) * canvas.unit);
}

/// One person in the left part, often another in the right, and a sign below.
void draw_portrait(Canvas& canvas) {
  draw_backdrop(canvas);
  for (int thing = canvas.between(1, 3); thing > 0; --thing) draw_thing(canvas);
  const std::int64_t width = canvas.raster.width * kSub, height = canvas.raster.height * kSub;
  const int persons = canvas.between(1, 2);
  for (int person = 0; person < persons; ++person) {
    const Point face{width * canvas.between(20 + 45 * person, 35 + 45 * person) / 100,
                     height * canvas.between(20, 35) / 100};
    draw_person(canvas, face, canvas.between(10, 15) * canvas.unit);
  }
  const Point corner{canvas.between(2, 30) * canvas.unit, height - canvas.between(20, 35) * canvas.unit};
  draw_sign(canvas, corner, canvas.between(40, 65) * canvas.unit);
}

/// A page with a heading, lines of text and a picture.
void draw_page(Canvas& canvas) {
  const Colour paper = canvas.colour(215, 245);
  fill_gradient(canvas.raster, {shifted(paper, 10), paper, shifted(paper, -12), shifted(paper, -35)});
  add_texture(canvas.raster, canvas.texture, canvas.between(20, 60));
  const std::int64_t width = canvas.raster.width * kSub, height = canvas.raster.height * kSub;
  const std::int64_t margin = width * canvas.between(4, 10) / 100;
  const Surface ink{canvas.colour(0, 60), 0, 25};
  Lettering lettering;
  lettering.rise = canvas.between(-6, 6);
  lettering.cap_height = std::max<std::int64_t>(canvas.unit * canvas.between(5, 8), 10 * kSub);
  lettering.weight = lettering.cap_height * canvas.between(14, 20) / 100;
  std::int64_t y = margin + lettering.cap_height * 2;
  write_text(canvas.raster, fitting_text(canvas, lettering, width - 2 * margin), {margin, y}, lettering, ink,
             canvas.texture);
  y += lettering.cap_height * 2 / 3;
  lettering.cap_height = std::max<std::int64_t>(canvas.unit * canvas.between(18, 35) / 10, 8 * kSub);
  lettering.weight = std::max<std::int64_t>(lettering.cap_height * canvas.between(9, 15) / 100, kSub);
  const int picture_after = canvas.between(2, 5);
  for (int line = 0; y < height - margin; ++line) {
    y += lettering.cap_height * 2;
    if (line == picture_after) {
      const std::int64_t below = y + canvas.between(15, 30) * canvas.unit;
      const std::array<Point, 4> frame = {{{margin, y}, {width - margin, y}, {width - margin, below}, {margin, below}}};
      draw_polygon(canvas, frame, {canvas.colour(40, 200), 50, 160});
      draw_ellipse(canvas, {width / 2, (y + below) / 2}, (below - y) / 3, (below - y) / 4,
                   {canvas.colour(20, 235), 40, 60});
      y = below + lettering.cap_height;
      continue;
    }
    const std::int64_t room = (width - 2 * margin) * (canvas.random.one_in(4) ? canvas.between(30, 80) : 100) / 100;
    write_text(canvas.raster, fitting_text(canvas, lettering, room), {margin, y}, lettering, ink, canvas.texture);
  }
}

/// Light writing and bright things on a dark ground, as at night or on a screen.
void draw_board(Canvas& canvas) {
  const Colour ground = canvas.colour(8, 60);
  fill_gradient(canvas.raster, {shifted(ground, 20), ground, shifted(ground, 30), shifted(ground, -8)});
  add_texture(canvas.raster, canvas.texture, canvas.between(30, 80));
  for (int light = canvas.between(2, 5); light > 0; --light) {
    const Point at = canvas.somewhere();
    const std::int64_t size = canvas.between(4, 14) * canvas.unit;
    const Colour colour = canvas.colour(120, 255);
    draw_ellipse(canvas, at, size * 2, size * 2, {colour, 0, 0}, 60);
    draw_ellipse(canvas, at, size, size, {shifted(colour, 40), 20, 20}, 220);
  }
  const std::int64_t width = canvas.raster.width * kSub, height = canvas.raster.height * kSub;
  std::int64_t y = canvas.between(4, 10) * canvas.unit;
  while (y < height) {
    Lettering lettering;
    lettering.cap_height = std::max<std::int64_t>(canvas.between(3, 9) * canvas.unit, 9 * kSub);
    lettering.weight = lettering.cap_height * canvas.between(10, 20) / 100;
    y += lettering.cap_height * canvas.between(15, 26) / 10;
    const std::int64_t x = width * canvas.between(2, 30) / 100;
    const Colour ink = canvas.random.one_in(3) ? Colour{250, 214, 90} : canvas.colour(195, 255);
    write_text(canvas.raster, fitting_text(canvas, lettering, (width - x) * 9 / 10), {x, y}, lettering, {ink, 0, 20},
               canvas.texture);
  }
}

/// One line of writing that fills the height, on paper, a sign or a textured wall.
void draw_text_line(Canvas& canvas, std::uint64_t variant) {
  const Colour ground = variant % 3 == 2 ? canvas.colour(10, 80) : canvas.colour(165, 250);
  fill_gradient(canvas.raster, {shifted(ground, 12), ground, shifted(ground, -10), shifted(ground, -20)});
  add_texture(canvas.raster, canvas.texture, canvas.between(15, 70));
  const std::int64_t width = canvas.raster.width * kSub, height = canvas.raster.height * kSub;
  Lettering lettering;
  lettering.cap_height = height * canvas.between(46, 58) / 100;
  lettering.weight = std::max<std::int64_t>(lettering.cap_height * canvas.between(10, 19) / 100, kSub);
  lettering.slant = canvas.random.one_in(4) ? 50 : 0;
  const std::int64_t margin = height / 6;
  const std::string text = fitting_text(canvas, lettering, width - 2 * margin);
  const Surface ink{ink_for(canvas, ground), 0, 25};
  write_text(canvas.raster, text, {margin, (height + lettering.cap_height * 3 / 4) / 2}, lettering, ink,
             canvas.texture);
}

/// One letter or digit, or every fourth time a thing, in the middle.
void draw_symbol(Canvas& canvas, std::uint64_t variant) {
  const Colour ground = variant % 2 == 0 ? canvas.colour(0, 40) : canvas.colour(120, 235);
  fill_gradient(canvas.raster, {ground, shifted(ground, 8), shifted(ground, -8), ground});
  add_texture(canvas.raster, canvas.texture, variant % 2 == 0 ? 12 : 60);
  const std::int64_t width = canvas.raster.width * kSub, height = canvas.raster.height * kSub;
  if (variant % 4 == 3) {
    draw_ellipse(canvas, {width / 2, height / 2}, width * 3 / 8, height * 3 / 10, {canvas.colour(20, 235), 40, 80});
    return;
  }
  Lettering lettering;
  lettering.cap_height = height * canvas.between(60, 75) / 100;
  lettering.weight = std::max<std::int64_t>(lettering.cap_height * canvas.between(12, 20) / 100, kSub);
  lettering.slant = canvas.between(-30, 50);
  const std::string text(1, static_cast<char>('0' + canvas.random.below(10)));
  const Point base{(width - lettering.cap_height * 2 / 3) / 2, (height + lettering.cap_height) / 2};
  write_text(canvas.raster, text, base, lettering, {ink_for(canvas, ground), 0, 20}, canvas.texture);
}

constexpr std::array<void (*)(Canvas&), 4> kPictures = {draw_street, draw_portrait, draw_page, draw_board};

}  // namespace

SceneKind scene_kind(int width, int height) {
  if (std::max(width, height) <= 40) return SceneKind::symbol;
  if (2 * width >= 5 * height && height <= 160) return SceneKind::text_line;
  return SceneKind::picture;
}

Raster make_scene(int width, int height, std::uint64_t variant, Random& random) {
  Canvas canvas(width, height, random);
  switch (scene_kind(width, height)) {
    case SceneKind::symbol:
      draw_symbol(canvas, variant);
      break;
    case SceneKind::text_line:
      draw_text_line(canvas, variant);
      break;
    case SceneKind::picture:
      kPictures[variant % kPictures.size()](canvas);
      break;
  }
  return std::move(canvas.raster);
}

Raster make_region(int width, int height, Random& random) {
  Raster raster(width, height);
  Texture flat(width, height, random);
  Mask mask(raster, 0, 0, width, height);
  const auto share = [&](int side, int low, int high) { return side * kSub * random.between(low, high) / 100; };
  const Point centre{share(width, 40, 60), share(height, 40, 60)};
  const Point radius{share(width, 20, 38), share(height, 20, 38)};
  mask.add_ellipse(centre, radius.x, radius.y);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::uint8_t value = mask.row(y)[x] >= 128 ? 255 : 0;
      for (int c = 0; c < 3; ++c) raster.row(y)[3 * x + c] = value;
    }
  }
  return raster;
}

}  // namespace autoaccel::samples
