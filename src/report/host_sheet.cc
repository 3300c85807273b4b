#include <utility>

#include "report/facts.h"
#include "report/sheets.h"
#include "report/text_width.h"

namespace autoaccel::report {
namespace {

constexpr double kNameWidth = 38;
constexpr double kTextWidth = 90;

/// A sheet of names and texts that grows downwards.
class Page {
 public:
  explicit Page(Sheet sheet) : sheet_(std::move(sheet)) {}

  void heading(const std::string& text) {
    if (line_ > 0) ++line_;
    sheet_.put(line_, 0, text, {.number_format = {}, .is_header = true});
    sheet_.put(line_++, 1, std::string(), {.number_format = {}, .is_header = true});
  }
  void fact(const std::string& name, const std::string& text) {
    sheet_.set_lines(line_, line_count(cell_text(text), characters_in(kTextWidth)));
    sheet_.put(line_, 0, name);
    sheet_.put(line_++, 1, text, {.number_format = {}, .is_wrapped = true});
  }

 private:
  Sheet sheet_;
  int line_ = 0;
};

}  // namespace

void add_host_sheet(Workbook& workbook, const Run& run) {
  Sheet sheet = workbook.add_sheet("Host and run");
  sheet.set_width(0, kNameWidth);
  sheet.set_width(1, kTextWidth);
  Page page(sheet);
  for (const FactSection& section : facts_of(run)) {
    page.heading(section.title);
    for (const auto& [name, text] : section.facts) page.fact(name, text);
  }
  page.heading("Columns of the first sheet");
  for (const Column& column : columns()) page.fact(std::string(column.header), std::string(column.meaning));
  sheet.print_on_wide_pages(false);
}

}  // namespace autoaccel::report
