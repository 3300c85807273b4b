#include "quantize/spare_nodes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "autoaccel/error.h"
#include "quantize/spare_nodes_plan.h"
#include "quantize/spare_nodes_trials.h"

namespace autoaccel::quantize {
namespace {

using Low = SpareTrials::Low;

constexpr std::size_t kBlocks = 8;    // first groups: few runs, and most harmless regions are settled
constexpr double kClearDb = 6;        // a whole that is so far within need not be doubted
constexpr double kExploring = 0.7;    // of the runs, at most, for damages; the rest settles what is kept
constexpr double kWorthARun = 0.005;  // of all costs: less than this is not looked for
constexpr double kNearDb = 0.25;      // targets nearer than that are the same
constexpr double kMostDb = 200;       // target that no noise meets
constexpr double kStuckDb = 6;        // a target so much stricter shows in the slack by …
constexpr double kStuckShare = 0.2;   // … at least this share, unless nodes do their damage together
constexpr double kSurpriseDb = 25;  // short of what was foretold: noises of one sign add up to 20 dB more in 100 nodes
constexpr double kHarmless = 0.1;   // of the limit: guesses that together do no more need no closer look
constexpr double kMostOfIt = 0.5;   // of a whole: a remainder of at least that share is no guess
constexpr double kSilent = 1e-20;   // of the limit: a noise that counts as none
constexpr double kClearlyBetterDb = 1;  // on a typical sample: worth nodes in float
constexpr int kNarrowing = 8;           // runs to see which nodes do most of the damage that is left: one of 8 · 2^8
constexpr double kFreeShare = 0.01;     // of all costs: what may stay float for nothing, if it really is for nothing

/// The slack that a plan is to foretell: between one with which it turned out outside the limit and one within.
class Target {
 public:
  explicit Target(double wanted_db) : wanted_(wanted_db), at_(wanted_db) {}

  double db() const { return at_; }
  std::optional<double> loose() const { return loose_; }
  bool is_settled() const { return at_ >= kMostDb || (loose_ && strict_ && *strict_ - *loose_ < kNearDb); }

  void was_within(double slack_db) {
    strict_ = at_;
    move_to(at_ - std::max(slack_db - wanted_, kNearDb));
  }
  void was_outside(double foretold_db, double slack_db) {
    loose_ = std::max(loose_.value_or(foretold_db), foretold_db);
    move_to(foretold_db + std::max(wanted_ - slack_db, kNearDb));
  }
  void forget() { *this = Target(wanted_); }

 private:
  void move_to(double db) {
    const bool is_between = (!loose_ || db > *loose_) && (!strict_ || db < *strict_);
    at_ = is_between || !loose_ || !strict_ ? db : (*loose_ + *strict_) / 2;
  }

  double wanted_, at_;
  std::optional<double> loose_, strict_;
};

class Search {
 public:
  explicit Search(SpareTrials& trials) : trials_(trials), forced_(trials.size(), false) {}

  void go() {
    const Low whole(trials_.size(), true);
    const Score* score = trials_.judged(whole);
    if (score == nullptr) return;
    if (trials_.is_within(score->slack_db - kClearDb) || trials_.size() == 0)
      return trials_.add(whole, score->slack_db);
    judge_blocks();
    if (const auto slack = tried(whole); slack && trials_.is_within(*slack)) return spare_for_comfort();
    approach();
    take_back();
    spare_for_comfort();
    spare_for_free();
  }

 private:
  struct Outside {
    SparePlan plan;
    double slack_db;
  };

  double cost_of(const NodeGroup& group) const { return quantize::cost_of(group, trials_.costs()); }
  bool is_worth_a_run(double cost) const { return cost >= kWorthARun * trials_.all_costs(); }
  SparePlan plan(double target_db) const { return plan_of(groups_, trials_.costs(), forced_, target_db); }

