#pragma once

#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "config/yaml_document.h"

namespace autoaccel::config {

/// A row of the reference in docs/config.md.
struct KeyRow {
  std::string path;   ///< `search.budget`, `input.<name>.use_shape`
  std::string takes;  ///< what the value is, in words
  std::string meaning;
  std::string otherwise;  ///< what holds without it
};

/// Every key that config.yml knows, from the tables that also read it.
std::vector<KeyRow> key_rows();

/// The same as a Markdown table.
std::string key_table();

/// The values of a parsed file. errors  usage with the place: what the header config.h lists
Config config_from_yaml(const YamlNode& root);

}  // namespace autoaccel::config
