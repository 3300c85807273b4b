#include "samples/lettering.h"

#include <algorithm>
#include <array>
#include <vector>

namespace autoaccel::samples {
namespace {

/// A letter as strokes, separated by spaces. A point is a column (a = 0, b = 1, …) and a row (0 = lowest of p and q, 2
/// = base line, 6 = height of x, 8 = height of capitals). A stroke that starts with ~ is a curve with these corners.
struct Glyph {
  char letter;
  const char* strokes;
};

constexpr std::array<Glyph, 72> kGlyphs = {{
    {'A', "a2c8e2 b4d4"},
    {'B', "a2a8 ~a8e8e5a5 ~a5e5e2a2"},
    {'C', "~e7e8a8a2e2e3"},
    {'D', "a2a8 ~a8e8e2a2"},
    {'E', "e8a8a2e2 a5d5"},
    {'F', "e8a8a2 a5d5"},
    {'G', "~e7e8a8a2e2e5 e5c5"},
    {'H', "a2a8 e2e8 a5e5"},
    {'I', "a2a8"},
    {'J', "~d8d4d2a2a4"},
    {'K', "a2a8 e8a4 b5e2"},
    {'L', "a8a2e2"},
    {'M', "a2a8d3g8g2"},
    {'N', "a2a8e2e8"},
    {'O', "~c8e8e2a2a8c8"},
    {'P', "a2a8 ~a8e8e5a5"},
    {'Q', "~c8e8e2a2a8c8 c4e1"},
    {'R', "a2a8 ~a8e8e5a5 c5e2"},
    {'S', "~e7e8a8a5e5e2a2a3"},
    {'T', "a8e8 c8c2"},
    {'U', "~a8a4a2e2e4e8"},
    {'V', "a8c2e8"},
    {'W', "a8b2d7f2g8"},
    {'X', "a8e2 e8a2"},
    {'Y', "a8c5e8 c5c2"},
    {'Z', "a8e8a2e2"},
    {'a', "d6d2 ~d5d6a6a2d2d3"},
    {'b', "a8a2 ~a5a6d6d2a2a3"},
    {'c', "~d5d6a6a2d2d3"},
    {'d', "d8d2 ~d5d6a6a2d2d3"},
    {'e', "a4d4 ~d4d6a6a2d2d3"},
    {'f', "~d8b8b6b2 a6c6"},
    {'g', "~d6d2d0a0a1 ~d5d6a6a2d2d3"},
    {'h', "a8a2 ~a4a6d6d4d2"},
    {'i', "a6a2 a8a8"},
    {'j', "~b6b2b0a0 b8b8"},
    {'k', "a8a2 d6a3 b4d2"},
    {'l', "a8a2"},
    {'m', "a6a2 ~a4a6d6d4d2 ~d4d6g6g4g2"},
    {'n', "a6a2 ~a4a6d6d4d2"},
    {'o', "~b6d6d2a2a6b6"},
    {'p', "a6a0 ~a5a6d6d2a2a3"},
    {'q', "d6d0 ~d5d6a6a2d2d3"},
    {'r', "a6a2 ~a4a6d6"},
    {'s', "~d5d6a6a4d4d2a2a3"},
    {'t', "~b8b4b2d2 a6d6"},
    {'u', "~a6a4a2d2d4 d6d2"},
    {'v', "a6c2e6"},
    {'w', "a6b2d6f2g6"},
    {'x', "a6d2 d6a2"},
    {'y', "a6c2 e6b0"},
    {'z', "a6d6a2d2"},
    {'0', "~b8d8d2a2a8b8"},
    {'1', "a7b8b2"},
    {'2', "~a6a8e8e5a2 a2e2"},
    {'3', "~a7a8e8e5b5 ~b5e5e2a2a3"},
    {'4', "d2d8a4e4"},
    {'5', "e8a8a5 ~a5e6e2a2a3"},
    {'6', "~d8a8a2e2e5a5a4"},
    {'7', "a8e8b2"},
    {'8', "~c8e8e5a5a8c8 ~c5e5e2a2a5c5"},
    {'9', "~b2e2e8a8a5e5e6"},
    {'.', "a2a2"},
    {',', "a2a1"},
    {'-', "a5c5"},
    {':', "a3a3 a5a5"},
    {'/', "a2d8"},
    {'+', "a5e5 c3c7"},
    {'!', "a8a4 a2a2"},
    {'(', "~b9a8a1b0"},
    {')', "~a9b8b1a0"},
    {'=', "a4d4 a6d6"},
}};
constexpr int kCapRows = 6;  // from the base line to the height of capitals
constexpr int kBaseRow = 2;
constexpr int kSpaceColumns = 3;    // width of a space
constexpr int kGapHalfColumns = 3;  // between letters: 1.5 columns, in halves

const char* strokes_of(char letter) {
  for (const Glyph& glyph : kGlyphs) {
    if (glyph.letter == letter) return glyph.strokes;
  }
  return nullptr;
}

/// Width of a letter with the gap behind it, in half columns.
int advance_half_columns(char letter) {
  const char* strokes = strokes_of(letter);
  if (strokes == nullptr) return 2 * kSpaceColumns;
  int widest = 0;
  for (const char* c = strokes; *c != '\0'; ++c) {
    if (*c >= 'a' && *c <= 'g') widest = std::max(widest, *c - 'a');
  }
  return 2 * widest + kGapHalfColumns;
}

/// Chaikin's corner cutting: two rounds make a smooth curve through the ends and the middles of the sides.
std::vector<Point> smoothed(std::vector<Point> corners) {
  for (int round = 0; round < 2 && corners.size() > 2; ++round) {
    std::vector<Point> cut = {corners.front()};
    for (std::size_t i = 0; i + 1 < corners.size(); ++i) {
      const Point p = corners[i], q = corners[i + 1];
      if (i > 0) cut.push_back({(3 * p.x + q.x) / 4, (3 * p.y + q.y) / 4});
      if (i + 2 < corners.size()) cut.push_back({(p.x + 3 * q.x) / 4, (p.y + 3 * q.y) / 4});
    }
    cut.push_back(corners.back());
    corners = std::move(cut);
  }
  return corners;
}

/// Adds one letter whose base line starts at `base` to the mask.
void add_letter(Mask& mask, const char* strokes, Point base, const Lettering& lettering) {
  const auto place = [&](int column, int row) {
    const std::int64_t up = (row - kBaseRow) * lettering.cap_height / kCapRows;
    const std::int64_t across = column * lettering.cap_height / kCapRows + up * lettering.slant / 256;
    return Point{base.x + across, base.y - up - across * lettering.rise / 256};
  };
  const char* c = strokes;
  while (*c != '\0') {
    const bool curve = *c == '~';
    if (curve) ++c;
    std::vector<Point> points;
    for (; *c != '\0' && *c != ' '; c += 2) points.push_back(place(c[0] - 'a', c[1] - '0'));
    if (curve) points = smoothed(std::move(points));
    for (std::size_t i = 0; i + 1 < points.size(); ++i) mask.add_stroke(points[i], points[i + 1], lettering.weight / 2);
    while (*c == ' ') ++c;
  }
}

constexpr std::array<const char*, 48> kWords = {
    "the",  "station", "open",   "daily",   "Market",  "street", "No",     "exit",    "Hotel",  "coffee",
    "and",  "of",      "water",  "please",  "mind",    "gap",    "SALE",   "FRESH",   "bread",  "Tickets",
    "to",   "Central", "Park",   "bus",     "Library", "north",  "Museum", "welcome", "in",     "from",
    "PUSH", "parking", "zone",   "quality", "since",   "Garden", "phone",  "with",    "Office", "road",
    "WEST", "lunch",   "family", "Airport", "Kitchen", "light",  "for",    "you"};

std::string some_word(Random& random) {
  const auto digits = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += static_cast<char>('0' + random.below(10));
    return text;
  };
  // One random number a statement: C++ leaves the order within an expression to the compiler.
  const std::uint64_t kind = random.below(10);
  if (kind == 0) return digits(static_cast<int>(random.between(1, 4)));
  if (kind <= 2) {
    std::string text = digits(kind == 1 ? 2 : 3);
    text += kind == 2 ? "-" : (random.one_in(2) ? ":" : ".");
    text += digits(kind == 1 ? 2 : 4);
    return text;
  }
  std::string word = kWords[random.below(kWords.size())];
  if (random.one_in(6)) {
    for (char& letter : word) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
  }
  if (random.one_in(9)) word += random.one_in(2) ? "," : "!";
  return word;
}

}  // namespace

