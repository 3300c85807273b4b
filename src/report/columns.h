#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "autoaccel/run.h"
#include "report/number_formats.h"

namespace autoaccel::report {

/// A record as a row of a table.
struct Row {
  const Run& run;
  const Record& record;
  std::string task;  ///< plan/label.h; safe to print
  bool is_recommended = false;
  bool is_original = false;
};

/// One row a record, in the run's order.
std::vector<Row> rows_of(const Run& run);

/// The row of the recommended or the original's record; nullptr when there is none.
const Row* find_recommended(std::span<const Row> rows);
const Row* find_original(std::span<const Row> rows);

/// A value in the column's unit; monostate where the run does not have it.
using Cell = std::variant<std::monostate, double, std::string>;

/// A column of the summary.
struct Column {
  std::string_view key;
  std::string_view header;   ///< in the workbook; with the unit
  std::string_view meaning;  ///< one line
  NumberFormat format;       ///< without an Excel format: a column of text
  double width;              ///< in the workbook, characters
  Cell (*value)(const Row&);
};

/// All columns, in the order of the workbook. To add one: its row in columns.cc.
std::span<const Column> columns();

/// errors  defect: no such key
const Column& column(std::string_view key);

/// The cell for people; empty for monostate; text is made printable.
std::string shown_text(const Column& column, const Row& row);

/// `ok`, `ok, noisy`, `not compiled`: the outcome for people.
std::string outcome_text(const Record& record);

}  // namespace autoaccel::report
