#include <algorithm>
#include <map>
#include <span>

#include "base/text.h"
#include "report/columns.h"
#include "report/remarks.h"
#include "report/report.h"
#include "report/text_width.h"

namespace autoaccel::report {
namespace {

constexpr int kNarrowest = 40;     // below it nothing sensible fits; the terminal then wraps
constexpr int kWidestText = 100;   // longer lines of prose are hard to read
constexpr int kShortestTask = 16;  // what must stay of a task before a column is dropped
constexpr int kShortestId = 32;
constexpr std::string_view kGap = "  ";

constexpr std::size_t kMostRows = 40;   // what a terminal shows without scrolling far
constexpr std::size_t kShownRows = 25;  // of more than that
constexpr std::size_t kMostTasks = 8;   // that share a reason
constexpr std::string_view kFrontMark = "◆ ";

/// A column of the terminal's table. Columns with a higher `importance` number are dropped first; 0 stays.
struct ConsoleColumn {
  std::string_view key;
  std::string_view header;
  int importance;
  std::string (*text)(const Row&) = nullptr;  ///< nullptr: that of the column with this key
};

std::string rank_text(const Row& row) {
  const std::string_view mark = row.is_recommended ? "★ " : row.record.on_pareto_front ? kFrontMark : "  ";
  return std::string(mark) + shown_text(column("rank"), row);
}

std::string interval_text(const Row& row) {
  const auto& interval = row.record.speed_up_interval;
  return interval ? base::fixed(interval->low, 2) + "–" + base::fixed(interval->high, 2) : std::string();
}

constexpr ConsoleColumn kColumns[] = {
    {"rank", "", 0, rank_text},
    {"task", "task", 0},
    {"speed_up", "speed-up", 0},
    {"interval", "95 %", 2, interval_text},
    {"median", "median ms", 1},
    {"p90", "p90 ms", 8},
    {"throughput", "samples/s", 2},
    {"sqnr", "SQNR dB", 3},
    {"mae", "mae", 4},
    {"size", "MB", 5},
    {"memory", "memory MB", 6},
    {"load", "load s", 7},
    {"outcome", "outcome", 1},
    {"id", "id", 9},
};

/// ANSI codes, or nothing where colours are not wanted.
struct Style {
  bool color = false;
  std::string plain(const std::string& text) const { return text; }
  std::string bold(const std::string& text) const { return wrap("\x1b[1m", text); }
  std::string good(const std::string& text) const { return wrap("\x1b[1;32m", text); }
  std::string bad(const std::string& text) const { return wrap("\x1b[33m", text); }
  std::string faint(const std::string& text) const { return wrap("\x1b[2m", text); }

 private:
  std::string wrap(const char* begin, const std::string& text) const {
    return color && !text.empty() ? begin + text + "\x1b[0m" : text;
  }
};

struct Table {
  std::vector<const ConsoleColumn*> columns;
  std::vector<int> widths;
  std::vector<std::vector<std::string>> cells;  ///< by row
  std::vector<const Row*> rows;
  std::size_t left_out = 0;  ///< rows that are in summary.xlsx only

  int width() const {
    int sum = 0;
    for (const int width : widths) sum += width + static_cast<int>(kGap.size());
    return sum - static_cast<int>(kGap.size());
  }
};

bool is_text(const ConsoleColumn& shown) { return !shown.text && column(shown.key).format.text == nullptr; }

std::string cell_text(const ConsoleColumn& shown, const Row& row) {
  return shown.text ? shown.text(row) : shown_text(column(shown.key), row);
}

/// The rows that ran, the first of them where there are many, with every column that has a value in one of them.
Table full_table(const std::vector<Row>& rows) {
  Table table;
  for (const Row& row : rows) {
    if (row.record.rank) table.rows.push_back(&row);
  }
  if (table.rows.size() > kMostRows) {
    table.left_out = table.rows.size() - kShownRows;
    table.rows.resize(kShownRows);
  }
  table.cells.resize(table.rows.size());
  for (const ConsoleColumn& shown : kColumns) {
    std::vector<std::string> texts;
    for (const Row* row : table.rows) texts.push_back(cell_text(shown, *row));
    if (std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); })) continue;
    int width = display_width(shown.header);
    for (const std::string& text : texts) width = std::max(width, display_width(text));
    table.columns.push_back(&shown);
    table.widths.push_back(width);
    for (std::size_t i = 0; i < texts.size(); ++i) table.cells[i].push_back(std::move(texts[i]));
  }
  return table;
}

void drop_column(Table& table, std::size_t index) {
  const auto at = static_cast<std::ptrdiff_t>(index);
  table.columns.erase(table.columns.begin() + at);
  table.widths.erase(table.widths.begin() + at);
  for (auto& row : table.cells) row.erase(row.begin() + at);
}

