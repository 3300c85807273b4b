#include "report/output_columns.h"
#include "report/sheets.h"

namespace autoaccel::report {

void add_outputs_sheet(Workbook& workbook, std::span<const Row> rows) {
  Sheet sheet = workbook.add_sheet("Outputs");
  int at = 0;
  for (const OutputColumn& column : output_columns()) {
    const bool is_text = column.format.excel.empty();
    sheet.set_width(at, column.width);
    sheet.put(0, at++, std::string(column.header),
              {.number_format = {}, .is_header = true, .is_indented = is_text, .is_right = !is_text});
  }
  sheet.set_height(0, 60);  // points: four lines
  int line = 0;
  for (const Row& row : rows) {
    if (!row.record.agreement) continue;
    for (const OutputAgreement& output : row.record.agreement->outputs) {
      ++line;
      at = 0;
      for (const OutputColumn& column : output_columns()) {
        Look look = look_of(row);
        look.number_format = column.format.excel;
        look.is_indented = column.format.excel.empty();
        sheet.put(line, at++, column.value({row, output}), look);
      }
    }
  }
  for (int i = 0; line > 0 && i < at; ++i) {
    const CellRange cells = {.column = i, .first_row = 1, .last_row = line};
    const std::string_view header = output_columns()[static_cast<std::size_t>(i)].header;
    if (header == "within limit") sheet.mark(cells, "no", {.number_format = {}, .is_bold = true, .ink = kWrongInk});
    if (header == "SQNR (dB), worst sample") sheet.add_scale(cells, 30, kBadFill, kGoodFill);
  }
  sheet.freeze(1, 1);
  sheet.filter(0, line, at - 1);
  sheet.print_on_wide_pages();
}

}  // namespace autoaccel::report
