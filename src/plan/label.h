#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/variant.h"

namespace autoaccel::plan {

/// `fp32`, `fp16`, `bf16`, `int8`, …: the precision that a variant stands for, as search.precisions writes it.
///
/// The recipe's family (`fp16` for fp16_weights); for the original the precision that the runtime is told to compute
/// in, `default` where it may choose, and fp32 where it is told nothing.
std::string precision_of(std::string_view recipe, const Settings& settings);

/// One spelling for `f32`, `float32` and `fp32`, and so on; other words come back in lower case.
std::string canonical_precision(std::string_view word);

/// A variant for people: `OpenVINO BF16`, `ONNX Runtime FP16, FP16 I/O`, `OpenVINO FP16 weights, BF16 compute`.
/// Settings other than the precision are left out. Safe for a terminal.
std::string label(const Variant& variant);

/// Settings for people: `1 thread, 2 requests, optimization=extended`; without the precision, which a label holds. Safe
/// for a terminal.
std::string settings_text(const Settings& settings);

/// Labels of variants that are shown together: those that would be equal name the settings in which they differ
/// (`ONNX Runtime original, 1 thread`).
std::vector<std::string> labels(std::span<const Variant> variants);

}  // namespace autoaccel::plan
