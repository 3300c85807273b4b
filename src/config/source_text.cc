#include "config/source_text.h"

#include <algorithm>
#include <cstdint>

namespace autoaccel::config {
namespace {

/// Bytes. A longer line is not kept in places: a file of one endless line would be copied once per node.
constexpr std::size_t kLongestShownLine = 2000;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

int count_characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

/// Bytes of the well-formed character at the start of `text`; 0 when there is none.
/// source  Unicode 15, table 3-7
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const std::uint8_t second = byte(1);
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_surrogate = lead == 0xED && second > 0x9F;
  const bool is_beyond = lead == 0xF4 && second > 0x8F;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

}  // namespace

std::size_t find_ill_formed(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

SourceText::SourceText(std::string_view text, const std::filesystem::path& path) : text_(text), file_(path.string()) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::string_view SourceText::line(std::size_t index) const {
  if (index >= starts_.size()) return {};
  std::string_view line = text_.substr(starts_[index]);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

SourceLocation SourceText::at(std::size_t line_index, std::size_t byte_column, std::size_t byte_length) const {
  const std::string_view whole = line(line_index);
  if (whole.size() > kLongestShownLine) {
    return {.file = file_,
            .line = static_cast<int>(line_index) + 1,
            .column = static_cast<int>(byte_column) + 1,
            .line_text = {}};
  }
  const std::size_t column = std::min(byte_column, whole.size());
  const std::size_t length = std::min(byte_length, whole.size() - column);
  return {.file = file_,
          .line = static_cast<int>(line_index) + 1,
          .column = count_characters(whole.substr(0, column)) + 1,
          .length = std::max(1, count_characters(whole.substr(column, length))),
          .line_text = std::string(whole)};
}

SourceLocation SourceText::at_byte(std::size_t offset) const {
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const std::size_t line_index = static_cast<std::size_t>(next - starts_.begin()) - 1;
  return at(line_index, offset - starts_[line_index], 1);
}

}  // namespace autoaccel::config
