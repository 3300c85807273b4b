#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "quantize/judge.h"

namespace autoaccel::quantize {

/// Noise of a candidate, or of nodes that were never judged together, as shares of what the limit allows.
struct Noise {
  struct Output {
    std::vector<double> by_sample;
    double one_sample_more_db = 0;
  };
  bool is_broken = false;       ///< the candidate could not be used at all
  std::vector<Output> outputs;  ///< none: silent
};

Noise noise_of(const Score& score);

/// The noise of both together, if they have nothing to do with each other. errors  defect: not of the same outputs
Noise operator+(const Noise& a, const Noise& b);

/// What each of `count` has of it, if they make it together and in equal parts.
Noise divided(Noise noise, std::size_t count);

/// How far inside the limit the worst output is; 200 without noise, kBrokenSlackDb when broken.
double slack_db(const Noise& noise);

/// What the part leaves of the whole; nullopt where that cannot be said: both or only the part is broken, or the part
/// is noisier than the whole.
std::optional<Noise> remainder(const Noise& whole, const Noise& part);

/// How many such noises fill the limit: 1 is at the limit.
double share_of_limit(const Noise& noise);

/// How much noise there is on a typical sample, as a share of the limit on the mean: the geometric mean over the
/// samples, of the output that has most. What ranks nodes: on the one sample that is hardest, luck has a large part.
double typical_share(const Noise& noise);

/// The slack to expect of a candidate on samples like the judge's but not the same: the foretold noise, with its level
/// by output taken from the judged one (a ratio, the geometric mean over the samples).
///
/// Where a decision is nearly a tie, as between two classes, a candidate's error on the sample is one draw of a random
/// number, and small by luck in one candidate of many.
double expected_slack_db(const Noise& foretold, const Noise& judged);

/// Consecutive nodes, and what they do when they alone are low.
struct NodeGroup {
  std::size_t first = 0, end = 0;  ///< indices of nodes, first ≤ i < end
  Noise alone;
  bool is_judged = true;  ///< else `alone` is what a noisier part has left of a judged whole: a guess

  std::size_t size() const { return end - first; }
};

/// The sum of the noises of the groups that have a low node; on a sample where it is less, the sum of their typical
/// noises times how hard the sample is for most groups: groups that are chosen because they did well on a sample did so
/// by luck, in part.
Noise foretold(const std::vector<NodeGroup>& groups, const std::vector<bool>& low);

/// Which nodes are low.
struct SparePlan {
  std::vector<bool> low;     ///< by node
  double foretold_db = 200;  ///< slack, by the sum of the groups' noises
};

/// Groups by typical damage per cost, the least first, each low if the sum of noises then still leaves `target_db` of
/// slack.
///
/// costs   by node, > 0: what is lost when it stays float
/// forced  by node: stays float
SparePlan plan_of(const std::vector<NodeGroup>& groups, const std::vector<double>& costs,
                  const std::vector<bool>& forced, double target_db);

/// Groups by typical damage per cost, the least first: indices into `groups`.
std::vector<std::size_t> by_damage(const std::vector<NodeGroup>& groups, const std::vector<double>& costs);

double cost_of(const NodeGroup& group, const std::vector<double>& costs);

}  // namespace autoaccel::quantize
