#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "quantize/judge.h"

namespace autoaccel::quantize {

/// A node that a conversion would run in low precision.
struct LowNode {
  std::string id;   ///< as `LowNodes::with_kept` takes it
  double gain = 0;  ///< what low precision saves by it, ≥ 0, in any unit that is the same for all: multiply-adds
};

/// A conversion whose nodes can be given back to float one by one.
struct LowNodes {
  /// Layers (convolutions, matrix products) rather than every node: what has no damage of its own, as an addition
  /// between them, takes runs and finds nothing. `with_kept` decides on such nodes by their neighbours.
  ///
  /// Neighbours are tried together, so those that may do alike damage belong side by side: by a guess of each one's
  /// damage where there is one, else in topological order. With a fair guess the search ends much nearer to the best
  /// where every node is noisy.
  std::vector<LowNode> nodes;

  /// The model with these of the nodes left in float and all others low. It may leave more in float, where a node
  /// alone is not worth its casts. With no node it is the whole conversion. Errors end the search.
  std::function<model::Model(const std::set<std::string>& kept)> with_kept;
};

/// How long to search, and for what.
struct SpareLimits {
  double slack_db = 3;  ///< how far inside the judge's limit to stay: on other samples PP-OCR det was 3 to 4 dB worse

  /// Slack for which `comfort_share` of all gains may be given up: judged on few samples, a conversion that just passes
  /// does so by luck. No more than slack_db: none is given up.
  double comfort_db = 0;
  double comfort_share = 0;

  int runs = 60;                   ///< candidates that are judged
  double seconds = 90;             ///< no candidate is begun after that: a user waits for it
  double least_gain_share = 0.05;  ///< of all gains: with less of them, low precision is not worth its files and casts
  const base::Clock* clock = nullptr;  ///< nullptr: the machine's
};

/// What was found, and for the record, the way there.
struct Spared {
  std::set<std::string> kept;  ///< nodes left in float
  Score score;                 ///< with them, as judged
  double gain_share = 0;  ///< gains of the nodes that are low / gains of all; of their numbers where no node has any
  std::string refusal;    ///< why no useful part of the nodes can be low within the limit; empty: `kept` is within

  /// A candidate with all nodes but `kept` low.
  struct Point {
    int kept = 0;
    double gain_share = 0;
    double slack_db = 0;  ///< as judged, or less where less is to be expected on other samples
    double seconds = 0;   ///< Score::seconds
    std::string failure;
  };
  std::vector<Point> curve;  ///< error against nodes: by number of nodes kept, the fewest first
  int runs = 0;

  /// For the record, one printable line each: how many of how many nodes stayed float and in how many runs that was
  /// found; which ones (the first 20); and the curve (some 12 of its points, the best for a number of nodes). Empty
  /// when the whole was within.
  std::vector<std::string> notes(std::size_t nodes) const;
};

/// Which nodes to leave in float so that the outputs are within the judge's limit: those that cost the least gain,
/// found in some tens of runs. Runtimes and precisions do not matter to it.
///
/// 1. The whole. If it is within, that is the answer; a narrow result is looked at again after 2, as in 4.
/// 2. Groups of neighbours, each low by itself with all others in float: its damage, undisturbed by the others'. Groups
///    that have to stay float by the plan (3) are halved, those of the most gain first. One run tells both halves:
///    where the judged one does most of the damage, the other is supposed harmless until a plan disappoints, and then
///    such guesses are judged together.
/// 3. A plan: the groups by damage per gain, low as long as their noises, added up, leave a target of slack.
/// 4. The judged plan moves the target, which takes in what does not add up: by the difference, and between a target
/// that
///    was too loose and one too strict by halves.
/// 5. Where nodes spoil the outputs together only, as NaN or far beyond what was foretold, the first of them is found
/// by
///    bisection over the nodes' order, and stays float.
/// 6. Kept groups are made low again by trial, where their own damage does not forbid it.
/// 7. Where the slack is less than `comfort_db`, nodes of the most damage per gain, together at most `comfort_share`,
/// stay
///    float too.
/// 8. Where the judge can time: nodes of the most damage per gain, together at most 1 % of the gain, stay float too if
///    that is not slower.
///
/// The same judge and nodes give the same answer, except for step 8 and a limit of seconds.
///
/// errors  what the judge and `with_kept` throw
/// cost    `limits.runs` candidates at most, those that are timed included
Spared spare_nodes(const LowNodes& low, Judge& judge, const SpareLimits& limits = {});

/// What a pass within a limit keeps in float, and the notes about it for its report.
struct Kept {
  std::set<std::string> nodes;
  std::vector<std::string> notes;
};

/// spare_nodes for a pass.
///
/// errors  unsupported: no useful part of the nodes can be low within the limit; and as spare_nodes
Kept kept_within_limit(const LowNodes& low, Judge& judge, const SpareLimits& limits = {});

}  // namespace autoaccel::quantize