  /// The slack of a set that could be the answer: as judged, or what is to be expected on other samples where that is
  /// less. nullopt: no run is left.
  std::optional<double> tried(const Low& low) {
    const Score* score = trials_.judged(low);
    if (score == nullptr) return std::nullopt;
    const Noise noise = noise_of(*score);
    const double slack = std::min(slack_db(noise), expected_slack_db(foretold(groups_, low), noise));
    trials_.add(low, slack);
    return slack;
  }

  /// The damage of these groups without all others. Without a run left it counts as broken, and they stay float.
  Noise alone(std::span<const std::size_t> groups) {
    Low low(trials_.size(), false);
    for (const std::size_t g : groups)
      for (std::size_t i = groups_[g].first; i < groups_[g].end; ++i) low[i] = true;
    const Score* score = trials_.judged(low);
    return score != nullptr ? noise_of(*score) : Noise{.is_broken = true, .outputs = {}};
  }

  void judge_alone(std::size_t group) {
    groups_[group].alone = alone({&group, 1});
    groups_[group].is_judged = true;
  }

  void judge_blocks() {
    const std::size_t nodes = trials_.size(), blocks = std::min(kBlocks, nodes);
    for (std::size_t k = 0; k < blocks; ++k) {
      groups_.push_back({.first = nodes * k / blocks, .end = nodes * (k + 1) / blocks, .alone = {}});
      judge_alone(k);
    }
  }

  /// One run for the front; the back is what it leaves of the whole. That is a guess where the front does most of the
  /// damage: supposed harmless until a plan with it disappoints.
  void halve(std::size_t front) {
    const NodeGroup whole = groups_[front];
    const std::size_t back = front + 1, middle = whole.first + whole.size() / 2;
    groups_[front].end = middle;
    groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(back),
                   {.first = middle, .end = whole.end, .alone = {}});
    judge_alone(front);
    if (auto rest = remainder(whole.alone, groups_[front].alone)) {
      groups_[back].is_judged = share_of_limit(*rest) >= kMostOfIt * share_of_limit(whole.alone);
      groups_[back].alone = std::move(*rest);
    } else {
      judge_alone(back);
    }
  }

  /// Judges guesses: all in one run when they are harmless together, else by halves.
  void settle(std::span<const std::size_t> guesses) {
    const Noise together = alone(guesses);
    if (guesses.size() > 1 && share_of_limit(together) > kHarmless) {
      const std::size_t half = guesses.size() / 2;
      settle(guesses.first(half));
      settle(guesses.subspan(half));
      return;
    }
    for (const std::size_t g : guesses) {
      groups_[g].alone = divided(together, guesses.size());
      groups_[g].is_judged = true;
    }
  }

  std::vector<std::size_t> guesses_in(const SparePlan& plan) const {
    std::vector<std::size_t> result;
    for (std::size_t g = 0; g < groups_.size(); ++g)
      if (!groups_[g].is_judged && plan.low[groups_[g].first]) result.push_back(g);
    return result;
  }

  /// The group of the highest cost that the plan keeps and of which more can be learnt.
  std::optional<std::size_t> dearest(const SparePlan& plan) const {
    std::optional<std::size_t> result;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const NodeGroup& group = groups_[g];
      const bool is_known = group.is_judged && group.size() == 1;
      const bool is_kept =
          std::none_of(plan.low.begin() + static_cast<std::ptrdiff_t>(group.first),
                       plan.low.begin() + static_cast<std::ptrdiff_t>(group.end), [](bool low) { return low; });
      if (is_known || !is_kept || !is_worth_a_run(cost_of(group))) continue;
      if (!result || cost_of(group) > cost_of(groups_[*result])) result = g;
    }
    return result;
  }

  void explore(double target_db) {
    while (trials_.runs() < kExploring * trials_.limits().runs && trials_.has_runs()) {
      const auto group = dearest(plan(target_db));
      if (!group) return;
      if (groups_[*group].is_judged)
        halve(*group);
      else
        judge_alone(*group);
    }
  }

