#include "support/report/recorded_landscape.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "recipe/recipe.h"
#include "select/figures.h"

namespace autoaccel::search::testing {
namespace {

using Names = std::vector<std::string>;
using Variants = std::vector<Variant>;

Settings only(const Settings& settings, const Names& names) {
  Settings part;
  for (const auto& [name, value] : settings)
    if (std::find(names.begin(), names.end(), name) != names.end()) part.emplace(name, value);
  return part;
}

Variant without(Variant variant, const Names& names) {
  for (const std::string& name : names) variant.settings.erase(name);
  return variant;
}

std::size_t count_different(const Variants& variants, const Names& names) {
  std::set<Settings> parts;
  for (const Variant& variant : variants) parts.insert(only(variant.settings, names));
  return parts.size();
}

/// Variants that are equal but for these settings, groups and members in the order of `variants`.
std::vector<Variants> groups_without(const Variants& variants, const Names& names) {
  std::vector<Variants> groups;
  for (const Variant& variant : variants) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const Variants& members) {
      return without(members.front(), names) == without(variant, names);
    });
    if (group == groups.end()) {
      groups.push_back({variant});
    } else {
      group->push_back(variant);
    }
  }
  return groups;
}

/// Settings of one runtime that vary in all recipes.
Names searched_names(const Variants& variants) {
  std::set<std::string> all;
  for (const Variant& variant : variants)
    for (const auto& setting : variant.settings) all.insert(setting.first);
  const std::vector<Variants> by_recipe = groups_without(variants, {all.begin(), all.end()});
  Names searched;
  for (const std::string& name : all)
    if (std::all_of(by_recipe.begin(), by_recipe.end(), [&](const Variants& members) {
          return members.size() == 1 || count_different(members, {name}) > 1;
        }))
      searched.push_back(name);
  return searched;
}

bool is_free_of_each_other(const std::vector<Variants>& forms, const std::string& a, const std::string& b) {
  return std::all_of(forms.begin(), forms.end(), [&](const Variants& members) {
    return count_different(members, {a, b}) == count_different(members, {a}) * count_different(members, {b});
  });
}

/// Names that do not occur in all their combinations stay together.
std::vector<Names> parts_of(const Names& names, const std::vector<Variants>& forms) {
  std::vector<std::size_t> part(names.size());
  std::iota(part.begin(), part.end(), std::size_t{0});
  for (std::size_t a = 0; a < names.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (!is_free_of_each_other(forms, names[a], names[b]))
        std::replace(part.begin(), part.end(), std::size_t{part[a]}, std::size_t{part[b]});
  std::map<std::size_t, Names> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts[part[i]].push_back(names[i]);
  std::vector<Names> result;
  for (auto& [index, members] : parts) result.push_back(std::move(members));
  return result;
}

std::vector<plan::Dimension> dimensions_of(const Variants& variants, const std::vector<Names>& parts) {
  std::vector<plan::Dimension> dimensions;
  for (const Names& names : parts) {
    plan::Dimension& dimension = dimensions.emplace_back();
    for (const std::string& name : names) dimension.name += (dimension.name.empty() ? "" : " and ") + name;
    for (const Variant& variant : variants) {
      Settings choice = only(variant.settings, names);
      if (std::find(dimension.choices.begin(), dimension.choices.end(), choice) == dimension.choices.end())
        dimension.choices.push_back(std::move(choice));
    }
  }
  return dimensions;
}

ConversionCost cost_of(const recipe::Recipe& recipe) {
  if (recipe.needs_judge) return ConversionCost::judged;
  return recipe.needs_statistics ? ConversionCost::calibrated : ConversionCost::cheap;
}

void add_costs_and_bounds(std::vector<Form>& forms) {
  for (std::size_t i = 0; i < forms.size(); ++i) {
    forms[i].bound = i;
    const recipe::Recipe* recipe = recipe::find_recipe(forms[i].variant.recipe);
    if (recipe == nullptr) continue;
    forms[i].cost = cost_of(*recipe);
    Variant wanted = forms[i].variant;
    wanted.recipe = recipe->bound;
    const auto bound =
        std::find_if(forms.begin(), forms.end(), [&](const Form& form) { return form.variant == wanted; });
    if (bound != forms.end()) forms[i].bound = static_cast<std::size_t>(bound - forms.begin());
  }
}

Observation observation_of(const Run& run, const Record& record) {
  Observation result;
  result.is_faithful = (record.outcome == Outcome::ok || record.outcome == Outcome::suspect) && record.agreement &&
                       record.agreement->within_limit;
  if (const auto figure = select::objective_figure(run, record)) {
    result.value = figure->value;
    result.half_width = figure->half_width;
  }
  // What a trial without a measurement took is not recorded; it counts nothing.
  if (const auto& m = record.measurement)
    result.seconds = m->load_seconds + m->first_inference_seconds + m->warm_up_seconds + m->wall_seconds;
  return result;
}

Space space_of(const Run& run) {
  std::vector<std::string> runtimes;
  std::map<std::string, Variants> by_runtime;
  for (const Record& record : run.records) {
    if (record.outcome == Outcome::skipped) continue;
    Variants& variants = by_runtime[record.variant.runtime];
    if (variants.empty()) runtimes.push_back(record.variant.runtime);
    variants.push_back(record.variant);
  }
  std::vector<Form> forms;
  std::map<std::string, std::vector<plan::Dimension>> dimensions;
  for (const std::string& runtime : runtimes) {
    const Variants& variants = by_runtime[runtime];
    const Names names = searched_names(variants);
    const std::vector<Variants> groups = groups_without(variants, names);
    for (const Variants& members : groups) forms.push_back({.variant = members.front()});
    dimensions[runtime] = dimensions_of(variants, parts_of(names, groups));
  }
  add_costs_and_bounds(forms);
  return {std::move(forms), std::move(dimensions)};
}

}  // namespace

Landscape landscape_from_run(const Run& run) {
  Landscape result{.name = run.model.file, .space = space_of(run), .truth = {}, .conversion_seconds = {}};
  std::map<std::string, const Record*> records;
  for (const Record& record : run.records)
    if (record.outcome != Outcome::skipped) records[record.variant.id()] = &record;
  for (std::size_t form = 0; form < result.space.forms().size(); ++form) {
    double& conversion = result.conversion_seconds.emplace_back(0);
    for (const Space::Point& point : result.space.points(form)) {
      const auto found = records.find(result.space.variant(point).id());
      if (found == records.end()) continue;
      const Record& record = *found->second;
      result.truth[point] = observation_of(run, record);
      if (record.measurement) conversion = std::max(conversion, record.measurement->convert_seconds);
    }
  }
  return result;
}

}  // namespace autoaccel::search::testing
