#include <fmt/format.h>
#include <onnx/inliner/inliner.h>

#include <exception>

#include "autoaccel/error.h"
#include "base/text.h"
#include "rewrite/passes.h"

namespace autoaccel::rewrite {

namespace {

/// Replaces calls of the model's own functions by their bodies, so that other passes see the operators in them.
///
/// errors  unsupported: functions that call each other in a circle
void inline_functions(model::Model& model, const PassContext&, PassReport& report) {
  const int before = model.proto().functions_size();
  if (before == 0) return;
  try {
    onnx::inliner::InlineLocalFunctions(model.proto(), /*convert_version=*/false);
  } catch (const std::exception& error) {
    throw Error(Cause::unsupported,
                fmt::format("the model's functions cannot be put in line: {}", base::printable(error.what())));
  }
  const int inlined = before - model.proto().functions_size();
  if (inlined > 0) report.notes.push_back(fmt::format("{} of the model's functions put in line", inlined));
}

}  // namespace

const Pass kInlineFunctions{"inline_functions", "puts the model's own functions in line", inline_functions};

}  // namespace autoaccel::rewrite