  /// Nodes spoil the outputs together: what was foretold is far off, or a stricter target has not helped.
  static bool is_stuck(const std::optional<Outside>& before, const Outside& now) {
    if (now.plan.foretold_db - now.slack_db > kSurpriseDb) return true;
    const double stricter = before ? now.plan.foretold_db - before->plan.foretold_db : 0;
    return stricter >= kStuckDb && now.slack_db - before->slack_db < kStuckShare * stricter;
  }

  /// Moves the target until the plan is just within the limit.
  void approach() {
    std::optional<Outside> outside;  // the last plan that was
    for (Target target(trials_.limits().slack_db); !target.is_settled();) {
      explore(target.db());
      const SparePlan now = plan(target.db());
      if (trials_.cost(now.low) == 0) {
        if (trials_.has_best() || !outside || !cure(outside->plan.low)) return;
        target.forget();
        outside = std::nullopt;
        continue;
      }
      const auto slack = tried(now.low);
      if (!slack) return;
      if (trials_.is_within(*slack)) {
        if (now.low == plan(-kMostDb).low) return;  // all that can be low
        target.was_within(*slack);
      } else if (const auto guesses = guesses_in(now); !guesses.empty()) {
        settle(guesses);
      } else if (is_stuck(outside, {now, *slack})) {
        if (!cure(now.low)) return;
        target.forget();
        outside = std::nullopt;
      } else {
        outside = {now, *slack};
        target.was_outside(now.foretold_db, *slack);
      }
      if (target.loose() && !is_worth_a_run(trials_.cost(plan(*target.loose()).low) - trials_.best_cost())) return;
    }
  }

