#pragma once

#include <map>
#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "model/model.h"

namespace autoaccel::rewrite {

/// The floats that hold bytes, by the names of inputs and outputs.
struct ByteTensors {
  std::map<std::string, ByteMapping> inputs;   ///< x = (u - mean) * scale
  std::map<std::string, ByteMapping> outputs;  ///< u = clip(round(y / scale + mean), 0, 255)
  bool empty() const { return inputs.empty() && outputs.empty(); }
};

/// Those of a config.
ByteTensors byte_tensors(const Config& config);

/// For people, one line each: `input 'x' holds bytes u for (u - 127.5) * 0.00784314`.
std::vector<std::string> descriptions_of(const ByteTensors& bytes);

/// Makes these inputs and outputs uint8 under the names that they have, with the arithmetic inside the graph: Cast, Sub
/// and Mul behind an input; Div, Add, Round, Clip and Cast before an output; what changes nothing is left out. In
/// float32 whatever the float type, with half to even, as base/byte_mapping.h computes.
///
/// What is uint8 already stays, so a second time changes nothing. The opset is raised to 13 where it is too low for
/// these operators.
/// errors  unsupported: an input or output that is not of floats, an output that no node makes, one that is also read
///         as an input, unknown ranks with lists; defect: no such input or output
void take_uint8(model::Model& model, const ByteTensors& bytes);

}  // namespace autoaccel::rewrite
