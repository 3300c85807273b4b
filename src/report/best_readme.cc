#include <algorithm>

#include "base/text.h"
#include "report/columns.h"
#include "report/facts.h"
#include "report/loading_code.h"
#include "report/markdown.h"
#include "report/remarks.h"
#include "report/report.h"

namespace autoaccel::report {
namespace {

/// What the table of figures shows, by the columns' keys.
constexpr std::string_view kFigures[] = {"speed_up", "median", "p90",  "p99",  "throughput",
                                         "size",     "memory", "load", "first"};

std::string line_of(const std::vector<std::string>& cells) { return "| " + base::join(cells, " | ") + " |\n"; }

std::string interval_of(const Row& row) {
  return shown_text(column("speed_up_low"), row) + " to " + shown_text(column("speed_up_high"), row);
}

/// Nothing for a figure that neither of the two has.
std::string figures_table(const Row& best, const Row* original) {
  std::string table = line_of({"", "original", "this"}) + "|---|---:|---:|\n";
  for (const std::string_view key : kFigures) {
    const Column& shown = column(key);
    const std::string before = original ? shown_text(shown, *original) : "";
    std::string after = shown_text(shown, best);
    if (before.empty() && after.empty()) continue;
    if (key == "speed_up" && best.record.speed_up_interval) after += ", 95 %: " + interval_of(best);
    table += line_of({std::string(shown.header), before.empty() ? "–" : before, after.empty() ? "–" : after});
  }
  return table;
}

/// A list under a heading; empty where there is nothing to list.
std::string list_text(const std::string& heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text = heading + "\n\n";
  for (const std::string& line : lines) text += "- " + markdown_text(line) + "\n";
  return text + "\n";
}

std::string agreement_text(const Agreement& agreement) {
  std::string text = "Outputs against the original's, over " + std::to_string(agreement.samples) +
                     " sample sets (worst sample of each figure):\n\n" +
                     line_of({"output", "largest error", "cosine similarity", "SQNR dB", "judged by"}) +
                     "|---|---:|---:|---:|---|\n";
  for (const OutputAgreement& output : agreement.outputs) {
    text += line_of({markdown_text(output.name), base::significant(output.max_absolute_error.worst, 3),
                     base::fixed(output.cosine_similarity.worst, 6), column("sqnr").format.text(output.sqnr_db.worst),
                     markdown_text(output.judged_by)});
  }
  return text;
}

std::string tensor_line(const std::string& what, const Run& run, const TensorInfo& tensor, const Shape& shape,
                        const Variant& variant) {
  const auto bytes = bytes_of(run, variant, tensor);
  return "- " + what + " " + markdown_code(tensor.name) + ": " + to_text(io_type_of(run, variant, tensor)) + " " +
         to_text(shape) + (bytes ? ", bytes u for " + markdown_code(bytes->to_text()) : "") + "\n";
}

std::string tensors_text(const Run& run, const Variant& variant) {
  std::string text;
  for (const TensorInfo& input : run.model.inputs)
    text += tensor_line("input", run, input, measured_shape(run, input, variant), variant);
  for (const TensorInfo& output : run.model.outputs) {
    text += tensor_line("output", run, output, output.shape.value_or(Shape{}), variant);
  }
  return text;
}

std::string files_text(const Record& record) {
  std::vector<std::string> names;
  for (const auto& file : record.artifact->files) names.push_back(markdown_code(file.filename().string()));
  return base::join(names, ", ");
}

std::string settings_text(const Settings& settings) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : settings) parts.push_back(name + " = " + value);
  return parts.empty() ? "the runtime's defaults" : markdown_text(base::join(parts, ", "));
}

std::string provenance(const Run& run, const Record& record) {
  std::string text = "- from " + markdown_code(run.model.file) + ", sha256 " + markdown_code(run.model.sha256) + "\n";
  const auto runtime = std::find_if(run.runtimes.begin(), run.runtimes.end(),
                                    [&](const RuntimeInfo& info) { return info.name == record.variant.runtime; });
  if (runtime != run.runtimes.end()) {
    text += "- runtime: " + markdown_text(runtime->name) + " " + markdown_text(runtime->version) + "\n";
  }
  text += "- recipe: " + markdown_text(record.variant.recipe) +
          "; settings: " + settings_text(record.variant.settings) + "\n";
  if (record.placement && !record.placement->summary.empty()) {
    text += "- what ran: " + markdown_text(record.placement->summary) + "\n";
  }
  for (const std::string& note : record.notes) text += "- note: " + markdown_text(base::printable(note)) + "\n";
  text += "- measured on " + markdown_text(run.host.processor) + ", " + std::to_string(run.host.threads) +
          (run.host.threads == 1 ? " thread" : " threads") + ", " +
          markdown_text(run.finished.empty() ? run.started : run.finished) + ", by autoaccel " +
          markdown_text(run.tool_version) + "\n";
  if (!record.repeat_command.empty()) text += "- again: " + markdown_code(record.repeat_command) + "\n";
  return text;
}

}  // namespace

std::string best_readme(const Run& run, const Record& record) {
  if (!record.artifact) throw Error(Cause::defect, "the recommended record has no artifact");
  const std::vector<Row> rows = rows_of(run);
  const auto best = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return &row.record == &record; });
  if (best == rows.end()) throw Error(Cause::defect, "the record is none of the run's");

  std::string text = "# " + markdown_text(best->task) + "\n\n" + markdown_text(run.verdict) + "\n\n";
  text += figures_table(*best, find_original(rows)) + "\n";
  if (record.agreement && !record.agreement->outputs.empty()) text += agreement_text(*record.agreement) + "\n";
  text += list_text("Where the shapes differ:", shape_lines(run));
  text += list_text("What else may suit:", pick_lines(run, rows));
  text += "## Load it\n\nFiles: " + files_text(record) + "\n\n" + tensors_text(run, record.variant) + "\n";
  if (const auto code = loading_code(run, record.variant, {.file = record.artifact->path.filename().string()})) {
    text += "C++:\n\n```cpp\n" + code->cpp + "```\n\nPython:\n\n```python\n" + code->python + "```\n\n";
  }
  return text + "## Where it comes from\n\n" + provenance(run, record);
}

}  // namespace autoaccel::report
