#include "report/sheets.h"

namespace autoaccel::report {
namespace {

/// An output of one record.
struct OutputRow {
  const Row& row;
  const OutputAgreement& output;
};

struct OutputColumn {
  std::string_view header;
  std::string_view excel;
  double width;
  Cell (*value)(const OutputRow&);
};

Cell top1(const OutputRow& o, double OutputAgreement::Figure::*member) {
  return o.output.top1_agreement ? Cell((*o.output.top1_agreement).*member) : Cell();
}

using F = OutputAgreement::Figure;
constexpr std::string_view kDecibels = "[>=200]\"equal\";0.0";
constexpr std::string_view kScientific = "[=0]0;0.00E+00";

// clang-format off
const OutputColumn kColumns[] = {
    {"task", "", 38, [](const OutputRow& o) { return Cell(o.row.task); }},
    {"output", "", 24, [](const OutputRow& o) { return Cell(o.output.name); }},
    {"kind", "", 13, [](const OutputRow& o) { return Cell(o.output.kind); }},
    {"within limit", "", 9, [](const OutputRow& o) { return Cell(std::string(o.output.within_limit ? "yes" : "no")); }},
    {"judged by", "", 34, [](const OutputRow& o) { return Cell(o.output.judged_by); }},
    {"mae, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.mean_absolute_error.mean); }},
    {"mae, worst sample", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.mean_absolute_error.worst); }},
    {"max absolute error, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.max_absolute_error.mean); }},
    {"max absolute error, worst sample", kScientific, 13, [](const OutputRow& o) { return Cell(o.output.max_absolute_error.worst); }},
    {"relative error, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.relative_error.mean); }},
    {"relative error, worst sample", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.relative_error.worst); }},
    {"cosine similarity, mean", "0.00000", 11, [](const OutputRow& o) { return Cell(o.output.cosine_similarity.mean); }},
    {"cosine similarity, worst sample", "0.00000", 11, [](const OutputRow& o) { return Cell(o.output.cosine_similarity.worst); }},
    {"SQNR (dB), mean", kDecibels, 9, [](const OutputRow& o) { return Cell(o.output.sqnr_db.mean); }},
    {"SQNR (dB), worst sample", kDecibels, 9, [](const OutputRow& o) { return Cell(o.output.sqnr_db.worst); }},
    {"top-1 agreement, mean", "0.0%", 11, [](const OutputRow& o) { return top1(o, &F::mean); }},
    {"top-1 agreement, worst sample", "0.0%", 11, [](const OutputRow& o) { return top1(o, &F::worst); }},
    {"NaN where the original has none", "0", 12, [](const OutputRow& o) { return Cell(static_cast<double>(o.output.nan_count)); }},
    {"infinite where the original is not", "0", 12, [](const OutputRow& o) { return Cell(static_cast<double>(o.output.inf_count)); }},
};
// clang-format on

}  // namespace

void add_outputs_sheet(Workbook& workbook, std::span<const Row> rows) {
  Sheet sheet = workbook.add_sheet("Outputs");
  int at = 0;
  for (const OutputColumn& column : kColumns) {
    sheet.set_width(at, column.width);
    sheet.put(0, at++, std::string(column.header),
              {.number_format = {},
               .is_header = true,
               .is_indented = column.excel.empty(),
               .is_right = !column.excel.empty()});
  }
  sheet.set_height(0, 60);  // points: four lines
  int line = 0;
  for (const Row& row : rows) {
    if (!row.record.agreement) continue;
    for (const OutputAgreement& output : row.record.agreement->outputs) {
      ++line;
      at = 0;
      for (const OutputColumn& column : kColumns) {
        Look look = look_of(row);
        look.number_format = column.excel;
        look.is_indented = column.excel.empty();
        sheet.put(line, at++, column.value({row, output}), look);
      }
    }
  }
  sheet.freeze(1, 1);
  sheet.filter(0, line, at - 1);
  sheet.print_on_wide_pages();
}

}  // namespace autoaccel::report
