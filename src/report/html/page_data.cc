#include "report/html/page_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/text.h"
#include "report/facts.h"
#include "report/output_columns.h"
#include "report/remarks.h"
#include "select/figures.h"

namespace autoaccel::report {
namespace {

using base::Json;

constexpr std::size_t kFrontRunners = 8;     // that charts show side by side: more cannot be told apart
constexpr std::size_t kMostSamples = 400;    // dots of one latency strip
constexpr std::size_t kLongestText = 2'000;  // characters of a fact: the rounds of a final are long
constexpr double kMilli = 1e3;               // seconds to milliseconds

std::string shown(std::string_view text) { return base::printable(text, kLongestText); }

/// Rows that charts show: the recommended and the original, the final's and the picks, then the best of the rest.
std::vector<std::size_t> front_runners(const Run& run, std::span<const Row> rows) {
  std::vector<std::string> wanted = {run.recommended.value_or(""), run.original};
  if (run.final_rounds)
    for (const FinalRounds::Finalist& finalist : run.final_rounds->finalists) wanted.push_back(finalist.id);
  for (const Pick& pick : run.picks) wanted.push_back(pick.id);
  for (const Row& row : rows)
    if (row.record.measurement && row.record.outcome == Outcome::ok) wanted.push_back(row.record.variant.id());
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < rows.size(); ++i) at.emplace(rows[i].record.variant.id(), i);
  std::vector<std::size_t> chosen;
  for (const std::string& id : wanted) {
    const auto found = at.find(id);
    if (chosen.size() == kFrontRunners || found == at.end() || !rows[found->second].record.measurement) continue;
    if (std::find(chosen.begin(), chosen.end(), found->second) == chosen.end()) chosen.push_back(found->second);
  }
  std::sort(chosen.begin(), chosen.end());  // by rank, as everywhere
  return chosen;
}

/// The samples evenly spaced in rank, the smallest and the largest among them, in milliseconds.
Json thinned(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t count = std::min(samples.size(), kMostSamples);
  Json array = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t rank = count < 2 ? 0 : i * (samples.size() - 1) / (count - 1);
    array.push_back(std::round(samples[rank] * kMilli * 1e4) / 1e4);  // to a tenth of a microsecond
  }
  return array;
}

Json milliseconds(const std::optional<double>& seconds) { return seconds ? Json(*seconds * kMilli) : Json(); }

Json latency_of(const Measurement& m, std::size_t row) {
  const LatencySummary& l = m.latency_seconds;
  return {{"row", row},
          {"count", m.samples_seconds.size()},
          {"samples", thinned(m.samples_seconds)},
          {"median", milliseconds(l.median)},
          {"p90", milliseconds(l.p90)},
          {"p95", milliseconds(l.p95)},
          {"p99", milliseconds(l.p99)},
          {"p999", milliseconds(l.p999)},
          {"max", milliseconds(l.max)},
          {"half_width", base::fixed(m.median_half_width * 100, 1) + " %"}};
}

Json column_json(std::string_view key, std::string_view header, std::string_view meaning, const NumberFormat& format) {
  return {{"key", key}, {"header", header}, {"meaning", meaning}, {"is_number", !format.excel.empty()}};
}

/// Facts that the page shows in places of their own.
constexpr std::string_view kShownElsewhere[] = {"verdict", "warning", "rounds of the final (ms)", "at another shape"};

Json facts_json(const Run& run) {
  Json sections = Json::array();
  for (const FactSection& section : facts_of(run)) {
    Json facts = Json::array();
    for (const auto& [name, text] : section.facts)
      if (std::find(std::begin(kShownElsewhere), std::end(kShownElsewhere), name) == std::end(kShownElsewhere))
        facts.push_back({shown(name), shown(text)});
    if (!facts.empty()) sections.push_back({{"title", section.title}, {"facts", facts}});
  }
  return sections;
}

std::string search_text(const Run& run) {
  const SearchSummary& search = run.search;
  if (search.strategy.empty()) return {};
  std::string text = std::to_string(search.trials) + " of " + std::to_string(search.points) +
                     " variants were tried in " + base::human_seconds(search.seconds) + ", strategy " +
                     shown(search.strategy) + ".";
  if (!search.stopped_because.empty()) text += " It ended because " + shown(search.stopped_because) + ".";
  text += " A trial's speed-up is the one it has now; those of the final were measured again there.";
  return text;
}

/// [row, seconds] for each trial whose record is there.
Json course_json(const Run& run, std::span<const Row> rows) {
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < rows.size(); ++i) at.emplace(rows[i].record.variant.id(), i);
  Json course = Json::array();
  for (const SearchStep& step : run.search.course)
    if (const auto found = at.find(step.id); found != at.end()) course.push_back({found->second, step.seconds});
  return course;
}

