#include "report/workbook.h"

#include <xlsxwriter.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "base/text.h"

namespace autoaccel::report {
namespace {

/// Excel's limit is 32,767 units of UTF-16, of which a character takes up to two.
constexpr std::size_t kLongestCell = 16'000;

constexpr double kLineHeight = 15;   // points, of the default font
constexpr double kTallestRow = 409;  // points, Excel's limit

constexpr std::int32_t kHeaderInk = 0xFFFFFF;
constexpr std::int32_t kHeaderFill = 0x1F3864;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

/// An `_xHHHH_` that Excel would show as a character.
bool is_excel_escape(std::string_view text) {
  if (text.size() < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_') return false;
  return is_hex(text[2]) && is_hex(text[3]) && is_hex(text[4]) && is_hex(text[5]);
}

[[noreturn]] void fail(const std::filesystem::path& path, lxw_error error) {
  throw Error(Cause::environment, "cannot write " + base::printable(path.string()) + ": " + lxw_strerror(error),
              "is there space, and is the folder writable?");
}

void require_ok(lxw_error error) {
  if (error != LXW_NO_ERROR)
    throw Error(Cause::defect, std::string("the workbook refused a cell: ") + lxw_strerror(error));
}

lxw_row_t row_of(int row) { return static_cast<lxw_row_t>(row); }
lxw_col_t column_of(int column) { return static_cast<lxw_col_t>(column); }

}  // namespace

std::string cell_text(std::string_view text) {
  const std::string safe = base::printable(text, kLongestCell);
  std::string escaped;
  for (std::size_t i = 0; i < safe.size(); ++i) {
    if (is_excel_escape(std::string_view(safe).substr(i))) escaped += "_x005F";
    escaped += safe[i];
  }
  return escaped;
}

void Sheet::put(int row, int column, const Cell& value, const Look& look) {
  const lxw_row_t r = row_of(row);
  const lxw_col_t c = column_of(column);
  const auto* number = std::get_if<double>(&value);
  const auto* text = std::get_if<std::string>(&value);
  if (number && std::isfinite(*number)) {
    require_ok(worksheet_write_number(sheet_, r, c, *number, workbook_.format(look)));
  } else if (number) {  // a cell cannot hold NaN or infinity as a number
    require_ok(worksheet_write_string(sheet_, r, c, base::fixed(*number, 0).c_str(), workbook_.format(look)));
  } else if (text && !text->empty()) {
    require_ok(worksheet_write_string(sheet_, r, c, cell_text(*text).c_str(), workbook_.format(look)));
  } else {
    require_ok(worksheet_write_blank(sheet_, r, c, workbook_.format(look)));
  }
}

void Sheet::set_width(int column, double characters) {
  require_ok(worksheet_set_column(sheet_, column_of(column), column_of(column), characters, nullptr));
}

void Sheet::set_height(int row, double points) { require_ok(worksheet_set_row(sheet_, row_of(row), points, nullptr)); }

void Sheet::set_lines(int row, int lines) {
  if (lines > 1) set_height(row, std::min(lines * kLineHeight, kTallestRow));
}

void Sheet::freeze(int row, int column) { worksheet_freeze_panes(sheet_, row_of(row), column_of(column)); }

void Sheet::filter(int first_row, int last_row, int last_column) {
  require_ok(worksheet_autofilter(sheet_, row_of(first_row), 0, row_of(last_row), column_of(last_column)));
}

void Sheet::print_on_wide_pages(bool has_headings) {
  worksheet_set_landscape(sheet_);
  worksheet_set_paper(sheet_, 9);  // A4
  worksheet_fit_to_pages(sheet_, 1, 0);
  if (has_headings) require_ok(worksheet_repeat_rows(sheet_, 0, 0));
}

Workbook::Workbook(const std::filesystem::path& path, const Properties& properties)
    : path_(path), partial_(path.string() + ".partial"), temporary_folder_(path.parent_path().string()) {
  if (temporary_folder_.empty()) temporary_folder_ = ".";
  lxw_workbook_options options{
      .constant_memory = LXW_FALSE, .tmpdir = temporary_folder_.data(), .use_zip64 = LXW_FALSE};
  workbook_ = workbook_new_opt(partial_.c_str(), &options);
  if (!workbook_) throw Error(Cause::environment, "not enough memory for " + base::printable(path.string()));
  std::string title = cell_text(properties.title);
  lxw_doc_properties document{};
  document.title = title.data();
  document.created = static_cast<time_t>(properties.created);
  require_ok(workbook_set_properties(workbook_, &document));
}

Workbook::~Workbook() {
  if (!workbook_) return;
  lxw_workbook_free(workbook_);
  std::error_code ignored;  // there may be no partial file yet
  std::filesystem::remove(partial_, ignored);
}

Sheet Workbook::add_sheet(const std::string& name) {
  lxw_worksheet* sheet = workbook_add_worksheet(workbook_, name.c_str());
  if (!sheet) throw Error(Cause::defect, "the workbook refused the sheet '" + name + "'");
  return {*this, sheet, name};
}

void Workbook::close() {
  const lxw_error error = workbook_close(workbook_);  // frees it, whatever happens
  workbook_ = nullptr;
  std::error_code failure;
  if (error == LXW_NO_ERROR) std::filesystem::rename(partial_, path_, failure);
  if (error == LXW_NO_ERROR && !failure) return;
  std::error_code ignored;  // the first error is the one to report
  std::filesystem::remove(partial_, ignored);
  if (error != LXW_NO_ERROR) fail(path_, error);
  throw Error(Cause::environment, "cannot write " + base::printable(path_.string()) + ": " + failure.message(),
              "is it open in another program?");
}

lxw_format* Workbook::format(const Look& look) {
  lxw_format*& format = formats_[look];
  if (format) return format;
  format = workbook_add_format(workbook_);
  format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
  if (!look.number_format.empty()) format_set_num_format(format, look.number_format.c_str());
  if (look.is_bold || look.is_header) format_set_bold(format);
  if (look.is_indented) format_set_indent(format, 1);
  if (look.is_right) format_set_align(format, LXW_ALIGN_RIGHT);
  if (look.is_wrapped || look.is_header) format_set_text_wrap(format);
  const std::int32_t ink = look.is_header ? kHeaderInk : look.ink;
  const std::int32_t fill = look.is_header ? kHeaderFill : look.fill;
  if (ink >= 0) format_set_font_color(format, static_cast<lxw_color_t>(ink));
  if (fill >= 0) {
    format_set_pattern(format, LXW_PATTERN_SOLID);
    format_set_bg_color(format, static_cast<lxw_color_t>(fill));
  }
  return format;
}

}  // namespace autoaccel::report
