#include <algorithm>

#include "report/sheets.h"

namespace autoaccel::report {
namespace {

constexpr int kMostBars = 20;                  // more do not fit beside their names
constexpr int kBarHeight = 26;                 // pixels
constexpr int kFrameHeight = 130;              // pixels, of titles, axis and legend
constexpr double kRowHeight = 20;              // pixels, of a row of the sheet
constexpr int kScatterHeight = 480;            // pixels
constexpr std::int32_t kDeployInk = 0x0B6E6E;  // as in report.html
constexpr std::int32_t kWithinInk = 0x8A9199;
constexpr std::int32_t kDoubtfulInk = 0xC97A12;

/// Each has columns of its own, since a series has one colour.
struct Group {
  std::string name;
  std::int32_t color;
  bool (*has)(const Row&);
};

const Group kGroups[] = {
    {"to deploy", kDeployInk, [](const Row& row) { return row.is_recommended; }},
    {"within its limit", kWithinInk,
     [](const Row& row) { return !row.is_recommended && row.record.outcome == Outcome::ok; }},
    {"suspect, or outside its limit", kDoubtfulInk,
     [](const Row& row) { return !row.is_recommended && row.record.outcome != Outcome::ok; }},
};
constexpr int kGroupCount = static_cast<int>(std::size(kGroups));

/// An axis with powers of ten has no place for outputs that are equal.
Cell error_of(const Row& row) {
  const Cell value = column("mae").value(row);
  const auto* error = std::get_if<double>(&value);
  return error && *error > 0 ? value : Cell();
}

/// The figures that the charts show: task, speed-up, then throughput and error in a column for each group.
void write_figures(Sheet& sheet, const std::vector<const Row*>& rows, int top) {
  const Look header = {.number_format = {}, .is_header = true};
  sheet.put(top, 0, std::string("task"), header);
  sheet.put(top, 1, std::string("speed-up"), header);
  for (int group = 0; group < kGroupCount; ++group) {
    sheet.put(top, 2 + group, "throughput (samples/second): " + kGroups[group].name, header);
    sheet.put(top, 2 + kGroupCount + group, "mae: " + kGroups[group].name, header);
  }
  sheet.set_height(top, 60);  // points: four lines
  int line = top;
  for (const Row* row : rows) {
    ++line;
    sheet.put(line, 0, row->task);
    sheet.put(line, 1, column("speed_up").value(*row), {.number_format = std::string(kFactor.excel)});
    for (int group = 0; group < kGroupCount; ++group) {
      if (!kGroups[group].has(*row)) continue;
      sheet.put(line, 2 + group, column("throughput").value(*row), {.number_format = std::string(kTwoDecimals.excel)});
      sheet.put(line, 2 + kGroupCount + group, error_of(*row), {.number_format = std::string(kScientific.excel)});
    }
  }
}

}  // namespace

void add_charts_sheet(Workbook& workbook, std::span<const Row> rows) {
  std::vector<const Row*> ran;
  for (const Row& row : rows)
    if (row.record.measurement) ran.push_back(&row);
  if (ran.empty()) return;
  Sheet sheet = workbook.add_sheet("Charts");
  sheet.set_width(0, 44);
  for (int i = 1; i < 2 + 2 * kGroupCount; ++i) sheet.set_width(i, 15);

  const int count = static_cast<int>(ran.size());
  const int bars = std::min(count, kMostBars);
  const int bars_height = kFrameHeight + bars * kBarHeight;
  const int scatter_row = static_cast<int>(bars_height / kRowHeight) + 1;
  const int top = scatter_row + static_cast<int>(kScatterHeight / kRowHeight) + 1;
  write_figures(sheet, ran, top);

  SheetChart throughput{.kind = SheetChart::Kind::bars,
                        .title = count > bars ? "Throughput of the best " + std::to_string(bars) : "Throughput",
                        .x_title = "samples per second",
                        .y_title = "",
                        .height = bars_height,
                        .series = {}};
  SheetChart fidelity{.kind = SheetChart::Kind::scatter,
                      .title = "Speed against error (outputs that are equal have no error to show)",
                      .x_title = "times as fast as the original",
                      .y_title = "mean absolute error",
                      .is_log = true,
                      .height = kScatterHeight,
                      .series = {}};
  for (int group = 0; group < kGroupCount; ++group) {
    if (std::none_of(ran.begin(), ran.end(), [&](const Row* row) { return kGroups[group].has(*row); })) continue;
    throughput.series.push_back({.name = kGroups[group].name,
                                 .categories = {0, top + 1, top + bars},
                                 .values = {2 + group, top + 1, top + bars},
                                 .color = kGroups[group].color});
    fidelity.series.push_back({.name = kGroups[group].name,
                               .categories = {1, top + 1, top + count},
                               .values = {2 + kGroupCount + group, top + 1, top + count},
                               .color = kGroups[group].color});
  }
  sheet.draw(0, 0, throughput);
  sheet.draw(scatter_row, 0, fidelity);
  sheet.print_on_wide_pages(false);
}

}  // namespace autoaccel::report
