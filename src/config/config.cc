#include "config/config.h"

#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "config/keys.h"
#include "config/yaml_document.h"

namespace autoaccel::config {
namespace {

void join_folder(Config& config, const std::filesystem::path& folder) {
  for (InputConfig& input : config.inputs) {
    for (auto& file : input.data) file.value = folder / file.value;  // an absolute path stays as it is
  }
}

void require_sample_files(const Config& config) {
  for (const InputConfig& input : config.inputs) {
    for (const auto& [path, location] : input.data) {
      std::error_code ignored;  // a file that cannot be looked at is as good as missing
      // A folder holds samples too: input_0.pb, input_1.pb, …
      if (std::filesystem::is_regular_file(path, ignored) || std::filesystem::is_directory(path, ignored)) continue;
      throw Error(Cause::usage, "no such file or folder: " + base::printable(path.string()),
                  "relative paths start at the folder of config.yml")
          .at(location.value_or(SourceLocation{}));
    }
  }
}

std::string read_text_of(const std::filesystem::path& path) {
  try {
    return base::read_file(path, kMaxBytes + 1);
  } catch (const Error& error) {
    throw Error(Cause::usage, error.message(), "name the file with --config");
  }
}

}  // namespace

Config parse_config(const std::string& text, const std::filesystem::path& path) {
  const auto root = parse_yaml(text, path);
  Config config = config_from_yaml(*root);
  config.file = path;
  join_folder(config, path.parent_path());
  return config;
}

Config read_config(const std::filesystem::path& path) {
  Config config = parse_config(read_text_of(path), path);
  require_sample_files(config);
  return config;
}

}  // namespace autoaccel::config
