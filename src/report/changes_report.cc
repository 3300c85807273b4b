#include "report/changes_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace autoaccel::report {
namespace {

using base::Json;
using select::Change;
using select::Changes;
using select::Trend;

/// A kind of change: the heading it is listed under, and the word for --fail-on where it is a regression.
struct Kind {
  std::string_view heading;
  std::string_view regression;
  bool (*holds)(const Change&);
};

constexpr Kind kKinds[] = {
    {"slower", "slower", [](const Change& c) { return c.is_slower(); }},
    {"less faithful", "less-faithful", [](const Change& c) { return c.is_less_faithful(); }},
    {"failing", "failing", [](const Change& c) { return c.is_failing; }},
    {"faster", "", [](const Change& c) { return c.speed == Trend::better; }},
    {"more faithful", "", [](const Change& c) { return c.fidelity == Trend::better; }},
};

std::string percent(double ratio) {
  return fmt::format("{}{} %", ratio < 1 ? "" : "+", base::fixed(100 * (ratio - 1), 1));
}

std::string decibels(double db) { return db >= 200 ? "equal" : base::fixed(db, 1) + " dB"; }

std::string speed_text(const Change& change) {
  if (!change.time_ratio) return "time not judged";
  return fmt::format("{} → {}, {} (95 %: {} to {})", base::human_seconds(*change.old_seconds),
                     base::human_seconds(*change.new_seconds), percent(*change.new_seconds / *change.old_seconds),
                     percent(change.time_ratio->low), percent(change.time_ratio->high));
}

std::string line_of(const Change& change) {
  std::string text = speed_text(change);
  if (change.old_db && change.new_db) {
    text += change.fidelity == Trend::same
                ? ", as faithful"
                : fmt::format(", {} → {}", decibels(*change.old_db), decibels(*change.new_db));
  }
  if (change.old_outcome != change.new_outcome) {
    text += fmt::format("; {} → {}", to_text(change.old_outcome), to_text(change.new_outcome));
    if (!change.reason.empty()) text += ": " + base::printable(change.reason);
  }
  return text;
}

std::string differences_text(const Changes& changes, bool makes_unlike, const char* heading) {
  std::string text;
  for (const select::Difference& difference : changes.differences)
    if (difference.makes_unlike == makes_unlike)
      text += fmt::format("  {}: {} → {}\n", base::printable(difference.what), base::printable(difference.before),
                          base::printable(difference.now));
  return text.empty() ? text : heading + text + "\n";
}

std::string deployed_text(const Changes& changes) {
  if (!changes.deployed) return "to deploy: not known in both runs\n\n";
  const Change& change = *changes.deployed;
  const std::string ids = change.old_id == change.new_id
                              ? base::printable(change.new_id) + ", as before"
                              : base::printable(change.old_id) + " → " + base::printable(change.new_id);
  return fmt::format("to deploy: {}\n  {}\n\n", ids, line_of(change));
}

std::string ids_text(const char* heading, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  std::string text = fmt::format("{} ({})\n", heading, ids.size());
  for (const std::string& id : ids) text += "  " + base::printable(id) + "\n";
  return text + "\n";
}

bool is_listed(const Change& change) {
  return std::any_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.holds(change); });
}

std::string trend_text(Trend trend) {
  constexpr const char* kNames[] = {"better", "worse", "same", "unknown"};
  return kNames[static_cast<int>(trend)];
}

Json json_from(const Change& change) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"old_id", change.old_id},
          {"id", change.new_id},
          {"old_outcome", to_text(change.old_outcome)},
          {"outcome", to_text(change.new_outcome)},
          {"reason", base::valid_utf8(change.reason)},
          {"speed", trend_text(change.speed)},
          {"old_seconds", number(change.old_seconds)},
          {"seconds", number(change.new_seconds)},
          {"time_ratio", change.time_ratio ? Json{change.time_ratio->low, change.time_ratio->high} : Json()},
          {"fidelity", trend_text(change.fidelity)},
          {"old_sqnr_db", number(change.old_db)},
          {"sqnr_db", number(change.new_db)},
          {"failing", change.is_failing}};
}

}  // namespace

std::vector<std::string> regression_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds)
    if (!kind.regression.empty()) names.emplace_back(kind.regression);
  return names;
}

std::vector<Change> regressions(const Changes& changes, std::span<const std::string> kinds, bool deployed_only) {
  std::vector<Change> candidates;
  if (changes.deployed) candidates.push_back(*changes.deployed);
  if (!deployed_only) {
    for (const Change& change : changes.variants) {
      const bool is_deployed =
          changes.deployed && changes.deployed->old_id == change.old_id && changes.deployed->new_id == change.new_id;
      if (!is_deployed) candidates.push_back(change);
    }
  }
  std::erase_if(candidates, [&](const Change& change) {
    return std::none_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
      return std::find(kinds.begin(), kinds.end(), kind.regression) != kinds.end() && kind.holds(change);
    });
  });
  return candidates;
}

std::string changes_text(const Changes& changes) {
  std::string text = differences_text(changes, true, "not like for like, these differ:\n") +
                     differences_text(changes, false, "also different:\n") + deployed_text(changes);
  for (const Kind& kind : kKinds) {
    std::string lines;
    std::size_t count = 0;
    for (const Change& change : changes.variants) {
      if (!kind.holds(change)) continue;
      lines += fmt::format("  {}\n    {}\n", base::printable(change.new_id), line_of(change));
      ++count;
    }
    if (count > 0) text += fmt::format("{} ({})\n{}\n", kind.heading, count, lines);
  }
  text += ids_text("no longer tried", changes.gone) + ids_text("not tried before", changes.added);
  const auto rest = std::count_if(changes.variants.begin(), changes.variants.end(),
                                  [](const Change& change) { return !is_listed(change); });
  const auto not_judged = std::count_if(changes.variants.begin(), changes.variants.end(), [](const Change& change) {
    return !is_listed(change) && change.speed == Trend::unknown;
  });
  return text +
         fmt::format("no change: {} of {} variants, {} of them without times to judge by; times count from {} %\n",
                     rest, changes.variants.size(), not_judged, base::fixed(100 * changes.margin, 1));
}

Json json_from_changes(const Changes& changes) {
  Json variants = Json::array(), differences = Json::array();
  bool is_like = true;
  for (const Change& change : changes.variants) variants.push_back(json_from(change));
  for (const select::Difference& difference : changes.differences) {
    is_like &= !difference.makes_unlike;
    differences.push_back({{"what", base::valid_utf8(difference.what)},
                           {"old", base::valid_utf8(difference.before)},
                           {"new", base::valid_utf8(difference.now)},
                           {"makes_unlike", difference.makes_unlike}});
  }
  return {{"like_for_like", is_like},
          {"differences", differences},
          {"margin", changes.margin},
          {"deployed", changes.deployed ? json_from(*changes.deployed) : Json()},
          {"variants", variants},
          {"no_longer_tried", changes.gone},
          {"not_tried_before", changes.added}};
}

}  // namespace autoaccel::report
