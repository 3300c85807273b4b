#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "quantize/quantization_survey.h"

namespace autoaccel::quantize {

/// Which nodes compute on integers and which values they read through Q/DQ: a plain value, apart from the rewriting
/// that carries it out (insert_qdq), so that nodes can be given back to float and tried again.
struct QuantizationPlan {
  struct Decision {
    bool is_quantized = false;
    std::string reason = {};      ///< why not, as a clause after `Operator: `; empty when quantized
    std::vector<int> slots = {};  ///< inputs that read activations through Q/DQ
    std::shared_ptr<const LayerFigures> figures = {};  ///< of a layer with a constant weight
  };
  struct PlannedValue {
    Grid grid;
    bool is_closed = false;  ///< every reader gets the quantized values; else only the slots of quantized nodes
  };
  const Dialect* dialect = nullptr;
  int weight_levels = 127;
  std::map<std::string, Decision> nodes;       ///< by id, every node that the dialect knows
  std::map<std::string, PlannedValue> values;  ///< by name
};

/// Decides for every node.
///
/// keep  nodes, by name or id, that stay float
/// cost  linear in the graph; reads no weight
QuantizationPlan plan_quantization(const QuantizationSurvey& survey, const std::set<std::string>& keep = {});

}  // namespace autoaccel::quantize