std::int64_t text_width(std::string_view text, const Lettering& lettering) {
  std::int64_t half_columns = 0;
  for (const char letter : text) half_columns += advance_half_columns(letter);
  return half_columns * lettering.cap_height / (2 * kCapRows);
}

void write_text(Raster& raster, std::string_view text, Point base, const Lettering& lettering, const Surface& ink,
                const Texture& texture) {
  std::int64_t half_columns = 0;
  for (const char letter : text) {
    const std::int64_t across = half_columns * lettering.cap_height / (2 * kCapRows);
    half_columns += advance_half_columns(letter);
    const char* strokes = strokes_of(letter);
    if (strokes == nullptr) continue;
    const Point at{base.x + across, base.y - across * lettering.rise / 256};
    const std::int64_t reach = lettering.cap_height + lettering.cap_height / 2 + lettering.weight;
    const auto pixel = [](std::int64_t value) {
      return static_cast<int>(std::clamp<std::int64_t>(value >> 4, -1 << 20, 1 << 20));
    };
    Mask mask(raster, pixel(at.x - lettering.cap_height / 2 - lettering.weight), pixel(at.y - reach),
              pixel(at.x + reach), pixel(at.y + reach) + 1);
    if (mask.empty()) continue;
    add_letter(mask, strokes, at, lettering);
    paint(raster, mask, ink, texture);
  }
}

std::string some_text(Random& random, std::size_t length) {
  std::string text;
  while (text.size() < length) text += (text.empty() ? "" : " ") + some_word(random);
  text.resize(length);
  return text;
}

}  // namespace autoaccel::samples
