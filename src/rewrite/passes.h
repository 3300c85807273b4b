#pragma once

#include "rewrite/pass.h"

namespace autoaccel::rewrite {

// One source a pass, of the same name. `exact` passes change no result by a bit.

extern const Pass kInlineFunctions;       ///< exact
extern const Pass kRemoveIdentities;      ///< exact
extern const Pass kRemoveRedundantCasts;  ///< exact
extern const Pass kRemoveDeadNodes;       ///< exact
extern const Pass kFoldConstants;         ///< exact
extern const Pass kRaiseOpsetTo13;        ///< exact; so are the next two
extern const Pass kRaiseOpsetTo21;
extern const Pass kRaiseOpsetTo22;
extern const Pass kFuseHardSwish;         ///< neutral: other roundings of the same values
extern const Pass kFoldAffine;             ///< neutral: one rounding instead of two
extern const Pass kFoldAffineKeepingValues;  ///< fold_affine.cc; neutral; every value left is one of the original's
extern const Pass kStoreWeightsAsFloat16;
extern const Pass kConvertFloatToFloat16;

}  // namespace autoaccel::rewrite
