#pragma once

#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// Static INT8 (kQuantizeActivations) for as many layers as the outputs bear; the others stay float.
///
/// Without a judge in the context, all layers change that can. The report names the nodes that stayed and the way there
/// (spare_nodes.h).
/// errors  unsupported: as kQuantizeActivations; no useful part of the model can be INT8 within the limit
extern const rewrite::Pass kQuantizeActivationsWithinLimit;

}  // namespace autoaccel::quantize
