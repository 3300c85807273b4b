#include <string>

#include "base/json_values.h"
#include "base/text.h"
#include "report/report.h"

namespace autoaccel::report {
namespace {

using base::Json;

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool is_one_line(const Json& array) {
  for (const Json& item : array) {
    if (item.is_structured()) return false;
  }
  return true;
}

/// Two spaces a level; an array of plain values stays on one line, so that raw samples do not take a line each.
void write(const Json& json, std::size_t depth, std::string& text) {
  if (!json.is_structured() || json.empty()) {
    text += compact(json);
    return;
  }
  const bool is_line = json.is_array() && is_one_line(json);
  const std::string separator = is_line ? "" : "\n" + std::string(2 * (depth + 1), ' ');
  text += json.is_array() ? '[' : '{';
  bool is_first = true;
  for (const auto& [key, value] : json.items()) {
    if (!is_first) text += is_line ? ", " : ",";
    text += separator;
    if (json.is_object()) text += compact(Json(key)) + ": ";
    write(value, depth + 1, text);
    is_first = false;
  }
  if (!is_line) text += "\n" + std::string(2 * depth, ' ');
  text += json.is_array() ? ']' : '}';
}

}  // namespace

std::string json_from_run(const Run& run) {
  std::string text;
  write(base::to_json(run), 0, text);
  return text + "\n";
}

Run run_from_json(const std::string& text, const std::string& name) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(Cause::model, base::printable(name) + " is not JSON: damaged at byte " + std::to_string(error.byte),
                "run autoaccel optimize again; finished trials are kept in variants/");
  }
  Run run;
  base::from_json(json, run, base::printable(name));
  return run;
}

}  // namespace autoaccel::report
