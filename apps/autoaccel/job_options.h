#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "command.h"
#include "pipeline/optimize.h"

namespace autoaccel::cli {

/// The options that `optimize`, `plan` and `trial` share, and the job they make.
struct JobOptions {
  std::string model;
  std::string config;
  std::string device;
  std::string out = "output";
  std::string workers;
  double time_limit = 15;
  bool fresh = false;
  bool json = false;

  void add_to(CLI::App& command, bool with_out = true);

  /// Reads config.yml and finds the model. errors  usage
  pipeline::OptimizeJob job(const Session& session) const;
};

/// The folder of the workers: as given, else the one of this executable.
std::filesystem::path workers_folder(const std::string& given);

}  // namespace autoaccel::cli
