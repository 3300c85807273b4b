#include "pipeline/workspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "autoaccel/version.h"
#include "base/files.h"
#include "base/host.h"
#include "base/json_values.h"
#include "base/numeric.h"
#include "base/text.h"
#include "config/batches.h"
#include "rewrite/take_uint8.h"
#include "samples/byte_inputs.h"
#include "samples/samples.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

template <typename Items>
const auto& find_by_name(const Items& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  if (found == items.end()) throw Error(Cause::defect, "no runtime " + name + " in the catalogue");
  return *found;
}

/// Writes the sets below samples/ and returns a digest of their bytes.
std::string store_samples(const RunFolder& folder, const ModelSummary& summary, const samples::Samples& samples) {
  const SampleSets stored = SampleSets::store(folder.samples(), summary.inputs, samples.sets);
  std::string digests;
  for (const fs::path& set : stored.folders(summary.inputs))
    for (std::size_t i = 0; i < summary.inputs.size(); ++i)
      digests += base::sha256_of_file(set / (std::to_string(i) + ".npy"));
  return base::sha256_of_text(digests);
}

}  // namespace

const plan::RuntimeDescription& Workspace::description(const std::string& runtime) const {
  return find_by_name(job.runtimes, runtime);
}

const RuntimeInfo& Workspace::info(const std::string& runtime) const { return find_by_name(runtimes, runtime); }

std::vector<runtime::InputShapes> Workspace::input_shapes() const {
  std::vector<runtime::InputShapes> result;
  for (const TensorInfo& input : summary.inputs) {
    const config::InputShapes& shape = shapes.at(input.name);
    result.push_back({input.name, shape.use, shape.min, shape.max});
  }
  return result;
}

worker::Limits Workspace::limits() const {
  constexpr double kShare = 0.9;
  const LimitsConfig& configured = job.config.limits;
  worker::Limits limits{.memory_bytes = configured.memory_bytes,
                        .seconds = configured.variant_seconds,
                        .is_sandboxed = job.is_sandboxed,
                        .gpu = config.device.gpu.has_value(),
                        .readable = original.files()};
  limits.readable.push_back(folder.root());
  if (!limits.memory_bytes && host.memory_available_bytes > 0)
    limits.memory_bytes = static_cast<std::uint64_t>(kShare * static_cast<double>(host.memory_available_bytes));
  return limits;
}

std::string Workspace::shapes_text() const {
  base::Json json;
  for (const auto& [name, shape] : shapes) json[name] = {shape.min, shape.use, shape.max};
  return json.dump();
}

std::string Workspace::bytes_text() const {
  base::Json json;
  const auto add = [&](const char* what, const auto& tensors) {
    for (const auto& tensor : tensors)
      if (tensor.bytes)
        json[what][base::valid_utf8(tensor.name)] = {tensor.bytes->value.scale, tensor.bytes->value.mean,
                                                     tensor.bytes->value.axis};
  };
  add("inputs", config.inputs);
  add("outputs", config.outputs);
  return json.dump();
}

std::string Workspace::key(const Variant& variant) const {
  base::Json accuracy;
  if (job.config.accuracy) accuracy = {to_text(job.config.accuracy->metric), job.config.accuracy->limit};
  const base::Json json{
      {"tool", kVersion},
      {"model", summary.sha256},
      {"shapes", shapes_text()},
      {"samples", samples_digest},
      {"accuracy", accuracy},
      {"runtime", info(variant.runtime).version},
      {"processor", host.processor},
      {"rules", {job.rules.min_samples, job.rules.min_seconds, job.rules.target_half_width, job.rules.max_seconds}},
      {"bytes", variant.io == IoTypes::uint8 ? bytes_text() : ""},
      {"variant", variant.id() + (fallback.empty() ? "" : " instead of a GPU")}};
  return base::sha256_of_text(json.dump());
}

std::int64_t Workspace::batch() const { return config::samples_in_request(summary.inputs, shapes); }

SampleSets Workspace::sample_sets() const {
  return {folder.samples(), summary.inputs, samples.count, rewrite::byte_tensors(config).inputs};
}

Config resolve_bytes(const Config& config, const model::Model& original,
                     const std::map<std::string, config::InputShapes>& shapes) {
  Config bound = config::bind_bytes(config, original.inputs(), original.outputs(), shapes);
  return samples::with_recognised_bytes(std::move(bound), original, config::use_shapes(shapes));
}

std::string fall_back_to_cpu(const OptimizeJob& job, std::span<const RuntimeInfo> runtimes, Config& config) {
  const std::string wanted = config.device.to_text();
  const auto serves = [&](const RuntimeInfo& runtime) {
    return runtime.available && std::ranges::find(runtime.devices, wanted) != runtime.devices.end();
  };
  if (config.device.is_cpu() || !job.allow_cpu_fallback || std::ranges::any_of(runtimes, serves)) return {};
  config.device = {};
  std::string reason = fmt::format("on the CPU, not on GPU {} as asked for", wanted);
  const auto speaks = [](const RuntimeInfo& runtime) { return !runtime.no_gpu_reason.empty(); };
  const auto why = std::ranges::find_if(runtimes, speaks);
  return why == runtimes.end() ? reason : reason + ": " + why->no_gpu_reason;
}

Workspace open_workspace(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel) {
  RunFolder folder(job.out);
  model::Model original = model::Model::load(job.model);
  ModelSummary summary = model::summarize(original);
  auto shapes = config::bind_shapes(job.config, summary.inputs, summary.outputs);
  Config config = resolve_bytes(job.config, original, shapes);
  cancel.check();
  samples::Samples samples = samples::make_samples(original, config::use_shapes(shapes), config);
  samples.summary.seed = job.config.search.seed;
  samples.summary.count = static_cast<int>(samples.sets.size());
  const std::string digest = store_samples(folder, summary, samples);
  cancel.check();
  Workspace workspace{.job = job,
                      .cancel = cancel,
                      .folder = std::move(folder),
                      .original = std::move(original),
                      .summary = std::move(summary),
                      .shapes = std::move(shapes),
                      .config = std::move(config),
                      .host = base::read_host(),
                      .runtimes = probe_runtimes(job.runtimes, job.workers, cancel, job.is_sandboxed),
                      .samples = std::move(samples.summary),
                      .samples_digest = digest,
                      .plan = {},
                      .fallback = {}};
  workspace.fallback = fall_back_to_cpu(job, workspace.runtimes, workspace.config);
  if (!workspace.fallback.empty()) observer.note("warning: " + workspace.fallback);
  workspace.plan = plan::make_plan(workspace.config, job.runtimes, workspace.runtimes, workspace.host);
  const auto is_planned = [&](const RuntimeInfo& runtime) {
    return std::ranges::any_of(workspace.plan, [&](const auto& p) { return p.variant.runtime == runtime.name; });
  };
  for (const RuntimeInfo& runtime : workspace.runtimes)
    if (!runtime.available && is_planned(runtime))
      observer.note(fmt::format("{} is not available: {}", runtime.name, runtime.reason));
  return workspace;
}

}  // namespace autoaccel::pipeline
