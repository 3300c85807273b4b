#pragma once

#include <map>
#include <string>
#include <string_view>

#include "autoaccel/record.h"

namespace autoaccel::runtime::onnxruntime {

/// Sums up which kernels a run executed, from ONNX Runtime's profile of that run.
///
/// Each node counts once however often a loop ran it; kinds are `<execution provider> <type of its first output>`, as
/// in
/// {"CPUExecutionProvider f32": 240}. Casts between float types and changes of layout are counted in the summary only.
/// Layers count as i8 where the kernel is one of integers, else by the type of their first input.
/// Casts that ONNX Runtime inserted give a warning: it has no kernel for the precision that the file asks for.
///
/// profile   the JSON text of one run
/// assigned  nodes of the model by execution provider, as Session_GetEpGraphAssignmentInfo reports them; may be empty
/// wanted    the provider that was asked for: nodes whose result is float and that another one ran give a warning with
///           their operators and names. Those of integers are left out: every provider leaves the arithmetic of shapes
///           to the CPU, on purpose
/// errors    vendor: the text is not a profile
Placement placement_from_profile(std::string_view profile, const std::map<std::string, int>& assigned,
                                 std::string_view wanted = "CPUExecutionProvider");

}  // namespace autoaccel::runtime::onnxruntime
