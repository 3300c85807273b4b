#include "report/remarks.h"

#include <algorithm>

#include "base/text.h"

namespace autoaccel::report {
namespace {

/// Both at the same shape of all inputs; nullptr: the original was not run there.
const ShapePoint* original_at(const Run& run, const ShapePoint& point) {
  const auto found = std::find_if(run.shapes.begin(), run.shapes.end(), [&](const ShapePoint& other) {
    return other.id == run.original && other.where == point.where && other.inputs == point.inputs;
  });
  return found == run.shapes.end() ? nullptr : &*found;
}

std::string times_as_fast(double factor) { return base::fixed(factor, 2) + " × as fast"; }

std::string shape_line(const Run& run, const ShapePoint& point) {
  std::vector<std::string> parts;
  if (const auto speed_up = shape_speed_up(run, point)) {
    parts.push_back(times_as_fast(*speed_up) + " as the original");
  } else if (point.seconds) {
    parts.push_back(base::human_seconds(*point.seconds) + " a request");
  }
  if (point.sqnr_db) parts.push_back(column("sqnr").format.text(*point.sqnr_db) + (*point.sqnr_db < 200 ? " dB" : ""));
  if (point.change_seconds && *point.change_seconds > 0)
    parts.push_back(base::human_seconds(*point.change_seconds) + " more for the first request");
  if (!point.within_limit) parts.emplace_back("outside its limit");
  if (!point.reason.empty()) parts.push_back(base::printable(point.reason));
  return base::printable(point.where) + " " + shapes_text(point.inputs) + ": " + base::join(parts, ", ");
}

}  // namespace

std::vector<std::string> pick_lines(const Run& run, std::span<const Row> rows) {
  std::vector<std::string> lines;
  for (const Pick& pick : run.picks) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.record.variant.id() == pick.id; });
    if (row == rows.end() || row->is_recommended) continue;
    std::vector<std::string> parts = {row->task};
    if (row->record.speed_up) parts.push_back(times_as_fast(*row->record.speed_up));
    if (row->record.agreement)
      parts.push_back(shown_text(column("sqnr"), *row) + (row->record.agreement->sqnr_db < 200 ? " dB" : " outputs"));
    if (row->record.artifact) parts.push_back(base::human_bytes(row->record.artifact->bytes));
    lines.push_back(base::printable(pick.question) + ": " + base::join(parts, ", "));
  }
  return lines;
}

std::string shapes_text(const std::vector<Shape>& shapes) {
  std::vector<std::string> texts;
  for (const Shape& shape : shapes) texts.push_back(to_text(shape));
  return base::join(texts, ", ");
}

std::optional<double> shape_speed_up(const Run& run, const ShapePoint& point) {
  const ShapePoint* original = original_at(run, point);
  if (!point.seconds || !original || !original->seconds) return std::nullopt;
  return *original->seconds / *point.seconds;
}

std::vector<std::string> shape_lines(const Run& run) {
  std::vector<std::string> lines;
  for (const ShapePoint& point : run.shapes)
    if (run.recommended == point.id && point.id != run.original) lines.push_back(shape_line(run, point));
  return lines;
}

}  // namespace autoaccel::report
