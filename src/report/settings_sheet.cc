#include <set>

#include "base/text.h"
#include "report/facts.h"
#include "report/sheets.h"
#include "report/text_width.h"

namespace autoaccel::report {
namespace {

constexpr double kNameWidth = 38;
constexpr double kTextWidth = 70;
constexpr double kSettingWidth = 12;
constexpr double kCommandWidth = 95;

/// A sheet that grows downwards.
class Page {
 public:
  explicit Page(Sheet sheet) : sheet_(sheet) {}

  void heading(const std::string& text) {
    if (line_ > 0) ++line_;
    header({text, ""});
  }
  void header(const std::vector<std::string>& texts) {
    int at = 0;
    for (const std::string& text : texts) sheet_.put(line_, at++, text, {.number_format = {}, .is_header = true});
    ++line_;
  }
  void fact(const std::string& name, const std::string& text) {
    sheet_.set_lines(line_, line_count(cell_text(text), characters_in(kTextWidth)));
    sheet_.put(line_, 0, name);
    sheet_.put(line_++, 1, text, {.number_format = {}, .is_wrapped = true});
  }
  void row(const std::vector<std::string>& texts, const Look& look) {
    int at = 0;
    for (const std::string& text : texts) sheet_.put(line_, at++, text, look);
    ++line_;
  }

 private:
  Sheet sheet_;
  int line_ = 0;
};

std::vector<std::string> setting_names(std::span<const Row> rows) {
  std::set<std::string> names;
  for (const Row& row : rows) {
    for (const auto& [name, value] : row.record.variant.settings) names.insert(name);
  }
  return {names.begin(), names.end()};
}

/// One line a variant: what it was told, what was remarked, and how to run it again.
void add_variants(Page& page, std::span<const Row> rows, const std::vector<std::string>& settings) {
  std::vector<std::string> header = {"Settings of each variant", "id", "recipe", "I/O types"};
  header.insert(header.end(), settings.begin(), settings.end());
  header.insert(header.end(), {"notes", "run it again"});
  page.header(header);
  for (const Row& row : rows) {
    const Variant& variant = row.record.variant;
    std::vector<std::string> texts = {row.task, variant.id(), variant.recipe, to_text(variant.io)};
    for (const std::string& name : settings) {
      const auto setting = variant.settings.find(name);
      texts.push_back(setting == variant.settings.end() ? "" : setting->second);
    }
    texts.push_back(base::join(row.record.notes, "; "));
    texts.push_back(row.record.repeat_command);
    page.row(texts, look_of(row));
  }
}

}  // namespace

void add_settings_sheet(Workbook& workbook, const Run& run, std::span<const Row> rows) {
  Sheet sheet = workbook.add_sheet("Host and settings");
  const std::vector<std::string> settings = setting_names(rows);
  sheet.set_width(0, kNameWidth);
  sheet.set_width(1, kTextWidth);
  const int first_setting = 2;
  for (int i = 0; i < static_cast<int>(settings.size()) + 2; ++i) sheet.set_width(first_setting + i, kSettingWidth);
  const int notes = first_setting + 2 + static_cast<int>(settings.size());
  sheet.set_width(notes, kTextWidth);
  sheet.set_width(notes + 1, kCommandWidth);

  Page page(sheet);
  for (const FactSection& section : facts_of(run)) {
    page.heading(section.title);
    for (const auto& [name, text] : section.facts) page.fact(name, text);
  }
  page.row({}, {});
  add_variants(page, rows, settings);
  page.heading("Columns of the first sheet");
  for (const Column& column : columns()) page.fact(std::string(column.header), std::string(column.meaning));
  sheet.print_on_wide_pages();
}

}  // namespace autoaccel::report
