#include "search/space.h"

#include <algorithm>
#include <utility>

namespace autoaccel::search {
namespace {

bool has_name(const plan::Dimension& dimension, const std::string& name) {
  return std::any_of(dimension.choices.begin(), dimension.choices.end(),
                     [&](const Settings& choice) { return choice.contains(name); });
}

/// What settings say about the names that a dimension varies.
Settings part_of(const plan::Dimension& dimension, const Settings& settings) {
  Settings part;
  for (const auto& [name, value] : settings)
    if (has_name(dimension, name)) part.emplace(name, value);
  return part;
}

/// nullopt: the settings have a value of their own.
std::optional<std::size_t> choice_of(const plan::Dimension& dimension, const Settings& settings) {
  const Settings part = part_of(dimension, settings);
  const auto found = std::find(dimension.choices.begin(), dimension.choices.end(), part);
  if (found != dimension.choices.end()) return static_cast<std::size_t>(found - dimension.choices.begin());
  return part.empty() ? std::optional<std::size_t>(0) : std::nullopt;
}

bool is_varied_in(const plan::Dimension& dimension, const Variant& variant) {
  return dimension.choices.size() > 1 && (dimension.applies == nullptr || dimension.applies(variant)) &&
         choice_of(dimension, variant.settings).has_value();
}

}  // namespace

Space::Space(std::vector<Form> forms, std::map<std::string, std::vector<plan::Dimension>> dimensions)
    : forms_(std::move(forms)), dimensions_(std::move(dimensions)), by_form_(forms_.size()), starts_(forms_.size()) {
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    const Variant& variant = forms_[form].variant;
    for (const plan::Dimension& dimension : dimensions_[variant.runtime])
      if (is_varied_in(dimension, variant)) by_form_[form].push_back(&dimension);
    starts_[form] = own_start(form);
    for (std::size_t other = 0; other < form; ++other) {
      if (starts_[other].form != other) continue;
      if (const auto point = point_of(variant, other)) {
        by_form_[form].clear();
        starts_[form] = *point;
        break;
      }
    }
  }
}

Space::Point Space::own_start(std::size_t form) const {
  Point point{.form = form, .choices = {}};
  for (const plan::Dimension* dimension : by_form_[form])
    point.choices.push_back(*choice_of(*dimension, forms_[form].variant.settings));
  return point;
}

/// The point of the form that is this variant; nullopt: the form does not reach it.
std::optional<Space::Point> Space::point_of(const Variant& wanted, std::size_t form) const {
  Point point{.form = form, .choices = {}};
  for (const plan::Dimension* dimension : by_form_[form]) {
    const auto choice = choice_of(*dimension, wanted.settings);
    if (!choice) return std::nullopt;
    point.choices.push_back(*choice);
  }
  return variant(point) == wanted ? std::optional(point) : std::nullopt;
}

std::vector<Space::Point> Space::neighbours(const Point& point) const {
  std::vector<Point> result;
  for (std::size_t d = 0; d < point.choices.size(); ++d) {
    for (std::size_t choice = 0; choice < by_form_[point.form][d]->choices.size(); ++choice) {
      if (choice == point.choices[d]) continue;
      result.push_back(point);
      result.back().choices[d] = choice;
    }
  }
  return result;
}

std::vector<Space::Point> Space::points(std::size_t form) const {
  if (starts_[form].form != form) return {};
  std::vector<Point> result{starts_[form]};
  const auto& dimensions = by_form_[form];
  Point point{.form = form, .choices = std::vector<std::size_t>(dimensions.size(), 0)};
  while (true) {
    if (point != starts_[form]) result.push_back(point);
    std::size_t d = dimensions.size();
    while (d > 0 && ++point.choices[d - 1] == dimensions[d - 1]->choices.size()) point.choices[--d] = 0;
    if (d == 0) return result;
  }
}

std::size_t Space::size() const {
  std::size_t total = 0;
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    if (starts_[form].form != form) continue;
    std::size_t points = 1;
    for (const plan::Dimension* dimension : by_form_[form]) points *= dimension->choices.size();
    total += points;
  }
  return total;
}

Variant Space::variant(const Point& point) const {
  Variant result = forms_[point.form].variant;
  for (std::size_t d = 0; d < point.choices.size(); ++d) {
    const plan::Dimension& dimension = *by_form_[point.form][d];
    const Settings& choice = dimension.choices[point.choices[d]];
    // Where the form says nothing of these names, it stays so at the start.
    if (choice_of(dimension, forms_[point.form].variant.settings) == point.choices[d]) continue;
    std::erase_if(result.settings, [&](const auto& setting) { return has_name(dimension, setting.first); });
    result.settings.insert(choice.begin(), choice.end());
  }
  return result;
}

}  // namespace autoaccel::search
