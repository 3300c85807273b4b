#include "quantize/spare_nodes_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"

namespace autoaccel::quantize {
namespace {

constexpr double kCastShare = 0.02;  // of a mean node's gain: what a float node costs in casts, whatever its own gain
constexpr double kSameSpeed = 1.01;  // ratio of two latencies that count as equal

std::vector<double> costs_of(const std::vector<LowNode>& nodes) {
  double sum = 0;
  for (const LowNode& node : nodes) sum += node.gain;
  const double casts = sum > 0 ? kCastShare * sum / static_cast<double>(nodes.size()) : 1;
  std::vector<double> costs;
  for (const LowNode& node : nodes) costs.push_back(node.gain + casts);
  return costs;
}

std::string percent(double share) { return base::significant(100 * share, 3) + " %"; }

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string text_of(const Spared::Point& point) {
  const std::string end = point.failure.empty() ? base::fixed(point.slack_db, 1) + " dB" : "fails";
  return std::to_string(point.kept) + ": " + end;
}

/// Of the points with as many nodes kept, the one of the most slack. curve  by number of nodes
std::vector<Spared::Point> best_by_count(const std::vector<Spared::Point>& curve) {
  std::vector<Spared::Point> best;
  for (const Spared::Point& point : curve) {
    if (best.empty() || best.back().kept != point.kept)
      best.push_back(point);
    else if (point.slack_db > best.back().slack_db)
      best.back() = point;
  }
  return best;
}

}  // namespace

SpareTrials::SpareTrials(const LowNodes& low, Judge& judge, const SpareLimits& limits)
    : low_(low),
      judge_(judge),
      limits_(limits),
      clock_(limits.clock != nullptr ? *limits.clock : machine_clock_),
      start_(clock_.now()),
      costs_(costs_of(low.nodes)),
      all_costs_(std::accumulate(costs_.begin(), costs_.end(), 0.0)) {}

bool SpareTrials::has_runs(int wanted) const {
  return runs_ + wanted <= limits_.runs && clock_.now() - start_ < limits_.seconds;
}

double SpareTrials::cost(const Low& low) const {
  double sum = 0;
  for (std::size_t i = 0; i < low.size(); ++i) sum += low[i] ? costs_[i] : 0;
  return sum;
}

double SpareTrials::gain_share(const Low& low) const {
  double part = 0, all = 0;
  for (std::size_t i = 0; i < low.size(); ++i) {
    all += low_.nodes[i].gain;
    part += low[i] ? low_.nodes[i].gain : 0;
  }
  if (all > 0) return part / all;
  const auto count = static_cast<double>(std::count(low.begin(), low.end(), true));
  return low.empty() ? 1 : count / static_cast<double>(low.size());
}

std::set<std::string> SpareTrials::kept(const Low& low) const {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < low.size(); ++i)
    if (!low[i]) ids.insert(low_.nodes[i].id);
  return ids;
}

const Score* SpareTrials::judged(const Low& low) {
  if (const auto known = scores_.find(low); known != scores_.end()) return &known->second;
  if (!has_runs()) return nullptr;
  ++runs_;
  return &scores_.emplace(low, judge_.judge(candidate(low))).first->second;
}

void SpareTrials::add(const Low& low, double slack_db) {
  tried_[low] = slack_db;
  if (!is_within(slack_db) || cost(low) <= best_cost_) return;
  best_ = low;
  best_cost_ = cost(low);
}

bool SpareTrials::can_time() {
  if (!has_runs()) return false;
  const bool can = judge_.seconds(candidate(best_)).has_value();
  runs_ += can ? 1 : 0;
  return can;
}

void SpareTrials::choose_if_as_fast(const Low& low) {
  if (!has_runs(kRunsToCompare)) return;
  const model::Model first = candidate(low), second = candidate(best_);
  double shortest = HUGE_VAL, other = HUGE_VAL;
  for (int i = 0; i < kTimings; ++i) {
    const auto a = judge_.seconds(first), b = judge_.seconds(second);
    if (!a || !b) return;
    runs_ += 2;
    shortest = std::min(shortest, *a);
    other = std::min(other, *b);
  }
  if (shortest <= kSameSpeed * other) choose(low);
}

void SpareTrials::choose(const Low& low) {
  best_ = low;
  best_cost_ = cost(low);
}

Spared::Point SpareTrials::point(const Low& low) const {
  const Score& score = scores_.at(low);
  return {.kept = static_cast<int>(std::count(low.begin(), low.end(), false)),
          .gain_share = gain_share(low),
          .slack_db = tried_.at(low),
          .seconds = score.seconds,
          .failure = score.failure};
}

std::string SpareTrials::refusal(const Spared& spared) const {
  if (!has_best()) {
    if (tried_.empty()) return "no run was allowed to judge it";
    const auto closest = std::max_element(spared.curve.begin(), spared.curve.end(),
                                          [](const auto& a, const auto& b) { return a.slack_db < b.slack_db; });
    return fmt::format(
        "outside its accuracy limit whichever nodes stay float: the closest of {}, with {} of {} in float, {}",
        counted(spared.curve.size(), "set"), closest->kept, counted(size(), "node"),
        closest->failure.empty() ? base::fixed(limits_.slack_db - closest->slack_db, 1) + " dB short"
                                 : closest->failure);
  }
  if (spared.gain_share >= limits_.least_gain_share) return {};
  return fmt::format(
      "within its accuracy limit only with {} of {} in float, which leaves {} of what low precision saves",
      spared.kept.size(), counted(size(), "node"), percent(spared.gain_share));
}

Spared SpareTrials::result() const {
  Spared spared;
  for (const auto& [low, slack] : tried_) spared.curve.push_back(point(low));
  std::stable_sort(spared.curve.begin(), spared.curve.end(),
                   [](const auto& a, const auto& b) { return a.kept < b.kept; });
  if (has_best()) {
    spared.kept = kept(best_);
    spared.score = scores_.at(best_);
    spared.gain_share = gain_share(best_);
  }
  spared.runs = runs_;
  spared.refusal = refusal(spared);
  return spared;
}

std::vector<std::string> Spared::notes(std::size_t nodes) const {
  if (kept.empty()) return {};
  constexpr std::size_t kShownNodes = 20, kShownPoints = 12;
  std::vector<std::string> names;
  for (const std::string& id : kept) {
    if (names.size() == kShownNodes) break;
    names.push_back(base::printable(id));
  }
  if (kept.size() > kShownNodes) names.push_back(fmt::format("and {} more", kept.size() - kShownNodes));
  const std::vector<Point> best = best_by_count(curve);
  std::vector<std::string> points;
  for (std::size_t k = 0; k < best.size(); ++k) {
    // Evenly spread, with both ends; and the set that was chosen.
    const std::size_t steps = kShownPoints - 1, last = best.size() - 1;
    const bool is_shown = best.size() <= kShownPoints || k == 0 || k * steps / last != (k - 1) * steps / last;
    if (is_shown || best[k].kept == static_cast<int>(kept.size())) points.push_back(text_of(best[k]));
  }
  return {fmt::format("{} of {} stay float for accuracy, found in {}; {} of the gain is left", kept.size(),
                      counted(nodes, "node"), counted(static_cast<std::size_t>(runs), "run"), percent(gain_share)),
          "float for accuracy: " + base::join(names, ", "),
          "slack in dB by nodes in float: " + base::join(points, ", ")};
}

}  // namespace autoaccel::quantize
