#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace autoaccel::report {

/// Columns of a terminal that printable UTF-8 text takes: 2 for wide East Asian characters and emoji, 0 for combining
/// marks, 1 for the rest.
int display_width(std::string_view text);

/// Cut to `width` columns, with `…` as the last when something is cut off.
std::string shortened(std::string_view text, int width);

/// Filled up with spaces to `width` columns; longer text comes back unchanged.
std::string padded_right(std::string_view text, int width);
std::string padded_left(std::string_view text, int width);

/// Broken at spaces into lines of at most `width` columns; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, int width);

/// Lines that the text takes where it is wrapped at `width`, words that are longer broken too.
int line_count(std::string_view text, int width);

}  // namespace autoaccel::report
