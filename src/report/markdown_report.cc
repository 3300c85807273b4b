#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/columns.h"
#include "report/markdown.h"
#include "report/remarks.h"
#include "report/report.h"

namespace autoaccel::report {
namespace {

/// A comment on a pull request is read by scrolling: the front is what matters.
constexpr std::size_t kMostRows = 15;

/// The columns, by their keys.
constexpr std::string_view kShown[] = {"rank", "task", "speed_up", "median", "throughput",
                                       "sqnr", "size", "memory",   "outcome"};

std::string line_of(const std::vector<std::string>& cells) { return "| " + base::join(cells, " | ") + " |\n"; }

std::string table_of(std::span<const Row* const> rows) {
  std::vector<std::string> headers, rules;
  for (const std::string_view key : kShown) {
    headers.emplace_back(column(key).header);
    rules.emplace_back(column(key).format.text ? "---:" : "---");
  }
  std::string table = line_of(headers) + line_of(rules);
  for (const Row* row : rows) {
    std::vector<std::string> cells;
    for (const std::string_view key : kShown) {
      std::string cell = markdown_text(shown_text(column(key), *row));
      if (row->is_recommended && !cell.empty()) cell = "**" + cell + "**";
      cells.push_back(std::move(cell));
    }
    table += line_of(cells);
  }
  return table + "\n";
}

/// `12 skipped, 2 disagreed, 1 crashed`: how what has no row ended.
std::string others_text(std::span<const Row* const> others) {
  std::map<Outcome, int> counts;
  for (const Row* row : others) ++counts[row->record.outcome];
  std::vector<std::string> texts;
  for (const auto& [outcome, count] : counts)
    texts.push_back(std::to_string(count) + " " + markdown_text(to_text(outcome)));
  return texts.empty() ? ""
                       : "Not shown: " + base::join(texts, ", ") + ". `summary.csv` has them all, with reasons.\n\n";
}

std::string list_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += "- " + markdown_text(base::printable(line, std::string_view::npos)) + "\n";
  return text.empty() ? text : text + "\n";
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string markdown_summary(const Run& run) {
  const std::vector<Row> rows = rows_of(run);
  std::vector<const Row*> shown, others;
  for (const Row& row : rows) {
    const bool is_wanted = row.record.rank && (shown.size() < kMostRows || row.is_original || row.is_recommended);
    (is_wanted ? shown : others).push_back(&row);
  }
  std::vector<std::string> remarks = pick_lines(run, rows);
  for (const std::string& line : shape_lines(run)) remarks.push_back(line);
  for (const std::string& warning : run.warnings) remarks.push_back("warning: " + warning);
  for (const std::string& warning : run.samples.warnings) remarks.push_back("warning: " + warning);
  return "# " + markdown_text(file_name(run.model.file)) + "\n\n" + markdown_text(run.verdict) + "\n\n" +
         (shown.empty() ? "" : table_of(shown)) + others_text(others) + list_of(remarks) + "Measured on " +
         markdown_text(run.host.processor) + ", " + std::to_string(run.host.threads) +
         (run.host.threads == 1 ? " thread, " : " threads, ") + (run.finished.empty() ? run.started : run.finished) +
         ", by autoaccel " + markdown_text(run.tool_version) + ".\n";
}

}  // namespace autoaccel::report
