#include "report/text_width.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace autoaccel::report {
namespace {

struct Range {
  std::uint32_t first, last;
};

// source  Unicode 15: EastAsianWidth W and F, in whole blocks; the combining marks of the common scripts
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
                           {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
                           {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
                           {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                                {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0x3099, 0x309A}, {0xFE00, 0xFE0F},
                                {0xFE20, 0xFE2F}};

template <std::size_t N>
bool is_in(std::uint32_t character, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return character >= range.first && character <= range.last; });
}

/// Removes one character from the front; a byte that starts none counts as one.
std::string_view take_character(std::string_view& text, std::uint32_t& character) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  const std::size_t length = std::min(wanted, text.size());
  character = lead < 0x80 ? lead : lead & (0x7Fu >> wanted);
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  const std::string_view bytes = text.substr(0, length);
  text.remove_prefix(length);
  return bytes;
}

int width_of(std::uint32_t character) { return is_in(character, kCombining) ? 0 : is_in(character, kWide) ? 2 : 1; }

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  std::uint32_t character = 0;
  while (!text.empty()) {
    take_character(text, character);
    width += width_of(character);
  }
  return width;
}

std::string shortened(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string kept;
  std::uint32_t character = 0;
  int used = 1;  // of the …
  while (!text.empty()) {
    const std::string_view bytes = take_character(text, character);
    used += width_of(character);
    if (used > width) break;
    kept += bytes;
  }
  return kept + "…";
}

std::string padded_right(std::string_view text, int width) {
  return std::string(text) + spaces(width - display_width(text));
}

std::string padded_left(std::string_view text, int width) {
  return spaces(width - display_width(text)) + std::string(text);
}

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty() && !word.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

int line_count(std::string_view text, int width) {
  int lines = 0;
  for (const std::string& line : wrapped(text, width)) lines += std::max(1, (display_width(line) + width - 1) / width);
  return lines;
}

}  // namespace autoaccel::report