/// Makes the table at most `width` wide: a task takes two fifths at most, then the least important columns go (an id is
/// shortened first), then tasks are shortened further. What is left over in the end goes back to the tasks.
void fit(Table& table, int width) {
  const auto find = [&](std::string_view key) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(), [&](auto* c) { return c->key == key; });
    return static_cast<std::size_t>(found - table.columns.begin());
  };
  const auto shrink = [&](std::string_view key, int shortest) {
    int& taken = table.widths[find(key)];
    taken = std::max(taken - std::max(table.width() - width, 0), std::min(shortest, taken));
  };
  const int longest_task = table.widths[find("task")];
  shrink("task", std::max(kShortestTask, width * 2 / 5));
  while (table.width() > width) {
    const auto least = std::max_element(table.columns.begin(), table.columns.end(),
                                        [](auto* a, auto* b) { return a->importance < b->importance; });
    if ((*least)->importance == 0) break;
    if ((*least)->key == "id") shrink("id", kShortestId);
    if (table.width() > width) drop_column(table, static_cast<std::size_t>(least - table.columns.begin()));
  }
  shrink("task", kShortestTask);
  int& task = table.widths[find("task")];
  task = std::min(longest_task, task + std::max(width - table.width(), 0));
}

std::string line_of(const Table& table, const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = shortened(cells[i], table.widths[i]);
    if (i > 0) line += kGap;
    line += is_text(*table.columns[i]) ? padded_right(text, table.widths[i]) : padded_left(text, table.widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string table_text(const Table& table, const Style& style) {
  std::vector<std::string> headers;
  for (const ConsoleColumn* shown : table.columns) headers.emplace_back(shown->header);
  std::string text = style.bold(line_of(table, headers)) + "\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::string line = line_of(table, table.cells[i]);
    const Record& record = table.rows[i]->record;
    text += (table.rows[i]->is_recommended   ? style.good(line)
             : record.outcome != Outcome::ok ? style.bad(line)
                                             : line) +
            "\n";
  }
  if (table.left_out > 0)
    text += style.faint("… and " + std::to_string(table.left_out) + " more in summary.xlsx") + "\n";
  const bool has_front = std::any_of(table.rows.begin(), table.rows.end(), [](const Row* row) {
    return row->record.on_pareto_front && !row->is_recommended;
  });
  if (has_front)
    text += style.faint(std::string(kFrontMark) + "nothing is faster, more faithful and smaller at once") + "\n";
  return text;
}

using Paint = std::string (Style::*)(const std::string&) const;

/// The text as wrapped lines, each painted on its own so that no colour runs over a line's end.
std::string paragraph(const Style& style, Paint paint, std::string_view text, int width,
                      const std::string& indent = "") {
  std::string lines;
  for (const std::string& line : wrapped(text, std::min(width, kWidestText) - display_width(indent))) {
    lines += indent + (style.*paint)(line) + "\n";
  }
  return lines;
}

std::string tasks_text(const std::vector<std::string>& tasks) {
  const std::size_t count = std::min(tasks.size(), kMostTasks);
  std::string text = base::join(std::span(tasks).first(count), "; ");
  return tasks.size() > count ? text + "; and " + std::to_string(tasks.size() - count) + " more" : text;
}

/// Records that are not ok: outcome → reason → tasks, all in the order of the run.
std::string not_ok_text(const std::vector<Row>& rows, int width, const Style& style) {
  std::vector<std::string> outcomes;
  std::map<std::string, std::vector<std::string>> reasons;                        // by outcome
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> tasks;  // by outcome and reason
  for (const Row& row : rows) {
    if (row.record.outcome == Outcome::ok) continue;
    const std::string outcome = outcome_text(row.record);
    const std::string reason = row.record.reason.empty() ? "no reason given" : base::printable(row.record.reason);
    if (reasons[outcome].empty()) outcomes.push_back(outcome);
    auto& listed = tasks[{outcome, reason}];
    if (listed.empty()) reasons[outcome].push_back(reason);
    listed.push_back(row.task);
  }
  std::string text;
  for (const std::string& outcome : outcomes) {
    text += "\n" + style.bold(outcome) + "\n";
    for (const std::string& reason : reasons[outcome]) {
      text += paragraph(style, &Style::plain, reason, width, "  ");
      text += paragraph(style, &Style::faint, tasks_text(tasks[{outcome, reason}]), width, "    ");
    }
  }
  return text;
}

std::string warnings_text(const Run& run, int width, const Style& style) {
  std::vector<std::string> warnings = run.warnings;
  warnings.insert(warnings.end(), run.samples.warnings.begin(), run.samples.warnings.end());
  std::string text;
  for (const std::string& warning : warnings) {
    text += paragraph(style, &Style::bad, "warning: " + base::printable(warning, std::string_view::npos), width);
  }
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string console_table(const Run& run, int width, bool color) {
  const Style style{.color = color};
  width = std::max(width, kNarrowest);
  const std::vector<Row> rows = rows_of(run);
  Table table = full_table(rows);
  std::string text;
  if (!table.rows.empty()) {
    fit(table, width);
    text = table_text(table, style);
  }
  if (!run.verdict.empty()) {
    if (!text.empty()) text += "\n";
    text += paragraph(style, &Style::bold, base::printable(run.verdict, std::string_view::npos), width);
  }
  for (const std::string& line : pick_lines(run, rows)) text += paragraph(style, &Style::plain, line, width, "  ");
  for (const std::string& line : shape_lines(run)) text += paragraph(style, &Style::plain, line, width, "  ");
  return text + not_ok_text(rows, width, style) + warnings_text(run, width, style);
}

}  // namespace autoaccel::report
