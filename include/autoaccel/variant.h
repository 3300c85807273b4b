#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"

namespace autoaccel {

/// Element types of a variant's float inputs and outputs.
enum class IoTypes {
  original,  ///< as the model declares them
  reduced,   ///< every float32 input and output becomes the recipe's own float type, each decided on its own
  uint8,     ///< inputs and outputs that hold bytes (InputConfig::bytes) are uint8, the others as the model declares
};

std::string to_text(IoTypes io);
std::optional<IoTypes> io_types_from_text(std::string_view text);
std::vector<std::string> io_types_names();

/// How a runtime executes a model: name → value, both from the runtime's own table of settings.
///
/// Ordered by name, so that equal settings have equal text. Examples: {"precision": "bf16", "threads": "2"}.
using Settings = std::map<std::string, std::string>;

/// A way to convert and run the model: a pure value.
struct Variant {
  std::string recipe;   ///< a name from the table of recipes; `original` converts nothing
  std::string runtime;  ///< a name from the table of runtimes
  Device device;
  IoTypes io = IoTypes::original;
  Settings settings;

  /// Readable, unique, safe as a file name: `onnxruntime-fp16-io16`, `openvino-original-precision=bf16-streams=2`.
  ///
  /// Runtime, recipe, `io16` when I/O types are reduced or `io8` when they are bytes, `gpuN` when not on the CPU, then the settings in order,
  /// joined by `-`. Anything but letters, digits, `_` and `.` inside a part is written `%XX`, so that different variants
  /// have different ids; one that would be longer than a file name allows ends in `~` and a digest instead.
  std::string id() const;

  friend bool operator==(const Variant&, const Variant&) = default;
};

}  // namespace autoaccel
