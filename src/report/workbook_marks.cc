// What a workbook draws over its figures: charts and conditional formats.

#include <xlsxwriter.h>

#include "report/workbook.h"

namespace autoaccel::report {
namespace {

constexpr std::uint32_t kChartWidth = 900;  // pixels
constexpr std::int32_t kGridInk = 0xE3E0DA;
constexpr std::int32_t kMiddle = 0xFFFFFF;  // white: neither better nor worse

void require_ok(lxw_error error) {
  if (error != LXW_NO_ERROR)
    throw Error(Cause::defect, std::string("the workbook refused a chart or format: ") + lxw_strerror(error));
}

lxw_row_t row_of(int row) { return static_cast<lxw_row_t>(row); }
lxw_col_t column_of(int column) { return static_cast<lxw_col_t>(column); }
lxw_color_t color_of(std::int32_t color) { return static_cast<lxw_color_t>(color); }

void set_titles(lxw_chart* chart, const SheetChart& wanted) {
  chart_title_set_name(chart, wanted.title.c_str());
  lxw_chart_font title_font{};
  title_font.size = 14;
  chart_title_set_name_font(chart, &title_font);
  chart_axis_set_name(chart->x_axis, wanted.x_title.c_str());
  chart_axis_set_name(chart->y_axis, wanted.y_title.c_str());
  lxw_chart_font axis_font{};
  axis_font.size = 10;
  axis_font.bold = LXW_EXPLICIT_FALSE;
  lxw_chart_line grid{};
  grid.color = color_of(kGridInk);
  grid.width = 0.75F;  // points
  for (lxw_chart_axis* axis : {chart->x_axis, chart->y_axis}) {
    const bool has_figures = wanted.kind == SheetChart::Kind::scatter || axis == chart->x_axis;
    chart_axis_major_gridlines_set_visible(axis, has_figures);
    if (has_figures) chart_axis_major_gridlines_set_line(axis, &grid);
  }
  chart_axis_set_name_font(chart->x_axis, &axis_font);
  chart_axis_set_name_font(chart->y_axis, &axis_font);
}

void add_series(lxw_chart* chart, const std::string& sheet, const SheetChart::Kind kind, const ChartSeries& wanted) {
  lxw_chart_series* series = chart_add_series(chart, nullptr, nullptr);
  const CellRange& names = wanted.categories;
  const CellRange& values = wanted.values;
  chart_series_set_categories(series, sheet.c_str(), row_of(names.first_row), column_of(names.column),
                              row_of(names.last_row), column_of(names.column));
  chart_series_set_values(series, sheet.c_str(), row_of(values.first_row), column_of(values.column),
                          row_of(values.last_row), column_of(values.column));
  chart_series_set_name(series, wanted.name.c_str());
  lxw_chart_fill fill{.color = color_of(wanted.color), .none = 0, .transparency = 0};
  if (kind == SheetChart::Kind::bars) {
    chart_series_set_fill(series, &fill);
    return;
  }
  chart_series_set_marker_type(series, LXW_CHART_MARKER_CIRCLE);
  chart_series_set_marker_size(series, 8);
  chart_series_set_marker_fill(series, &fill);
  lxw_chart_line line{};
  line.color = color_of(wanted.color);
  chart_series_set_marker_line(series, &line);
}

}  // namespace

void Sheet::draw(int row, int column, const SheetChart& wanted) {
  lxw_chart* chart = workbook_.new_chart(wanted.kind);
  set_titles(chart, wanted);
  for (const ChartSeries& series : wanted.series) add_series(chart, name_, wanted.kind, series);
  if (wanted.kind == SheetChart::Kind::bars) {
    chart_axis_set_reverse(chart->y_axis);       // of the names: the first row on top,
    chart_axis_set_crossing_max(chart->y_axis);  // and the figures below
    chart_set_series_gap(chart, 40);             // % of a bar
    chart_set_series_overlap(chart, 100);        // the series share their rows
  }
  if (wanted.is_log) {
    chart_axis_set_log_base(chart->y_axis, 10);
    chart_axis_set_num_format(chart->y_axis, "0E+00");
    chart_axis_set_crossing_min(chart->y_axis);
  }
  chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
  lxw_chart_options options{};
  const auto height = static_cast<double>(wanted.height);
  options.x_scale = kChartWidth / 480.0;  // of a chart's default size
  options.y_scale = height / 288.0;
  require_ok(worksheet_insert_chart_opt(sheet_, row_of(row), column_of(column), chart, &options));
}

void Sheet::add_bars(const CellRange& cells, std::int32_t color) {
  lxw_conditional_format format{};
  format.type = LXW_CONDITIONAL_DATA_BAR;
  format.bar_color = color_of(color);
  format.bar_solid = LXW_TRUE;
  format.data_bar_2010 = LXW_TRUE;
  format.min_rule_type = LXW_CONDITIONAL_RULE_TYPE_NUMBER;  // from 0: a bar's length is the number
  format.max_rule_type = LXW_CONDITIONAL_RULE_TYPE_MAXIMUM;
  require_ok(worksheet_conditional_format_range(sheet_, row_of(cells.first_row), column_of(cells.column),
                                                row_of(cells.last_row), column_of(cells.column), &format));
}

void Sheet::add_scale(const CellRange& cells, double middle, std::int32_t low, std::int32_t high) {
  lxw_conditional_format format{};
  format.type = LXW_CONDITIONAL_3_COLOR_SCALE;
  format.min_color = color_of(low);
  format.mid_rule_type = LXW_CONDITIONAL_RULE_TYPE_NUMBER;
  format.mid_value = middle;
  format.mid_color = color_of(kMiddle);
  format.max_color = color_of(high);
  require_ok(worksheet_conditional_format_range(sheet_, row_of(cells.first_row), column_of(cells.column),
                                                row_of(cells.last_row), column_of(cells.column), &format));
}

void Sheet::mark(const CellRange& cells, const std::string& text, const Look& look) {
  lxw_conditional_format format{};
  format.type = LXW_CONDITIONAL_TYPE_TEXT;
  format.criteria = LXW_CONDITIONAL_CRITERIA_TEXT_BEGINS_WITH;
  std::string copy = text;  // libxlsxwriter's pointer is to a text that may be written
  format.value_string = copy.data();
  format.format = workbook_.format(look);
  require_ok(worksheet_conditional_format_range(sheet_, row_of(cells.first_row), column_of(cells.column),
                                                row_of(cells.last_row), column_of(cells.column), &format));
}

lxw_chart* Workbook::new_chart(SheetChart::Kind kind) {
  const auto type = kind == SheetChart::Kind::bars ? LXW_CHART_BAR : LXW_CHART_SCATTER;
  lxw_chart* chart = workbook_add_chart(workbook_, static_cast<std::uint8_t>(type));
  if (!chart) throw Error(Cause::defect, "the workbook refused a chart");
  return chart;
}

}  // namespace autoaccel::report
