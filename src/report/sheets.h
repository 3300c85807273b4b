#pragma once

#include <span>

#include "report/columns.h"
#include "report/workbook.h"

namespace autoaccel::report {

/// The sheets of summary.xlsx, one function and one file each.
void add_summary_sheet(Workbook& workbook, const Run& run, std::span<const Row> rows);
/// Nothing where nothing was measured.
void add_charts_sheet(Workbook& workbook, std::span<const Row> rows);
void add_settings_sheet(Workbook& workbook, std::span<const Row> rows);
/// What the run was made of, and what the columns of the summary mean.
void add_host_sheet(Workbook& workbook, const Run& run);
void add_outputs_sheet(Workbook& workbook, std::span<const Row> rows);

constexpr std::int32_t kBestFill = 0xE2F0D9;   // green: the recommended row
constexpr std::int32_t kDoubtInk = 0x9C5700;   // brown: ran, but suspect or outside its limit
constexpr std::int32_t kAbsentInk = 0x7F7F7F;  // grey: did not run
constexpr std::int32_t kWrongInk = 0xA8321F;   // red: outside its limit, or did not end well
constexpr std::int32_t kGoodFill = 0xA9D8CF;   // green: faster, more faithful
constexpr std::int32_t kBadFill = 0xF3C3B8;    // red: slower, less faithful
constexpr std::int32_t kBarFill = 0xB9D9EA;    // blue: a figure's bar

/// Letters of running text in a column: widths are in digits, of which a letter takes a tenth less.
inline int characters_in(double width) { return static_cast<int>(width * 1.1); }

/// The look that all cells of a record's row share.
inline Look look_of(const Row& row) {
  Look look;
  if (row.is_recommended)
    look = {.number_format = {}, .is_bold = true, .fill = kBestFill};
  else if (!row.record.rank)
    look.ink = kAbsentInk;
  else if (row.record.outcome != Outcome::ok)
    look.ink = kDoubtInk;
  return look;
}

}  // namespace autoaccel::report
