#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autoaccel/run.h"

namespace autoaccel::report {

struct FactSection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  ///< name, text; not yet escaped
};

/// What a run was made of, for people: result, model, samples, host, versions, limits, warnings.
std::vector<FactSection> facts_of(const Run& run);

/// `x: float32 [1, 3, 640, 640]`: the shape that was measured where config.yml gives it, else the declared one.
std::string input_text(const Run& run, const TensorInfo& input);

/// The shape an input was measured at: of config.yml, or as declared with 1 for a dynamic axis.
Shape measured_shape(const Run& run, const TensorInfo& input);

/// The same for a variant, whose setting `batch` may ask for more samples.
Shape measured_shape(const Run& run, const TensorInfo& input, const Variant& variant);

}  // namespace autoaccel::report
