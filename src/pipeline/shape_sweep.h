#pragma once

#include <map>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "pipeline/artifacts.h"
#include "pipeline/workspace.h"

namespace autoaccel::pipeline {

/// Other shapes than use_shape that the config's ranges hold: min_shape, max_shape, and halfway between either and
/// use_shape on multiples of what all three are multiples of (images of 32 × n stay such).
struct NamedShapes {
  std::string where;
  std::map<std::string, Shape> inputs;
};
std::vector<NamedShapes> shapes_to_visit(const std::map<std::string, config::InputShapes>& shapes);

/// Runs the original and the variant at other shapes than use_shape: how fast, how faithful, and what the change of
/// shape costs. Empty where shapes do not vary.
///
/// A shape at which the model itself does not run gives a point with the reason.
/// errors  interrupted
std::vector<ShapePoint> visit_shapes(const Workspace& workspace, Artifacts& artifacts, const Variant& original,
                                     const Variant& variant, Observer& observer);

}  // namespace autoaccel::pipeline
