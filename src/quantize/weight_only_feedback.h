#pragma once

#include <map>
#include <vector>

#include "model/model.h"
#include "quantize/channel_products.h"
#include "quantize/error_feedback.h"
#include "quantize/weight_only_plan.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

/// Rounds those of the weights with feedback (error_feedback.h) that it is made for: matrices that one node reads, of
/// whose input the products are known.
///
/// Left out: more than ErrorFeedback::kMostChannels channels, and weights beyond 256 MB of integers altogether, which
/// are held in memory.
std::map<const rewrite::Value*, RoundedWeight> rounded_with_feedback(const model::Model& model,
                                                                     const rewrite::ValueTable& table,
                                                                     const std::vector<StorableWeight>& weights,
                                                                     ProductsSource& source);

}  // namespace autoaccel::quantize
