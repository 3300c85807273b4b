#include <ctime>

#include "report/report.h"
#include "report/sheets.h"

namespace autoaccel::report {
namespace {

/// ISO 8601 in UTC as seconds since 1970; 0 where the text is not of that form.
std::int64_t seconds_from_utc(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  return end && *end == '\0' ? static_cast<std::int64_t>(timegm(&time)) : 0;
}

}  // namespace

void write_xlsx(const Run& run, const std::filesystem::path& path) {
  const std::vector<Row> rows = rows_of(run);
  Workbook workbook(path, {.title = "Auto Acceleration: " + run.model.file,
                           .created = seconds_from_utc(run.finished.empty() ? run.started : run.finished)});
  add_summary_sheet(workbook, run, rows);
  add_charts_sheet(workbook, rows);
  add_outputs_sheet(workbook, rows);
  add_settings_sheet(workbook, rows);
  add_host_sheet(workbook, run);
  workbook.close();
}

}  // namespace autoaccel::report
