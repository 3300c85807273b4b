// UTF-8: what is well-formed, and what a terminal may be shown.

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace autoaccel::base {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

struct Character {
  std::size_t bytes = 1;
  std::uint32_t code = 0;
  bool is_valid = false;  ///< false: one byte that starts no well-formed sequence
};

/// The first character of non-empty `text`. source  Unicode 15, table 3-7 (no overlong forms, no surrogates).
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {length, code, true};
}

struct Range {
  std::uint32_t first, last;
};

/// Characters that move, hide or reorder what a terminal shows.
constexpr Range kEscaped[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     // C0, delete, C1
    {0xAD, 0xAD},                       // soft hyphen
    {0x061C, 0x061C},                   // Arabic letter mark
    {0x180E, 0x180E},                   // Mongolian vowel separator
    {0x200B, 0x200F},                   // zero-width, left-to-right and right-to-left marks
    {0x2028, 0x202E},                   // line and paragraph separators, embeddings and overrides
    {0x2060, 0x206F},                   // word joiner, isolates
    {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, // variation selectors, byte order mark
    {0xFFF9, 0xFFFB},                   // interlinear annotation
    {0xE0000, 0xE0FFF},                 // tags
};

std::string byte_escape(unsigned char byte) { return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]}; }

std::string code_escape(std::uint32_t code) {
  std::string digits;
  for (; code != 0 || digits.size() < 4; code >>= 4) digits.insert(digits.begin(), kHex[code & 15]);
  return "\\u{" + digits + "}";
}

std::string shown(std::string_view text, const Character& character) {
  if (!character.is_valid) return byte_escape(static_cast<unsigned char>(text[0]));
  const bool is_escaped = std::any_of(std::begin(kEscaped), std::end(kEscaped), [&](const Range& range) {
    return character.code >= range.first && character.code <= range.last;
  });
  if (!is_escaped) return std::string(text.substr(0, character.bytes));
  return character.code < 0x80 ? byte_escape(static_cast<unsigned char>(character.code)) : code_escape(character.code);
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string result;
  std::size_t kept_bytes = 0;  // of `result` with one character less than the limit, where `…` goes
  std::size_t count = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string piece = shown(text, character);
    const std::size_t width = character_count(piece);
    if (count + width > limit) return limit == 0 ? "" : result.substr(0, kept_bytes) + "…";
    result += piece;
    count += width;
    if (count + 1 <= limit) kept_bytes = result.size();
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::vector<std::string> printable_characters(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const Character character = first_character(text);
    characters.push_back(text[0] == '\t' ? " " : shown(text, character));
    text.remove_prefix(character.bytes);
  }
  return characters;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.is_valid) result += text.substr(0, character.bytes);
    else result += byte_escape(static_cast<unsigned char>(text[0]));
    text.remove_prefix(character.bytes);
  }
  return result;
}

}  // namespace autoaccel::base
