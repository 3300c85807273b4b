#include <set>

#include "base/text.h"
#include "report/sheets.h"

namespace autoaccel::report {
namespace {

constexpr double kTaskWidth = 38;
constexpr double kIdWidth = 48;
constexpr double kSettingWidth = 14;
constexpr double kNotesWidth = 70;
constexpr double kCommandWidth = 95;

/// Every setting that some variant was told, in the order of their names.
std::vector<std::string> setting_names(std::span<const Row> rows) {
  std::set<std::string> names;
  for (const Row& row : rows) {
    for (const auto& [name, value] : row.record.variant.settings) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> texts_of(const Row& row, const std::vector<std::string>& settings) {
  const Variant& variant = row.record.variant;
  std::vector<std::string> texts = {row.task, variant.id(), variant.recipe, to_text(variant.io)};
  for (const std::string& name : settings) {
    const auto setting = variant.settings.find(name);
    texts.push_back(setting == variant.settings.end() ? "" : setting->second);
  }
  texts.push_back(base::join(row.record.notes, "; "));
  texts.push_back(row.record.repeat_command);
  return texts;
}

}  // namespace

void add_settings_sheet(Workbook& workbook, std::span<const Row> rows) {
  Sheet sheet = workbook.add_sheet("Settings");
  const std::vector<std::string> settings = setting_names(rows);
  std::vector<std::string> header = {"task", "id", "recipe", "I/O types"};
  std::vector<double> widths = {kTaskWidth, kIdWidth, kSettingWidth, kSettingWidth};
  header.insert(header.end(), settings.begin(), settings.end());
  widths.insert(widths.end(), settings.size(), kSettingWidth);
  header.insert(header.end(), {"notes", "run it again"});
  widths.insert(widths.end(), {kNotesWidth, kCommandWidth});
  for (int i = 0; i < static_cast<int>(header.size()); ++i) {
    sheet.set_width(i, widths[static_cast<std::size_t>(i)]);
    sheet.put(0, i, header[static_cast<std::size_t>(i)], {.number_format = {}, .is_header = true});
  }
  int line = 0;
  for (const Row& row : rows) {
    ++line;
    int at = 0;
    for (const std::string& text : texts_of(row, settings)) sheet.put(line, at++, text, look_of(row));
  }
  sheet.freeze(1, 1);
  sheet.filter(0, line, static_cast<int>(header.size()) - 1);
  sheet.print_on_wide_pages();
}

}  // namespace autoaccel::report
