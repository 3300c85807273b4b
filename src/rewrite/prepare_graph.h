#pragma once

#include "model/model.h"

namespace autoaccel::rewrite {

/// Brings the forms in which a model may say the same thing down to one, for passes that change types. Changes no
/// result.
///
/// Nodes in topological order; constants of Constant nodes in `value` (not `value_float`, `value_floats`); initializers
/// not among the graph's inputs, where they would be overridable defaults (IR version 4 is the first that allows that).
void prepare_graph(model::Model& model);

}  // namespace autoaccel::rewrite
