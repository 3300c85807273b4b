#pragma once

#include <filesystem>
#include <string>

#include "quantize/statistics.h"

namespace autoaccel::quantize {

/// The file of `--ranges FILE`: statistics for all calibrators and dialects, with the digest of the model they are of.
/// errors  environment: not writable
void write_statistics(const std::filesystem::path& path, const Statistics& statistics, const std::string& model_sha256);

/// errors  environment: missing, unreadable; model: no such file, another version, damaged, with file and member;
///         usage: made from another model
Statistics read_statistics(const std::filesystem::path& path, const std::string& model_sha256);

}  // namespace autoaccel::quantize
