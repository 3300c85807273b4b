#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "config/config.h"
#include "model/model.h"
#include "pipeline/optimize.h"
#include "quantize/statistics.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// Sets of inputs that are generated where the user gives none.
inline constexpr int kGeneratedCalibrationSets = 32;

/// What the values that are watched at a time may take, as a part of the memory that the original's own inference
/// takes, so that both together stay below 1.5 times that; and at least so much, in bytes. Less costs sessions.
inline constexpr double kWatchedShare = 0.5;
inline constexpr std::uint64_t kLeastWatchedBytes = 64u << 20;

/// What is to be calibrated, and with what.
///
/// values   wanted, with the axis of their figures by channel; those that cannot be watched are passed over
/// limits   of a worker; its seconds are for each kGeneratedCalibrationSets runs of the model
/// scratch  samples, copies of the model and the log are in a folder below it meanwhile
/// ranges   file of statistics: used where it exists, and brought up to date
struct CalibrationJob {
  const model::Model& model;  ///< the original
  const std::string& model_sha256;
  const std::map<std::string, config::InputShapes>& shapes;  ///< of every input; run at `use`
  const Config& config;                                      ///< device, the user's samples, seed
  worker::Axes values = {};
  std::span<const plan::RuntimeDescription> runtimes = {};  ///< asked in this order
  std::filesystem::path workers;                            ///< folder of the worker executables
  worker::Limits limits = {};
  std::filesystem::path scratch;
  std::optional<std::filesystem::path> ranges = {};
  std::optional<std::uint64_t> watched_bytes = {};  ///< default: kWatchedShare, by one inference of the original
};

/// Statistics of the wanted values: runs the original over the samples once for each group of values that fit into
/// `watched_bytes`. Activations are neither stored nor sent anywhere; samples are written to `scratch`.
///
/// Samples: those of the config's `data:`, without the judging_share of them; otherwise generated with another seed
/// than those that variants are compared on. A runtime that cannot run the model gives way to the next, with a note; a
/// GPU to the CPU. errors  usage, model: the ranges file, sample files; environment: no runtime is there; interrupted;
///         worker::Failure of the first runtime when none can run the model
quantize::Statistics calibrate(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel);

}  // namespace autoaccel::pipeline
