#pragma once

#include <filesystem>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::report {

/// run.json: schema in docs/run-json.md. `run_from_json(json_from_run(run))` gives the same run.
std::string json_from_run(const Run& run);

/// errors  model: not JSON, another schema version, a missing or mistyped member, with its JSON pointer
Run run_from_json(const std::string& text, const std::string& name);

/// summary.xlsx. errors  environment: cannot be written
void write_xlsx(const Run& run, const std::filesystem::path& path);

/// report.html: one file that asks for nothing from a network, with charts, every variant and how to run it again.
std::string html_report(const Run& run);

/// summary.md, for a pull request: the verdict, the front of the table, remarks and warnings.
std::string markdown_summary(const Run& run);

/// summary.csv: every record and column of the workbook, as RFC 4180 has it. Numbers are whole, in the unit of the
/// header; text that a spreadsheet would take for a formula has an apostrophe before it.
std::string csv_summary(const Run& run);

/// junit.xml: a case for the recommendation, which fails where there is none, and one for each variant, which passes or
/// is skipped with its outcome and reason.
std::string junit_summary(const Run& run);

/// The ranked table and the verdict as the terminal shows them.
/// width  columns of the terminal; color  ANSI colours allowed
std::string console_table(const Run& run, int width, bool color);

/// README.md of the best/ folder: what it is, the figures, how to load it with the measured settings.
std::string best_readme(const Run& run, const Record& record);

}  // namespace autoaccel::report
