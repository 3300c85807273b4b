#include "base/text.h"
#include "report/html/page_data.h"
#include "report/output_columns.h"

namespace autoaccel::report {
namespace {

using base::Json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kLongestText = 1'000;  // characters of a message: a thousand failures still make a small page

std::string shown(std::string_view text) { return base::printable(text, kLongestText); }

/// null, a text, or [number, the text that people read]; what JSON has no number for is null and its text.
Json cell_json(const Cell& value, const NumberFormat& format) {
  if (const auto* number = std::get_if<double>(&value)) return Json::array({*number, format.text(*number)});
  if (const auto* text = std::get_if<std::string>(&value)) return shown(*text);
  return nullptr;
}

Json texts(const std::vector<std::string>& lines) {
  Json array = Json::array();
  for (const std::string& line : lines) array.push_back(shown(line));
  return array;
}

Json outputs_of(const Row& row) {
  Json array = Json::array();
  if (!row.record.agreement) return array;
  for (const OutputAgreement& output : row.record.agreement->outputs) {
    Json cells = Json::array();
    for (const OutputColumn& column : output_columns().subspan(1))  // the first is the variant
      cells.push_back(cell_json(column.value({row, output}), column.format));
    array.push_back(std::move(cells));
  }
  return array;
}

std::string percent_text(double fraction) { return base::fixed(fraction * 100, 1) + " %"; }

/// What it costs to have it, and how its figures were taken.
Pairs cost_of(const Measurement& m) {
  Pairs pairs = {{"convert", base::human_seconds(m.convert_seconds)},
                 {"load and compile", base::human_seconds(m.load_seconds)},
                 {"first inference", base::human_seconds(m.first_inference_seconds)},
                 {"warm-up", base::human_seconds(m.warm_up_seconds) + ", " + std::to_string(m.warm_up_runs) + " runs"},
                 {"timed", base::human_seconds(m.wall_seconds) + ", " + std::to_string(m.runs) + " requests of " +
                               std::to_string(m.batch) + ", " + std::to_string(m.requests_in_flight) + " in flight"},
                 {"median known to", "± " + percent_text(m.median_half_width)},
                 {"spread", percent_text(m.coefficient_of_variation) + " of the mean"}};
  return pairs;
}

Pairs conditions_of(const Conditions& c) {
  Pairs pairs;
  if (c.load_average_before) pairs.emplace_back("load average before", base::fixed(*c.load_average_before, 2));
  if (c.foreign_cpu_fraction) pairs.emplace_back("other processes", percent_text(*c.foreign_cpu_fraction));
  if (c.involuntary_switches)
    pairs.emplace_back("involuntary switches", base::significant(*c.involuntary_switches, 3) + " a second");
  if (c.governor) pairs.emplace_back("frequency governor", shown(*c.governor));
  if (c.throttled_seconds) pairs.emplace_back("throttled", base::human_seconds(*c.throttled_seconds));
  return pairs;
}

void add_measurement(Json& json, const Record& record) {
  json["cold"] = nullptr;
  json["cost"] = Json::array();
  json["conditions"] = Json::array();
  if (!record.measurement) return;
  const Measurement& m = *record.measurement;
  json["cold"] = {{"load", m.load_seconds}, {"first", m.first_inference_seconds}, {"convert", m.convert_seconds}};
  for (const auto& pair : cost_of(m)) json["cost"].push_back({pair.first, pair.second});
  for (const auto& pair : conditions_of(m.conditions)) json["conditions"].push_back({pair.first, pair.second});
}

void add_placement(Json& json, const Record& record) {
  json["placement"] = record.placement ? shown(record.placement->summary) : "";
  json["placement_warnings"] = record.placement ? texts(record.placement->warnings) : Json::array();
  json["layers"] = Json::object();
  if (!record.placement) return;
  for (const auto& [layer, kinds] : record.placement->layers)
    for (const auto& [kind, count] : kinds) json["layers"][shown(layer)][shown(kind)] = count;
}

}  // namespace

Json page_row(const Row& row) {
  const Record& record = row.record;
  Json json = {
      {"id", record.variant.id()},
      {"recipe", shown(record.variant.recipe)},
      {"runtime", shown(record.variant.runtime)},
      {"io", to_text(record.variant.io)},
      {"outcome", to_text(record.outcome)},
      {"outcome_text", outcome_text(record)},
      {"reason", shown(record.reason)},
      {"details", shown(record.details)},
      {"notes", texts(record.notes)},
      {"recommended", row.is_recommended},
      {"original", row.is_original},
      {"front", record.on_pareto_front},
      {"repeat_command", shown(record.repeat_command)},
      {"only_command", row.run.command.empty() ? "" : shown(row.run.command) + " --only " + record.variant.id()}};
  json["settings"] = Json::object();
  for (const auto& [name, value] : record.variant.settings) json["settings"][shown(name)] = shown(value);
  json["cells"] = Json::array();
  for (const Column& column : columns()) json["cells"].push_back(cell_json(column.value(row), column.format));
  json["outputs"] = outputs_of(row);
  add_measurement(json, record);
  add_placement(json, record);
  return json;
}

}  // namespace autoaccel::report
