#include <charconv>
#include <cmath>

#include "base/text.h"
#include "report/columns.h"
#include "report/report.h"

namespace autoaccel::report {
namespace {

/// A spreadsheet takes a cell that begins so for a formula, quoted or not; an apostrophe before it makes it text.
constexpr std::string_view kFormulaStarts = "=+-@\t\r";

std::string quoted(std::string text) {
  if (!text.empty() && kFormulaStarts.find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

/// The shortest text that reads back as the same number, the same in every locale.
std::string number(double value) {
  if (!std::isfinite(value)) return base::fixed(value, 0);
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string cell_text(const Cell& cell) {
  if (const double* value = std::get_if<double>(&cell)) return number(*value);
  if (const std::string* text = std::get_if<std::string>(&cell))
    return quoted(base::printable(*text, std::string_view::npos));
  return {};
}

}  // namespace

std::string csv_summary(const Run& run) {
  std::string text, separator;
  for (const Column& column : columns()) {
    text += separator + quoted(std::string(column.header));
    separator = ",";
  }
  text += "\r\n";
  for (const Row& row : rows_of(run)) {
    separator.clear();
    for (const Column& column : columns()) {
      text += separator + cell_text(column.value(row));
      separator = ",";
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace autoaccel::report
