#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/columns.h"

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

class Workbook;

/// A sheet that is filled row by row, and its columns from the left.
class Sheet {
 public:
  Sheet(Workbook& workbook, lxw_worksheet* sheet) : workbook_(workbook), sheet_(sheet) {}

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
  /// Landscape, one page wide, with the first row on each.
  void print_on_wide_pages();

 private:
  Workbook& workbook_;
  lxw_worksheet* sheet_;
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
