#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "command.h"
#include "pipeline/optimize.h"

namespace autoaccel::cli {

inline constexpr const char* kDefaultOut = "output";
inline constexpr double kDefaultTimeLimit = 15;  // seconds: enough for a narrow interval at 100 ms a run

/// The options that `optimize`, `plan` and `trial` share, and the job they make.
struct JobOptions {
  std::string model;
  std::string config;
  std::string device;
  std::string out = kDefaultOut;
  std::string workers;
  double time_limit = kDefaultTimeLimit;
  bool no_sandbox = false;
  bool allow_cpu_fallback = false;
  bool fresh = false;
  bool json = false;

  void add_model_to(CLI::App& command);                  ///< what is about the model and the machine
  void add_to(CLI::App& command, bool with_out = true);  ///< … and about measuring

  /// The options that decide a trial, as typed on a command line: ` MODEL --config FILE …`, empty without any.
  std::string arguments() const;

  /// Reads config.yml and finds the model. errors  usage
  pipeline::OptimizeJob job(const Session& session) const;
};

/// The folder of the workers: as given, else the one of this executable.
std::filesystem::path workers_folder(const std::string& given);

}  // namespace autoaccel::cli
