#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/columns.h"

struct lxw_chart;
struct lxw_format;
struct lxw_workbook;
struct lxw_worksheet;

namespace autoaccel::report {

/// How a cell looks. Colours are 0xRRGGBB; −1: the default.
struct Look {
  std::string number_format;
  bool is_bold = false;
  bool is_wrapped = false;
  bool is_header = false;
  bool is_indented = false;  ///< text behind a column of numbers must not touch them
  bool is_right = false;     ///< a heading over numbers
  std::int32_t ink = -1;
  std::int32_t fill = -1;
  auto operator<=>(const Look&) const = default;
};

/// Cells below each other.
struct CellRange {
  int column = 0;
  int first_row = 0;
  int last_row = 0;
};

/// A set of bars, or of marks of a scatter: cells of the sheet that the chart stands on.
struct ChartSeries {
  std::string name;
  CellRange categories;  ///< of bars: their names; of marks: x
  CellRange values;
  std::int32_t color = 0;
};

/// A chart that the spreadsheet program draws itself.
struct SheetChart {
  enum class Kind { bars, scatter };
  Kind kind = Kind::bars;
  std::string title;
  std::string x_title;
  std::string y_title;
  bool is_log = false;  ///< the y axis of a scatter
  int height = 400;     ///< pixels
  std::vector<ChartSeries> series;
};

class Workbook;

/// A sheet that is filled row by row, and its columns from the left.
class Sheet {
 public:
  Sheet(Workbook& workbook, lxw_worksheet* sheet, std::string name)
      : workbook_(workbook), sheet_(sheet), name_(std::move(name)) {}

  /// A number, a text, or an empty cell with the look. Text is never taken for a formula or a link; control characters
  /// are escaped, and what is longer than a cell may be is cut.
  void put(int row, int column, const Cell& value, const Look& look = {});

  void set_width(int column, double characters);
  void set_height(int row, double points);
  /// Room for `lines` lines of text: not every program works out the height of wrapped text by itself.
  void set_lines(int row, int lines);

  /// The rows above and the columns left of the cell stay in view.
  void freeze(int row, int column);
  void filter(int first_row, int last_row, int last_column);

  /// The chart with its upper left corner in the cell.
  void draw(int row, int column, const SheetChart& chart);

  /// Conditional formats: they follow the cells when a reader sorts, and change with what is typed.
  /// A bar as long as the number.
  void add_bars(const CellRange& cells, std::int32_t color);
  /// From one colour at the smallest over white at `middle` to another at the largest.
  void add_scale(const CellRange& cells, double middle, std::int32_t low, std::int32_t high);
  /// Cells whose text begins with `text`.
  void mark(const CellRange& cells, const std::string& text, const Look& look);

  /// Landscape, one page wide, with the first row on each where it holds headings.
  void print_on_wide_pages(bool has_headings = true);

 private:
  Workbook& workbook_;
  lxw_worksheet* sheet_;
  std::string name_;
};

/// An .xlsx file being written; close() puts it in its place in one step.
class Workbook {
 public:
  struct Properties {
    std::string title;
    std::int64_t created = 0;  ///< seconds since 1970
  };

  Workbook(const std::filesystem::path& path, const Properties& properties);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  Sheet add_sheet(const std::string& name);

  /// errors  environment: the file cannot be written
  void close();

  lxw_format* format(const Look& look);
  lxw_chart* new_chart(SheetChart::Kind kind);

 private:
  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::string temporary_folder_;  ///< libxlsxwriter keeps the pointer
  lxw_workbook* workbook_ = nullptr;
  std::map<Look, lxw_format*> formats_;
};

/// Text as a cell can hold it: escaped, cut, and such that Excel's own `_xHHHH_` escapes are not seen in it.
std::string cell_text(std::string_view text);

}  // namespace autoaccel::report