  /// Finds the first node, in order, without which the rest behind it is within the limit (or at least does not fail),
  /// and keeps it. `low` is not within, and nothing low is. returns  false when the runs did not suffice
  bool cure(const Low& low) {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < low.size(); ++i)
      if (low[i]) nodes.push_back(i);
    const bool is_broken = !trials_.judged(low)->failure.empty();
    std::size_t too_few = 0, enough = nodes.size();  // of the nodes, kept from the front
    while (enough - too_few > 1) {
      const std::size_t middle = too_few + (enough - too_few) / 2;
      Low less = low;
      for (std::size_t k = 0; k < middle; ++k) less[nodes[k]] = false;
      const auto slack = tried(less);
      if (!slack) return false;
      (is_broken ? *slack > kBrokenSlackDb : trials_.is_within(*slack)) ? enough = middle : too_few = middle;
    }
    forced_[nodes[enough - 1]] = true;
    return true;
  }

  /// Kept groups that may be low for all that is known of them alone, the least harmful first.
  std::vector<NodeGroup> perhaps_needless() const {
    std::vector<NodeGroup> result;
    for (const std::size_t g : by_damage(groups_, trials_.costs())) {
      const NodeGroup& group = groups_[g];
      bool is_kept = true;
      for (std::size_t i = group.first; i < group.end; ++i) is_kept = is_kept && !trials_.best()[i];
      if (is_kept && slack_db(group.alone) >= trials_.limits().slack_db) result.push_back(group);
    }
    return result;
  }

  /// Makes kept groups low again by trial: half of them together, then ever fewer.
  void take_back() {
    if (!trials_.has_best()) return;
    std::vector<NodeGroup> kept = perhaps_needless();
    for (std::size_t chunk = (kept.size() + 1) / 2; chunk > 0; chunk = chunk == 1 ? 0 : (chunk + 1) / 2) {
      for (std::size_t at = 0; at < kept.size();) {
        const auto first = kept.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = kept.begin() + static_cast<std::ptrdiff_t>(std::min(at + chunk, kept.size()));
        Low more = trials_.best();
        for (auto group = first; group != end; ++group)
          for (std::size_t i = group->first; i < group->end; ++i) more[i] = true;
        const bool is_worth_it = is_worth_a_run(trials_.cost(more) - trials_.best_cost());
        const auto slack = is_worth_it ? tried(more) : std::nullopt;
        if (is_worth_it && !slack) return;
        if (slack && trials_.is_within(*slack))
          kept.erase(first, end);
        else
          at += chunk;
      }
    }
  }

  /// The group that does most of the damage that is left.
  std::optional<std::size_t> noisiest() const {
    std::optional<std::size_t> result;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (!trials_.best()[groups_[g].first]) continue;
      if (!result || share_of_limit(groups_[g].alone) > share_of_limit(groups_[*result].alone)) result = g;
    }
    return result;
  }

  /// Looks closer at what does most of the damage that is left. runs  to be left for what follows
  void narrow(int runs) {
    for (int i = 0; i < kNarrowing && trials_.has_runs(1 + runs); ++i) {
      const auto group = noisiest();
      if (!group || groups_[*group].size() == 1) break;
      halve(*group);
    }
  }

  /// The best, without its nodes of the most damage per cost: as many as have `share` of all costs, or as should leave
  /// `enough_db` of slack.
  Low without_most_harmful(double share, double enough_db) const {
    Low less = trials_.best();
    const double unforetold = trials_.best_slack_db() - slack_db(foretold(groups_, less));
    double left = share * trials_.all_costs();
    const std::vector<std::size_t> order = by_damage(groups_, trials_.costs());
    for (auto g = order.rbegin(); g != order.rend(); ++g) {
      const NodeGroup& group = groups_[*g];
      if (!trials_.best()[group.first] || cost_of(group) > left) continue;
      if (slack_db(foretold(groups_, less)) + unforetold >= enough_db) break;
      left -= cost_of(group);
      for (std::size_t i = group.first; i < group.end; ++i) less[i] = false;
    }
    return less;
  }

  /// Slack on a typical sample. low  judged
  double typical_db(const Low& low) {
    return -10 * std::log10(std::max(typical_share(noise_of(*trials_.judged(low))), kSilent));
  }

  /// The most harmful of what is low, for a slack that other samples do not use up.
  void spare_for_comfort() {
    const SpareLimits& limits = trials_.limits();
    if (!trials_.has_best() || trials_.best_slack_db() >= limits.comfort_db) return;
    narrow(1);
    const Low less = without_most_harmful(limits.comfort_share, limits.comfort_db);
    const auto slack = tried(less);
    if (!slack || !trials_.is_within(*slack)) return;
    // The hardest sample's noise is luck in part: what is better on the typical one is better.
    if (typical_db(less) >= typical_db(trials_.best()) + kClearlyBetterDb) trials_.choose(less);
  }

  /// The most harmful of what is low, as far as it could come for nothing.
  void spare_for_free() {
    if (!trials_.has_best() || !trials_.can_time()) return;
    narrow(SpareTrials::kRunsToCompare);
    const Low less = without_most_harmful(kFreeShare, kMostDb);
    const double before = trials_.best_slack_db();
    if (const auto slack = tried(less); slack && *slack > before) trials_.choose_if_as_fast(less);
  }

  SpareTrials& trials_;
  std::vector<NodeGroup> groups_;
  std::vector<bool> forced_;  // by node: found to spoil the outputs together with others
};

}  // namespace

Spared spare_nodes(const LowNodes& low, Judge& judge, const SpareLimits& limits) {
  SpareTrials trials(low, judge, limits);
  Search(trials).go();
  return trials.result();
}

Kept kept_within_limit(const LowNodes& low, Judge& judge, const SpareLimits& limits) {
  const Spared spared = spare_nodes(low, judge, limits);
  if (!spared.refusal.empty()) throw Error(Cause::unsupported, spared.refusal);
  return {spared.kept, spared.notes(low.nodes.size())};
}

}  // namespace autoaccel::quantize
