#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "autoaccel/config.h"

namespace autoaccel::config {

/// config.yml → Config.
/// errors  usage, each with file:line:column, the line, a caret and a hint: syntax, an unknown or doubled key, a wrong
///         type, an impossible value, min > use > max, ranks that differ, a device that is neither `cpu` nor a number
Config read_config(const std::filesystem::path& path);
Config parse_config(const std::string& text, const std::filesystem::path& path);

/// Shapes of one input after config and model are joined.
struct InputShapes {
  Shape use, min, max;
  bool is_dynamic() const { return min != max; }
};

/// The shapes that a model is run at, by input.
std::map<std::string, Shape> use_shapes(const std::map<std::string, InputShapes>& shapes);

/// Joins config.yml with what the model declares: every input gets its shapes.
///
/// An input that config.yml does not mention takes its declared shape; dynamic axes that are left over are an error
/// that names the axis and shows the lines to add (a leading dynamic axis called like a batch defaults to 1). errors
/// usage with the place in config.yml: unknown input or output (did you mean), wrong rank, a static axis changed
std::map<std::string, InputShapes> bind_shapes(const Config& config, const std::vector<TensorInfo>& inputs,
                                               const std::vector<TensorInfo>& outputs);

/// Checks `type: uint8` against what the model declares and finds the channels: ByteMapping::axis is 1, or the last
/// axis where axis 1 has another size than the lists.
///
/// shapes  of bind_shapes
/// errors  usage with the place: an input or output that is not of floats, lists that no axis of channels has the size
/// of
Config bind_bytes(Config config, const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs,
                  const std::map<std::string, InputShapes>& shapes);

/// A starter config.yml for these inputs and outputs, with comments; dynamic axes get a plausible size to edit.
std::string starter_config(const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs);

}  // namespace autoaccel::config
