#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/json_values.h"

namespace autoaccel::runtime::fake {

/// output = scale · input + offset, element by element, computed in double and cast to `type`.
struct FakeOutput {
  std::string name;
  std::string from;  ///< the input's name
  ElementType type = ElementType::float32;
  double scale = 1;
  double offset = 0;
};

/// What the fake runtime can run.
struct FakeModel {
  std::vector<TensorInfo> inputs;
  std::vector<FakeOutput> outputs;
  double run_seconds = 0;            ///< what one inference takes
  std::string faults;                ///< as the setting of that name
  std::map<std::string, int> nodes;  ///< what placement() reports
  base::Json json;                   ///< as it was read
};

/// A JSON file, or any file that holds the words `autoaccel-fake-model:` followed by the JSON object; an ONNX file
/// carries it in a doc_string, and passes leave it there.
///
/// errors  model: neither of them, a missing or mistyped member, an output from an unknown input
FakeModel read_fake_model(const std::filesystem::path& path);

}  // namespace autoaccel::runtime::fake
