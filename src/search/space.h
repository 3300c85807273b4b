#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/variant.h"
#include "plan/plan.h"

namespace autoaccel::search {

/// How long a recipe's conversion takes, in steps that matter for the order of trials.
enum class ConversionCost {
  cheap,       ///< nothing, or a rewrite of the graph
  calibrated,  ///< runs the original on samples first
  judged,      ///< converts and runs candidates until the outputs are within the limit: minutes
};

/// A planned variant at the settings that it starts from.
struct Form {
  Variant variant;
  ConversionCost cost = ConversionCost::cheap;
  /// Index of a form that computes more in low precision and the rest alike, so that this one cannot be faster; itself:
  /// there is none.
  std::size_t bound = 0;
};

/// All that can be tried: forms × settings. No two points are the same variant, where the forms are not.
///
/// A form that an earlier one reaches by settings is a point of that one, and has none of its own.
class Space {
 public:
  /// dimensions  by runtime; a runtime that is not there has none
  Space(std::vector<Form> forms, std::map<std::string, std::vector<plan::Dimension>> dimensions);

  // Points and dimensions() refer to the dimensions of this space.
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;
  Space(Space&&) = default;
  Space& operator=(Space&&) = default;

  const std::vector<Form>& forms() const { return forms_; }

  /// A point: a form and, for each dimension of its runtime that applies, the index of a choice.
  struct Point {
    std::size_t form = 0;
    std::vector<std::size_t> choices;
    friend auto operator<=>(const Point&, const Point&) = default;
  };

  /// The form as planned: variant(start(form)) is its variant. A dimension whose names it sets itself starts at the
  /// choice that equals them; where none does, the dimension is fixed for that form. Its `form` is an earlier one's
  /// where that reaches it.
  const Point& start(std::size_t form) const { return starts_[form]; }

  /// Points that differ from this one in one dimension, in the order of dimensions and choices.
  std::vector<Point> neighbours(const Point& point) const;

  /// Every point of a form: its start first, then in the order of choices, the last dimension fastest.
  std::vector<Point> points(std::size_t form) const;

  /// Of all forms; does not list them.
  std::size_t size() const;

  Variant variant(const Point& point) const;

  /// The dimensions that a form's points vary, in the order of Point::choices.
  const std::vector<const plan::Dimension*>& dimensions(std::size_t form) const { return by_form_[form]; }

 private:
  Point own_start(std::size_t form) const;
  std::optional<Point> point_of(const Variant& variant, std::size_t form) const;

  std::vector<Form> forms_;
  std::map<std::string, std::vector<plan::Dimension>> dimensions_;
  std::vector<std::vector<const plan::Dimension*>> by_form_;
  std::vector<Point> starts_;
};

}  // namespace autoaccel::search
