#include "autoaccel/error.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/text.h"

namespace autoaccel {
namespace {

/// A source line longer than this is shown as a window around the place, so that the caret stays on a terminal line.
constexpr std::size_t kShownColumns = 110;
/// Columns kept in front of the place in such a window.
constexpr std::size_t kColumnsBefore = 50;

struct CauseRow {
  Cause cause;
  std::string_view text;
  int exit_code;
};

constexpr CauseRow kCauses[] = {
    {Cause::usage, "usage", 2},           {Cause::model, "model", 3},
    {Cause::unsupported, "unsupported", 3}, {Cause::environment, "environment", 3},
    {Cause::vendor, "vendor", 3},         {Cause::interrupted, "interrupted", 130},
    {Cause::defect, "defect", 70},
};

const CauseRow& row_of(Cause cause) {
  const auto* row = std::find_if(std::begin(kCauses), std::end(kCauses), [&](const CauseRow& r) { return r.cause == cause; });
  return row == std::end(kCauses) ? kCauses[std::size(kCauses) - 1] : *row;
}

/// Every line safe for a terminal; lines after the first are indented, so that they read as part of it.
std::string safe_lines(std::string_view text) {
  std::string safe;
  while (true) {
    const std::size_t end = text.find('\n');
    safe += base::printable(text.substr(0, end), std::string_view::npos);
    if (end == std::string_view::npos || end + 1 == text.size()) return safe;
    safe += "\n    ";
    text.remove_prefix(end + 1);
  }
}

/// The source line, a bar, and the caret below: columns count characters, as shown after escaping.
std::string caret_lines(const SourceLocation& location, std::string_view hint) {
  const std::vector<std::string> shown = base::printable_characters(location.line_text);
  const std::size_t column = static_cast<std::size_t>(std::max(location.column, 1)) - 1;
  const bool is_long = shown.size() > kShownColumns;
  const std::size_t first = is_long && column > kColumnsBefore ? std::min(column, shown.size()) - kColumnsBefore : 0;
  const std::size_t last = is_long ? std::min(shown.size(), first + kShownColumns) : shown.size();

  std::string line = first > 0 ? "…" : "";
  std::string below(first > 0 ? 1 : 0, ' ');
  std::string underline;
  const std::size_t end = column + static_cast<std::size_t>(std::max(location.length, 1));
  for (std::size_t i = first; i < last; ++i) {
    line += shown[i];
    const std::size_t width = base::character_count(shown[i]);
    if (i < column) below.append(width, ' ');
    else if (i < end) underline.append(width, '^');
  }
  if (last < shown.size()) line += "…";
  if (underline.empty()) underline = "^";  // the place is the end of the line

  std::string number = std::to_string(location.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  std::string text = number + " | " + line + "\n" + std::string(number.size(), ' ') + " | " + below + underline;
  if (!hint.empty()) text += "  " + safe_lines(hint);
  return text + "\n";
}

}  // namespace

std::string_view to_text(Cause cause) { return row_of(cause).text; }

int exit_code(Cause cause) { return row_of(cause).exit_code; }

Error::Error(Cause cause, std::string message, std::string hint)
    : cause_(cause), message_(std::move(message)), hint_(std::move(hint)) {}

Error& Error::at(SourceLocation location) {
  location_ = std::move(location);
  return *this;
}

Error& Error::add_context(std::string doing) {
  context_.push_back(std::move(doing));
  return *this;
}

std::string render(const Error& error) {
  std::string text = "error: ";
  const auto& location = error.location();
  const bool has_caret = location && location->line > 0 && !location->line_text.empty();
  if (location) {
    text += base::printable(location->file, std::string_view::npos) + ":";
    if (location->line > 0) {
      text += std::to_string(location->line) + ":";
      if (location->column > 0) text += std::to_string(location->column) + ":";
    }
    text += " ";
  }
  text += safe_lines(error.message()) + "\n";
  if (has_caret) text += caret_lines(*location, error.hint());
  for (const std::string& doing : error.context()) text += "  while " + safe_lines(doing) + "\n";
  if (!has_caret && !error.hint().empty()) text += "  hint: " + safe_lines(error.hint()) + "\n";
  return text;
}

}  // namespace autoaccel
