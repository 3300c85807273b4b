#include "select/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "select/constraints.h"

namespace autoaccel::select {
namespace {

bool is_eligible(const Standing& standing, const Record& record) {
  return standing.is_faithful(record) && record.speed_up && !standing.is_slower(record) &&
         unmet_constraints(standing.run(), record).empty();
}

double bytes_of(const Run& run, const Record& record) {
  const auto bytes = size_bytes(run, record);
  return bytes ? static_cast<double>(*bytes) : std::numeric_limits<double>::max();
}

/// What a variant offers, less is better: −speed-up, −fidelity in whole dB, bytes.
struct Point {
  std::size_t index = 0;
  double slowness = 0, infidelity = 0, bytes = 0;
  int rank = 0;

  bool dominates(const Point& other) const {
    const bool is_no_worse = slowness <= other.slowness && infidelity <= other.infidelity && bytes <= other.bytes;
    const bool is_equal = slowness == other.slowness && infidelity == other.infidelity && bytes == other.bytes;
    return is_no_worse && (!is_equal || rank < other.rank);
  }
};

/// The eligible record with the least key, of those that `counts`; nothing where there is none.
template <typename Counts, typename KeyOf>
void add_pick(const Standing& standing, const std::string& question, Counts counts, KeyOf key_of,
              std::vector<Pick>& picks) {
  const Record* best = nullptr;
  for (const Record& record : standing.run().records) {
    if (!is_eligible(standing, record) || !counts(record)) continue;
    if (!best || key_of(record) < key_of(*best)) best = &record;
  }
  if (best) picks.push_back({question, best->variant.id()});
}

}  // namespace

void mark_pareto_front(const Standing& standing, Run& run) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    const Record& record = run.records[i];
    run.records[i].on_pareto_front = false;
    if (!is_eligible(standing, record)) continue;
    points.push_back({.index = i,
                      .slowness = -*record.speed_up,
                      .infidelity = -std::round(fidelity_db(record)),
                      .bytes = bytes_of(run, record),
                      .rank = record.rank.value_or(std::numeric_limits<int>::max())});
  }
  for (const Point& point : points) {
    run.records[point.index].on_pareto_front =
        std::none_of(points.begin(), points.end(), [&](const Point& other) { return other.dominates(point); });
  }
}

std::vector<Pick> picks_of(const Standing& standing) {
  const Run& run = standing.run();
  const bool had_final = run.final_rounds.has_value();
  const auto is_faster = [&](const Record& record) { return standing.is_faster(record); };
  const auto may_be_fastest = [&](const Record& record) {
    return is_faster(record) && (!had_final || standing.rounds(record));
  };
  const double original_bytes = standing.original() ? bytes_of(run, *standing.original()) : 0;
  const auto is_smaller = [&](const Record& record) { return bytes_of(run, record) < original_bytes; };

  std::vector<Pick> picks;
  add_pick(
      standing, "fastest", may_be_fastest, [](const Record& record) { return -*record.speed_up; }, picks);
  add_pick(
      standing, "most faithful that is faster", is_faster,
      [](const Record& record) { return std::pair(-std::round(record.agreement->sqnr_db), -*record.speed_up); }, picks);
  add_pick(
      standing, "smallest", is_smaller,
      [&](const Record& record) { return std::pair(bytes_of(run, record), -*record.speed_up); }, picks);
  return picks;
}

}  // namespace autoaccel::select
