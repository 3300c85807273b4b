#include "quantize/int8_within_limit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "quantize/int8_static.h"
#include "quantize/spare_nodes.h"

namespace autoaccel::quantize {

namespace {

void quantize_within_limit(model::Model& model, const rewrite::PassContext& context, rewrite::PassReport& report) {
  if (context.judge == nullptr) return kQuantizeActivations.apply(model, context, report);
  const Int8Static quantizer = int8_static_for(model, context);
  LowNodes low = quantizer.low_nodes();
  std::erase_if(low.nodes, [&](const LowNode& node) { return context.keep_nodes.contains(node.id); });
  if (low.nodes.empty()) {
    model = quantizer.with_kept(context.keep_nodes, report);
    return;
  }
  const auto with_asked = [&](std::set<std::string> kept) {
    kept.insert(context.keep_nodes.begin(), context.keep_nodes.end());
    return kept;
  };
  low.with_kept = [&](const std::set<std::string>& kept) {
    rewrite::PassReport unread;
    return quantizer.with_kept(with_asked(kept), unread);
  };
  Kept kept = kept_within_limit(low, *context.judge);
  model = quantizer.with_kept(with_asked(std::move(kept.nodes)), report);
  std::ranges::move(kept.notes, std::back_inserter(report.notes));
}

}  // namespace

const rewrite::Pass kQuantizeActivationsWithinLimit{
    .name = "quantize_activations_within_limit",
    .what = "computes those layers on 8-bit integers that cost no more than the limit",
    .apply = quantize_within_limit,
    .reads_statistics = true};

}  // namespace autoaccel::quantize
