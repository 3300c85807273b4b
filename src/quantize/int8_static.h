#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"
#include "quantize/quantization_survey.h"
#include "quantize/spare_nodes.h"
#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// Static INT8: activations and weights of layers as 8-bit integers, with Q/DQ in the dialect of `context.runtime` and
/// ranges from `context.statistics`.
///
/// Before it: remove_identities, fold_constants, fold_affine, and opset 13 at least (scales by channel). Nodes of
/// `keep_nodes` stay float. With a judge, smoothing, the correction of means and another calibrator are tried, and what
/// is judged best stays.
/// errors  unsupported: no dialect for the runtime; no statistics; an opset below 13
extern const rewrite::Pass kQuantizeActivations;

/// A model on the way to static INT8, whose nodes can be given back to float again and again.
class Int8Static {
 public:
  /// model  cleaned as for kQuantizeActivations; shares its weights' files
  /// errors as kQuantizeActivations
  Int8Static(const model::Model& model, const Statistics& statistics, QuantizationRules rules);

  const QuantizationSurvey& survey() const { return survey_; }

  /// Layers and followers that can compute on integers, with their multiply-adds: for spare_nodes.
  LowNodes low_nodes() const;

  /// The model with all but the nodes in `keep` (names or ids) on integers.
  model::Model with_kept(const std::set<std::string>& keep, rewrite::PassReport& report) const;

  /// Adds a line to the report of every model made from now on.
  void add_note(std::string note) { notes_.push_back(std::move(note)); }

 private:
  model::Model model_;
  QuantizationSurvey survey_;
  std::vector<std::string> notes_;
};

/// What kQuantizeActivations works with: of the ways to lower the error, with a judge those that it likes best.
/// cost    with a judge, five candidates
/// errors  as kQuantizeActivations
Int8Static int8_static_for(const model::Model& model, const rewrite::PassContext& context);

/// The values whose statistics a dialect's plan asks for, with the axis of their channels: what calibration has to
/// watch.
///
/// model  cleaned as for kQuantizeActivations
std::map<std::string, std::optional<int>> values_to_watch(const model::Model& model, const Dialect& dialect);

}  // namespace autoaccel::quantize
