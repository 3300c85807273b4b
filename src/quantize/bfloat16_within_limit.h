#pragma once

#include "rewrite/pass.h"

namespace autoaccel::quantize {

/// bfloat16 wherever operators allow it and the outputs bear it: the nodes that cost too much accuracy stay float32.
///
/// Without a judge in the context, all nodes change that can. The report names the nodes that stayed and the way there
/// (spare_nodes.h).
/// errors  unsupported: no useful part of the model can be bfloat16 within the limit
extern const rewrite::Pass kConvertFloatToBfloat16WithinLimit;

}  // namespace autoaccel::quantize