/// A column of a small table: header, and whether figures stand below it.
using Header = std::pair<const char*, bool>;

constexpr Header kShapeColumns[] = {
    {"variant", false}, {"where", false},   {"inputs", false},       {"median latency", true},
    {"speed-up", true}, {"SQNR, dB", true}, {"within limit", false}, {"first request, more", true},
    {"remark", false}};
constexpr Header kFinalColumns[] = {{"variant", false},      {"rounds", true},        {"median", true},
                                    {"fastest round", true}, {"slowest round", true}, {"speed-up", true},
                                    {"95 % interval", true}};

Json table_json(std::span<const Header> columns, Json lines) {
  Json headers = Json::array();
  for (const auto& [header, is_number] : columns) headers.push_back({header, is_number});
  return {{"headers", std::move(headers)}, {"rows", std::move(lines)}};
}

const Row* find_row(std::span<const Row> rows, const std::string& id) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.record.variant.id() == id; });
  return found == rows.end() ? nullptr : &*found;
}

Json shapes_json(const Run& run, std::span<const Row> rows) {
  const auto time = [](const std::optional<double>& seconds) { return seconds ? base::human_seconds(*seconds) : "–"; };
  Json lines = Json::array();
  for (const ShapePoint& point : run.shapes) {
    const Row* row = find_row(rows, point.id);
    const auto speed_up = shape_speed_up(run, point);
    const std::string limit = point.within_limit ? "yes" : "no";
    lines.push_back({row ? row->task : shown(point.id), shown(point.where), shapes_text(point.inputs),
                     time(point.seconds), speed_up ? factor(*speed_up) : "–",
                     point.sqnr_db ? decibels(*point.sqnr_db) : "–", limit, time(point.change_seconds),
                     shown(point.reason)});
  }
  return table_json(kShapeColumns, std::move(lines));
}

double median_of_sorted(std::span<const double> values) {
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Json final_json(const Run& run, std::span<const Row> rows) {
  Json lines = Json::array();
  for (const FinalRounds::Finalist& finalist : run.final_rounds.value_or(FinalRounds{}).finalists) {
    const Row* row = find_row(rows, finalist.id);
    std::vector<double> seconds = finalist.seconds;
    if (!row || seconds.empty()) continue;
    std::sort(seconds.begin(), seconds.end());
    const auto& interval = row->record.speed_up_interval;
    lines.push_back({row->task, std::to_string(seconds.size()), base::human_seconds(median_of_sorted(seconds)),
                     base::human_seconds(seconds.front()), base::human_seconds(seconds.back()),
                     row->record.speed_up ? factor(*row->record.speed_up) : "–",
                     interval ? fixed<2>(interval->low) + "–" + fixed<2>(interval->high) : "–"});
  }
  return table_json(kFinalColumns, std::move(lines));
}

}  // namespace

Json page_data(const Run& run) {
  const std::vector<Row> rows = rows_of(run);
  Json json = {{"tool_version", shown(run.tool_version)},
               {"picks", pick_lines(run, rows)},
               {"most_samples", kMostSamples},
               {"full_fidelity_db", select::kFullFidelity},
               {"final_rounds", run.final_rounds && !run.final_rounds->finalists.empty()
                                    ? run.final_rounds->finalists.front().seconds.size()
                                    : 0},
               {"search_text", search_text(run)},
               {"facts", facts_json(run)},
               {"shapes", shapes_json(run, rows)},
               {"final", final_json(run, rows)},
               {"course", course_json(run, rows)}};
  for (const char* list : {"warnings", "columns", "output_columns", "rows", "latency"}) json[list] = Json::array();
  for (const std::vector<std::string>* lines : {&run.warnings, &run.samples.warnings})
    for (const std::string& line : *lines) json["warnings"].push_back(shown(line));
  for (const Column& column : columns())
    json["columns"].push_back(column_json(column.key, column.header, column.meaning, column.format));
  for (const OutputColumn& column : output_columns())
    json["output_columns"].push_back(column_json(column.header, column.header, "", column.format));
  for (const Row& row : rows) json["rows"].push_back(page_row(row));
  const std::vector<std::size_t> front = front_runners(run, rows);
  json["front_runners"] = front;
  for (const std::size_t i : front)
    if (const Measurement& m = *rows[i].record.measurement; !m.samples_seconds.empty())
      json["latency"].push_back(latency_of(m, i));
  return json;
}

}  // namespace autoaccel::report
