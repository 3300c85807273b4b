#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/model.h"
#include "pipeline/optimize.h"
#include "pipeline/run_folder.h"
#include "pipeline/sample_sets.h"
#include "runtime/runtime.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// What every trial of a run shares: the job joined with the model, the machine and the samples on disk.
struct Workspace {
  const OptimizeJob& job;
  const base::CancelToken& cancel;
  RunFolder folder;
  model::Model original;
  ModelSummary summary;
  std::map<std::string, config::InputShapes> shapes;  ///< by input
  Config config;                                      ///< of the job, and what resolve_bytes adds
  Host host;
  std::vector<RuntimeInfo> runtimes;
  SampleSummary samples;
  std::string samples_digest;
  std::vector<plan::PlannedVariant> plan;  ///< the original first
  std::string fallback;  ///< why the CPU is taken and not the GPU that was asked for; empty when it was not

  const plan::RuntimeDescription& description(const std::string& runtime) const;
  const RuntimeInfo& info(const std::string& runtime) const;

  /// Shapes in the model's order, as workers are told them.
  std::vector<runtime::InputShapes> input_shapes() const;

  /// Of every worker: the config's, else 90 % of the memory that was available at the start.
  worker::Limits limits() const;

  /// The shapes of every input as text, for keys.
  std::string shapes_text() const;

  /// What inputs and outputs that hold bytes stand for, as text, for keys.
  std::string bytes_text() const;

  /// Identifies a trial: two with the same key would be the same work.
  std::string key(const Variant& variant) const;

  /// Samples in one request at use_shape.
  std::int64_t batch() const;

  /// The samples on disk.
  SampleSets sample_sets() const;
};

/// The config with its inputs and outputs that hold bytes checked, and those added that the model's own arithmetic
/// shows. errors  usage, as config::bind_bytes
Config resolve_bytes(const Config& config, const model::Model& original,
                     const std::map<std::string, config::InputShapes>& shapes);

/// The CPU where no runtime serves the GPU of `config` and the job allows that, with the reason; else the reason is
/// empty and config as it was.
std::string fall_back_to_cpu(const OptimizeJob& job, std::span<const RuntimeInfo> runtimes, Config& config);

/// Reads and checks everything, makes the samples and the plan.
/// errors  usage, model, environment
Workspace open_workspace(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel);

}  // namespace autoaccel::pipeline
