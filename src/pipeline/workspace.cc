#include "pipeline/workspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "autoaccel/version.h"
#include "base/files.h"
#include "base/host.h"
#include "base/json_values.h"
#include "base/numeric.h"
#include "samples/samples.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

// The folder of samples as the original takes them; others are cast from it.
constexpr const char* kOriginalTypes = "original";

template <typename Items>
const auto& find_by_name(const Items& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  if (found == items.end()) throw Error(Cause::defect, "no runtime " + name + " in the catalogue");
  return *found;
}

/// Writes the sets below samples/original and returns a digest of their bytes.
std::string store_samples(const RunFolder& folder, const samples::Samples& samples) {
  // Sets cast from earlier samples are stale as well, so the whole folder goes.
  fs::remove_all(folder.root() / "samples");
  std::string digests;
  for (std::size_t k = 0; k < samples.sets.size(); ++k) {
    const fs::path set = folder.samples(kOriginalTypes) / std::to_string(k);
    worker::write_sample_set(set, samples.sets[k]);
    for (std::size_t i = 0; i < samples.sets[k].size(); ++i)
      digests += base::sha256_of_file(set / (std::to_string(i) + ".npy"));
  }
  return base::sha256_of_text(digests);
}

std::map<std::string, Shape> use_shapes(const std::map<std::string, config::InputShapes>& shapes) {
  std::map<std::string, Shape> use;
  for (const auto& [name, shape] : shapes) use[name] = shape.use;
  return use;
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

std::vector<std::string> Workspace::input_names() const {
  std::vector<std::string> names;
  for (const TensorInfo& input : summary.inputs) names.push_back(input.name);
  return names;
}

worker::Limits Workspace::limits() const {
  constexpr double kShare = 0.9;
  const LimitsConfig& configured = job.config.limits;
  worker::Limits limits{configured.memory_bytes, configured.variant_seconds};
  if (!limits.memory_bytes && host.memory_available_bytes > 0)
    limits.memory_bytes = static_cast<std::uint64_t>(kShare * static_cast<double>(host.memory_available_bytes));
  return limits;
}

std::string Workspace::shapes_text() const {
  base::Json json;
  for (const auto& [name, shape] : shapes) json[name] = {shape.min, shape.use, shape.max};
  return json.dump();
}

std::string Workspace::key(const Variant& variant) const {
  base::Json accuracy;
  if (job.config.accuracy)
    accuracy = {to_text(job.config.accuracy->metric), job.config.accuracy->limit};
  const base::Json json{{"tool", kVersion},
                        {"model", summary.sha256},
                        {"shapes", shapes_text()},
                        {"samples", samples_digest},
                        {"accuracy", accuracy},
                        {"runtime", info(variant.runtime).version},
                        {"processor", host.processor},
                        {"rules", {job.rules.min_samples, job.rules.min_seconds, job.rules.target_half_width,
                                   job.rules.max_seconds}},
                        {"variant", variant.id()}};
  return base::sha256_of_text(json.dump());
}

std::int64_t Workspace::batch() const {
  std::optional<std::int64_t> batch;
  for (const TensorInfo& input : summary.inputs) {
    const Shape& use = shapes.at(input.name).use;
    if (use.size() < 2) continue;  // a scalar or a vector is a parameter or one sample's state
    if (batch && *batch != use[0]) return 1;
    batch = use[0];
  }
  return std::max<std::int64_t>(batch.value_or(1), 1);
}

std::vector<fs::path> Workspace::sample_folders(const std::vector<TensorInfo>& inputs) const {
  std::map<std::string, ElementType> wanted;
  for (const TensorInfo& input : inputs) wanted[input.name] = input.type;
  std::string signature;
  for (const TensorInfo& input : summary.inputs) {
    const auto found = wanted.find(input.name);
    if (found != wanted.end() && found->second != input.type && found->second != ElementType::undefined)
      signature += (signature.empty() ? "" : "-") + input.name + "=" + to_text(found->second);
  }
  // The names come from the model and may hold anything; the digest keeps the folder's name plain.
  const std::string folder_name = signature.empty() ? kOriginalTypes : base::sha256_of_text(signature).substr(0, 16);
  std::vector<fs::path> folders;
  for (int k = 0; k < samples.count; ++k) {
    const fs::path set = folder.samples(folder_name) / std::to_string(k);
    folders.push_back(set);
    if (fs::exists(set)) continue;
    TensorSet cast = worker::read_output_set(folder.samples(kOriginalTypes) / std::to_string(k), input_names());
    for (NamedTensor& named : cast) {
      const auto found = wanted.find(named.name);
      if (found != wanted.end() && found->second != named.tensor.type())
        named.tensor = base::cast(named.tensor, found->second);
    }
    worker::write_sample_set(set, cast);
  }
  return folders;
}

Workspace open_workspace(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel) {
  RunFolder folder(job.out);
  model::Model original = model::Model::load(job.model);
  ModelSummary summary = model::summarize(original);
  auto shapes = config::bind_shapes(job.config, summary.inputs, summary.outputs);
  cancel.check();
  samples::Samples samples = samples::make_samples(original, use_shapes(shapes), job.config);
  samples.summary.seed = job.config.search.seed;
  samples.summary.count = static_cast<int>(samples.sets.size());
  const std::string digest = store_samples(folder, samples);
  cancel.check();
  Workspace workspace{.job = job,
                      .cancel = cancel,
                      .folder = std::move(folder),
                      .original = std::move(original),
                      .summary = std::move(summary),
                      .shapes = std::move(shapes),
                      .host = base::read_host(),
                      .runtimes = probe_runtimes(job.runtimes, job.workers, cancel),
                      .samples = std::move(samples.summary),
                      .samples_digest = digest,
                      .plan = {}};
  workspace.plan = plan::make_plan(job.config, job.runtimes, workspace.runtimes, workspace.host);
  for (const RuntimeInfo& runtime : workspace.runtimes)
    if (!runtime.available) observer.note(fmt::format("{} is not available: {}", runtime.name, runtime.reason));
  return workspace;
}

}  // namespace autoaccel::pipeline
