#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "autoaccel/variant.h"
#include "model/model.h"
#include "rewrite/passes.h"
#include "rewrite/precision_plan.h"
#include "rewrite/pass.h"

namespace autoaccel::rewrite {

// float16 bit patterns, as ONNX's text form writes float16 constants:
// 0.5 = 14336 (0x3800), 1 = 15360 (0x3c00), 2 = 16384 (0x4000), 3 = 16896 (0x4200), 4 = 17408 (0x4400),
// 65504 = 31743 (0x7bff), −65504 = 64511 (0xfbff), infinity = 31744 (0x7c00).

/// `body` is everything after the header: `net (inputs) => (outputs) <constants> { nodes }`.
model::Model model_of(std::string_view body, int opset = 17, int ir_version = 8);

/// The whole model as text, weights resolved, names of nodes left out: equal text means equal models.
std::string text_of(const model::Model& model);

/// Passes ONNX's checker, strict shape inference with its type check, and our own type check.
void expect_valid(const model::Model& model);

/// Applies a pass to a copy: the original passes expect_valid, so does the result, and a second time changes nothing.
model::Model applied(const Pass& pass, const model::Model& before, const PassContext& context = {},
                     PassReport* report = nullptr);

/// `before` becomes `after`, with attributes and constants.
void expect_rewrite(const Pass& pass, std::string_view before, std::string_view after, const PassContext& context = {},
                    int opset = 17);

/// The pass leaves the model as it is.
void expect_untouched(const Pass& pass, std::string_view body, const PassContext& context = {}, int opset = 17);

/// The float16 plan of a model: for each node id `low`, or the reason.
std::map<std::string, std::string> plan_of(std::string_view body, PlanRequest request = {}, int opset = 17);

inline PassContext reduced_io() { return {.io = IoTypes::reduced, .input_shapes = {}}; }

}  // namespace autoaccel::rewrite
