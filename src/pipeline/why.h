#pragma once

#include <string>
#include <vector>

#include "autoaccel/record.h"

namespace autoaccel::pipeline {

/// A conversion's note on nodes that it left in float: `12 nodes kept: MatMul: multiplies two activations`.
///
/// reason  the operator, a colon, and why, as PassReport::kept_by_reason has it
std::string kept_note(const std::string& reason, int nodes);

/// How many layers really ran in the low precision that a variant asks for, in what the others ran, and why:
/// `38 of 48 Conv and 2 of 2 MatMul ran on 8-bit integers; 10 Conv in bfloat16; left in float by the conversion: 6 Conv
/// (for accuracy); quantized in the file, and run in float all the same: 4 Conv`.
///
/// Why is told in nodes of the file, of which a runtime may make fewer layers, or more.
///
/// placement         what the runtime reports
/// conversion_notes  with those that kept_note made
/// returns           empty where nothing low was asked for, or the runtime tells nothing of layers
std::string why(const Variant& variant, const Placement& placement, const std::vector<std::string>& conversion_notes);

}  // namespace autoaccel::pipeline
