#pragma once

#include <map>
#include <set>
#include <string>

#include "autoaccel/tensor.h"
#include "model/model.h"
#include "rewrite/weight_survey.h"

namespace autoaccel::rewrite {

/// What each float32 node of a model shall compute in, and why the others do not change: a plain value, apart from the
/// rewriting that carries it out (apply_precision), so that islands can be moved and tried again.
struct PrecisionPlan {
  struct Decision {
    bool low = false;
    std::string reason;  ///< why not, as a clause after `Operator: `; empty when low
  };
  ElementType low = ElementType::float16;  ///< or bfloat16
  std::map<std::string, Decision> nodes;   ///< by the node's id (PlacedNode)

  bool is_low(const std::string& id) const {
    const auto found = nodes.find(id);
    return found != nodes.end() && found->second.low;
  }
};

/// What the plan is made from besides the graph.
struct PlanRequest {
  ElementType low = ElementType::float16;
  std::map<std::string, Shape> input_shapes = {};
  std::set<std::string> keep = {};              ///< nodes, by name or id, that stay float32
  std::set<std::string> convert = {};           ///< nodes, by name or id, that change wherever their schema allows it
  std::map<std::string, double> observed = {};  ///< max |x| seen, by value name; values not listed are not judged
  double observed_share = 0.5;  ///< of the largest finite value: above it, what reads or makes the value stays float32
};

/// Decides for every node with a float32 input or output, in the main graph and all subgraphs.
///
/// In this order, the first that applies gives the reason: asked to keep; the operator's rule; the schema; a sum over
/// more than 2048 elements or an unknown number; observed values; constants; sensitive chains; and last, light nodes
/// between float32 ones, where casts would cost more than 16 bits save. Nodes that take either precision (Shape, Cast,
/// …) and Constant nodes are not in the plan.
///
/// model   is only read; nodes in topological order
/// survey  of `model` or of the model that it was cloned from
PrecisionPlan plan_precision(model::Model& model, WeightSurvey& survey, const PlanRequest& request);

}  // namespace autoaccel::rewrite
