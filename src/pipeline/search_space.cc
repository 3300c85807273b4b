#include "pipeline/search_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "pipeline/batches.h"
#include "pipeline/pass_data.h"
#include "pipeline/run_state.h"

namespace autoaccel::pipeline {
namespace {

search::ConversionCost cost_of(const recipe::Recipe& recipe) {
  if (recipe.needs_judge) return search::ConversionCost::judged;
  return recipe.needs_statistics ? search::ConversionCost::calibrated : search::ConversionCost::cheap;
}

std::vector<search::Form> forms_of(const Workspace& workspace) {
  std::vector<search::Form> forms;
  for (const plan::PlannedVariant& planned : workspace.plan)
    if (planned.skip_reason.empty())
      forms.push_back({.variant = planned.variant, .cost = cost_of(recipe_of(planned.variant))});
  std::stable_partition(forms.begin(), forms.end(),
                        [](const search::Form& form) { return may_be_reference(form.variant); });
  for (std::size_t i = 0; i < forms.size(); ++i) {
    Variant wanted = forms[i].variant;
    wanted.recipe = recipe_of(wanted).bound;
    const auto bound =
        std::find_if(forms.begin(), forms.end(), [&](const search::Form& form) { return form.variant == wanted; });
    forms[i].bound = bound == forms.end() ? i : static_cast<std::size_t>(bound - forms.begin());
  }
  return forms;
}

/// Whether the model, with the shapes that config.yml wants accepted, can be run that way.
bool is_possible(const Workspace& workspace, const Settings& choice) {
  // For use_shape alone, the artifact is static already where min_shape and max_shape are the same; where they are not,
  // it would no longer accept them.
  if (choice.contains("shapes")) return false;
  if (!choice.contains("batch")) return true;
  Variant variant;
  variant.settings = choice;
  const std::int64_t batch = batch_of(workspace, variant);
  return batch != workspace.batch() && !batch_axes(workspace, batch).empty();
}

std::vector<plan::Dimension> dimensions_of(const Workspace& workspace, const plan::RuntimeDescription& runtime) {
  std::vector<plan::Dimension> possible;
  // The file is the same under all settings.
  if (runtime.dimensions == nullptr || workspace.config.objective == Objective::size) return possible;
  for (plan::Dimension& dimension :
       runtime.dimensions(workspace.host, workspace.info(std::string(runtime.name)), workspace.config)) {
    std::erase_if(dimension.choices, [&](const Settings& choice) { return !is_possible(workspace, choice); });
    if (dimension.choices.size() > 1) possible.push_back(std::move(dimension));
  }
  return possible;
}

/// The planned variant with the settings that the id names, where it is the id of such a one; any of the runtime's
/// table will do, also those that no search varies.
std::optional<Variant> with_settings_of(const Workspace& workspace, Variant variant, const std::string& id) {
  variant.settings.clear();
  const std::string start = variant.id() + "-";
  if (!id.starts_with(start)) return std::nullopt;
  std::istringstream parts(id.substr(start.size()));
  for (std::string part; std::getline(parts, part, '-');) {
    const std::size_t sign = part.find('=');
    if (sign != std::string::npos) variant.settings[part.substr(0, sign)] = part.substr(sign + 1);
  }
  const auto table = workspace.description(variant.runtime).settings;
  const bool is_known = std::all_of(variant.settings.begin(), variant.settings.end(), [&](const auto& setting) {
    return std::any_of(table.begin(), table.end(), [&](const auto& row) {
      return row.name == setting.first && plan::is_value_of(row, setting.second);
    });
  });
  return is_known && variant.id() == id ? std::optional<Variant>(std::move(variant)) : std::nullopt;
}

/// All that could be tried, whatever `only` says.
search::Space full_space(const Workspace& workspace) {
  std::map<std::string, std::vector<plan::Dimension>> dimensions;
  for (const plan::RuntimeDescription& runtime : workspace.job.runtimes)
    if (workspace.info(std::string(runtime.name)).available)
      dimensions[std::string(runtime.name)] = dimensions_of(workspace, runtime);
  return {forms_of(workspace), std::move(dimensions)};
}

}  // namespace

search::Space make_space(const Workspace& workspace) {
  if (workspace.job.only.empty()) return full_space(workspace);
  return {forms_of(workspace), {}};
}

Variant find_variant(const Workspace& workspace, const std::string& id) {
  std::vector<std::string> ids;
  for (const plan::PlannedVariant& planned : workspace.plan) {
    if (planned.variant.id() == id) return planned.variant;
    ids.push_back(planned.variant.id());
  }
  for (const plan::PlannedVariant& planned : workspace.plan)
    if (const auto variant = with_settings_of(workspace, planned.variant, id)) return *variant;
  throw Error(Cause::usage, fmt::format("no variant '{}' in the plan", base::printable(id)),
              base::suggestion(id, ids) + " (autoaccel plan lists them)");
}

void restrict_plan(Workspace& workspace, const std::vector<std::string>& ids) {
  std::vector<Variant> wanted;
  for (const std::string& id : ids) wanted.push_back(find_variant(workspace, id));
  for (plan::PlannedVariant& planned : workspace.plan) {
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), planned.variant) != wanted.end();
    if (!is_wanted && !(planned.variant == workspace.plan.front().variant) && planned.skip_reason.empty())
      planned.skip_reason = "not among --only";
    std::erase(wanted, planned.variant);
  }
  for (Variant& variant : wanted) workspace.plan.push_back({std::move(variant), {}});
}

}  // namespace autoaccel::pipeline
