#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/files.h"
#include "base/text.h"
#include "pipeline/optimize.h"
#include "pipeline/pass_data.h"
#include "rewrite/take_uint8.h"
#include "rewrite/value_table.h"
#include "worker/failure.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

const recipe::Recipe& require_recipe(const std::string& name) {
  if (const recipe::Recipe* recipe = recipe::find_recipe(name)) return *recipe;
  std::vector<std::string> names;
  for (const recipe::Recipe& recipe : recipe::recipes()) names.emplace_back(recipe.name);
  throw Error(Cause::usage, fmt::format("unknown recipe '{}'", base::printable(name)), base::suggestion(name, names));
}

/// A name that no node has would silently exclude nothing.
void require_nodes(model::Model model, const std::set<std::string>& wanted) {
  std::set<std::string> known;
  const rewrite::ValueTable table(model.proto());
  for (const rewrite::PlacedNode& placed : table.nodes()) {
    known.insert(placed.id);
    known.insert(placed.node->name());
  }
  for (const std::string& name : wanted) {
    if (known.contains(name)) continue;
    throw Error(Cause::usage, fmt::format("no node '{}' in the model", base::printable(name)),
                base::suggestion(name, std::vector<std::string>(known.begin(), known.end())));
  }
}

/// The first variant of the plan that runs what the recipe makes; any where the runtime does not matter.
Variant variant_for(const Workspace& workspace, const recipe::Recipe& recipe, const ConvertJob& what) {
  if (!recipe.is_for_runtime) {
    Variant variant = workspace.plan.front().variant;
    variant.recipe = recipe.name;
    return variant;
  }
  std::string reasons;
  for (const plan::PlannedVariant& planned : workspace.plan) {
    const Variant& variant = planned.variant;
    if (variant.recipe != what.recipe || (!what.runtime.empty() && variant.runtime != what.runtime)) continue;
    if (planned.skip_reason.empty()) return variant;
    reasons = fmt::format("{}: {}", variant.runtime, planned.skip_reason);
  }
  throw Error(Cause::unsupported,
              fmt::format("recipe {} is made for a runtime, and {} it here", what.recipe,
                          what.runtime.empty() ? "none offers" : base::printable(what.runtime) + " does not offer"),
              reasons.empty() ? "autoaccel plan lists what is offered" : reasons);
}

/// The config with samples for every input from one place.
Config with_samples(Config config, const std::vector<TensorInfo>& inputs, const fs::path& samples) {
  for (const TensorInfo& input : inputs) {
    auto found = std::ranges::find(config.inputs, input.name, &InputConfig::name);
    if (found == config.inputs.end()) {
      config.inputs.push_back({.name = input.name});
      found = std::prev(config.inputs.end());
    }
    found->data = {{.value = samples}};
  }
  return config;
}

/// bytes  inputs and outputs that become uint8
Conversion finish(const ConvertJob& what, const recipe::Recipe& recipe, const model::Model& original,
                  rewrite::PassContext context, const rewrite::ByteTensors& bytes) {
  context.keep_nodes = what.exclude;
  context.io = what.io;
  rewrite::PassReport report;
  model::Model converted = recipe::apply(recipe, original, context, report);
  rewrite::take_uint8(converted, bytes);
  for (std::string& line : rewrite::descriptions_of(bytes)) report.notes.push_back(std::move(line));
  return {.files = converted.save(what.output),
          .nodes_converted = report.nodes_converted,
          .nodes_kept = report.nodes_kept,
          .kept_by_reason = report.kept_by_reason,
          .notes = report.notes};
}

/// What `--io uint8` converts. errors  usage: nothing holds bytes
rewrite::ByteTensors bytes_for(const ConvertJob& what, const Config& resolved) {
  if (what.io != IoTypes::uint8) return {};
  rewrite::ByteTensors bytes = rewrite::byte_tensors(resolved);
  if (bytes.empty())
    throw Error(Cause::usage, "no input or output of the model is known to hold bytes",
                "declare type: uint8 with its scale and mean in config.yml, and name that with --config");
  return bytes;
}

/// For recipes that look at activations or outputs.
Conversion convert_by_running(const OptimizeJob& job, const ConvertJob& what, const recipe::Recipe& recipe,
                              Observer& observer, const base::CancelToken& cancel) {
  const base::TemporaryFolder scratch("convert-", folder_of(what.output));
  OptimizeJob inside = job;
  inside.out = scratch.path();
  if (!what.calibrate.empty())
    inside.config = with_samples(inside.config, model::Model::load(job.model).inputs(), what.calibrate);
  const Workspace workspace = open_workspace(inside, observer, cancel);
  require_nodes(workspace.original.clone(), what.exclude);
  const rewrite::ByteTensors bytes = bytes_for(what, workspace.config);
  PassData data(workspace, observer);
  const rewrite::PassContext context = data.context_for(variant_for(workspace, recipe, what));
  return finish(what, recipe, workspace.original, context, bytes);
}

}  // namespace

Conversion convert(const OptimizeJob& job, const ConvertJob& what, Observer& observer,
                   const base::CancelToken& cancel) {
  const recipe::Recipe& recipe = require_recipe(what.recipe);
  if (what.io == IoTypes::reduced && recipe.io_type == ElementType::undefined)
    throw Error(Cause::usage, fmt::format("recipe '{}' cannot reduce inputs and outputs", recipe.name),
                "leave out --io");
  fs::create_directories(folder_of(what.output));
  const bool has_samples = has_data(job.config) || !what.calibrate.empty();
  if (!recipe.needs_judge && !recipe.needs_statistics && !(recipe.uses_products && has_samples)) {
    const model::Model original = model::Model::load(job.model);
    require_nodes(original.clone(), what.exclude);
    rewrite::ByteTensors bytes;
    if (what.io == IoTypes::uint8) {
      const auto shapes = config::bind_shapes(job.config, original.inputs(), original.outputs());
      bytes = bytes_for(what, resolve_bytes(job.config, original, shapes));
    }
    return finish(what, recipe, original, {.runtime = what.runtime}, bytes);
  }
  try {
    return convert_by_running(job, what, recipe, observer, cancel);
  } catch (const worker::Failure& failure) {
    // Behind this command stands no variant whose outcome it would be.
    throw Error(Cause::vendor, failure.reason(), failure.details());
  }
}

}  // namespace autoaccel::pipeline
