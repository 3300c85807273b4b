#include <algorithm>

#include "report/sheets.h"
#include "report/text_width.h"

namespace autoaccel::report {
namespace {

constexpr double kHeaderHeight = 45;  // points: three lines
constexpr double kWidestColumn = 80;
constexpr std::string_view kRecommendedRank = "\"★ \"0";

bool is_text(const Column& column) { return column.format.excel.empty(); }

/// Columns whose text may be long: on several lines rather than under the next column.
bool is_wrapped(const Column& column) { return column.key == "reason" || column.key == "placement"; }

/// The lines that a row's wrapped texts need.
int lines_of(const Row& row) {
  int lines = 1;
  for (const Column& column : columns()) {
    const Cell value = column.value(row);
    const auto* text = std::get_if<std::string>(&value);
    if (text && is_wrapped(column)) lines = std::max(lines, line_count(cell_text(*text), characters_in(column.width)));
  }
  return lines;
}

/// Wide enough for its longest text, where that is not wrapped.
double width_of(const Column& column, std::span<const Row> rows) {
  double width = column.width;
  if (!is_text(column) || is_wrapped(column)) return width;
  for (const Row& row : rows) width = std::max(width, display_width(shown_text(column, row)) + 2.0);
  return std::min(width, kWidestColumn);
}

/// What a column's figures say at a glance.
void add_marks(Sheet& sheet, const Column& column, const CellRange& cells) {
  if (column.key == "throughput" || column.key == "size" || column.key == "memory") sheet.add_bars(cells, kBarFill);
  if (column.key == "speed_up") sheet.add_scale(cells, 1, kBadFill, kGoodFill);
  if (column.key == "sqnr") sheet.add_scale(cells, 30, kBadFill, kGoodFill);  // dB: 3 % of the signal's magnitude
  if (column.key != "outcome") return;
  for (const char* outcome : {"disagreed", "crashed", "timed out", "out of memory", "not "})
    sheet.mark(cells, outcome, {.number_format = {}, .is_bold = true, .ink = kWrongInk});
  sheet.mark(cells, "suspect", {.number_format = {}, .is_bold = true, .ink = kDoubtInk});
}

}  // namespace

void add_summary_sheet(Workbook& workbook, const Run&, std::span<const Row> rows) {
  Sheet sheet = workbook.add_sheet("Summary");
  const auto all = columns();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int at = static_cast<int>(i);
    sheet.set_width(at, width_of(all[i], rows));
    sheet.put(0, at, std::string(all[i].header),
              {.number_format = {}, .is_header = true, .is_indented = is_text(all[i]), .is_right = !is_text(all[i])});
  }
  sheet.set_height(0, kHeaderHeight);
  int line = 0;
  for (const Row& row : rows) {
    ++line;
    sheet.set_lines(line, lines_of(row));
    for (std::size_t i = 0; i < all.size(); ++i) {
      Look look = look_of(row);
      look.number_format = all[i].key == "rank" && row.is_recommended ? kRecommendedRank : all[i].format.excel;
      look.is_wrapped = is_wrapped(all[i]);
      look.is_indented = is_text(all[i]);
      sheet.put(line, static_cast<int>(i), all[i].value(row), look);
    }
  }
  for (int i = 0; line > 0 && i < static_cast<int>(all.size()); ++i)
    add_marks(sheet, all[static_cast<std::size_t>(i)], {.column = i, .first_row = 1, .last_row = line});
  sheet.freeze(1, 1);
  sheet.filter(0, line, static_cast<int>(all.size()) - 1);
  sheet.print_on_wide_pages();
}

}  // namespace autoaccel::report
