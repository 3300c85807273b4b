#pragma once

#include <span>
#include <string_view>

#include "report/columns.h"

namespace autoaccel::report {

/// An output of one record.
struct OutputRow {
  const Row& row;
  const OutputAgreement& output;
};

/// A column of the table of outputs.
struct OutputColumn {
  std::string_view header;
  NumberFormat format;  ///< without an Excel format: a column of text
  double width;         ///< in the workbook, characters
  Cell (*value)(const OutputRow&);
};

/// All columns, in the order of the workbook; the first is the variant. To add one: its row in output_columns.cc.
std::span<const OutputColumn> output_columns();

}  // namespace autoaccel::report
