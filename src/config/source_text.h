#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/error.h"

namespace autoaccel::config {

/// A text file in memory that turns byte positions into places for messages.
class SourceText {
 public:
  /// A byte order mark is left out, and does not count as a column.
  SourceText(std::string_view text, const std::filesystem::path& path);

  std::string_view text() const { return text_; }
  std::string_view line(std::size_t index) const;  ///< without its newline; empty past the end
  std::size_t line_count() const { return starts_.size(); }

  /// line, byte_column  from 0; the column is bytes into the line; byte_length at least 1, cut at the line's end
  /// returns  columns in characters; on a line above 2,000 bytes in bytes, and without the line's text
  SourceLocation at(std::size_t line, std::size_t byte_column, std::size_t byte_length) const;

  /// The place of one byte.
  SourceLocation at_byte(std::size_t offset) const;

 private:
  std::string_view text_;
  std::string file_;
  std::vector<std::size_t> starts_;  ///< offset of each line
};

/// Offset of the first byte that is not well-formed UTF-8 (overlong forms and surrogates are not), or npos.
std::size_t find_ill_formed(std::string_view text);

}  // namespace autoaccel::config
