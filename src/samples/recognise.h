#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "samples/random.h"
#include "samples/trails.h"

namespace autoaccel::samples {

/// What is known of an input when its values are chosen.
struct InputFacts {
  TensorInfo info;
  Shape shape;  ///< that it is measured at
  std::vector<Trail> trails;

  bool is_scalar() const;  ///< one element, whatever the rank
  /// Is one of these a word of the name? Words are runs of letters or digits, lower case: `past_key_values.0.key`.
  bool is_called(std::initializer_list<std::string_view> words) const;
  /// Does the name, in lower case, contain one of these?
  bool mentions(std::initializer_list<std::string_view> parts) const;
  /// The first place where the values arrive at this input of such a node, changed by nothing but these steps.
  const Trail* reaches(std::string_view op_type, int input, std::initializer_list<StepKind> steps = {}) const;
};

/// What is known of the model around it.
struct ModelFacts {
  const Trails& trails;
  std::vector<InputFacts> inputs;
  std::vector<TensorInfo> outputs;
};

/// trails  of the model; must outlive the result. errors  defect: an input without a shape
ModelFacts facts_of(const model::Model& model, const Trails& trails, const std::map<std::string, Shape>& shapes);

/// How an input's values are made.
///
/// origin  for people: `integers in [0, 30522), rows of the table they index`
/// make    the values of one set, of any numeric type (they are cast to the input's) and of the input's shape
struct Plan {
  std::string origin;
  std::function<Tensor(std::uint64_t set, Random& random)> make;
};

/// A kind of input: how it is told from others, and how its values are made. nullopt: not this kind.
struct Recogniser {
  std::string_view name;
  std::optional<Plan> (*plan)(const InputFacts&, const ModelFacts&);
};

/// The plan of the first recogniser that knows the input; the last ones know every input of numbers.
/// errors  unsupported: strings and other elements that cannot be made up
Plan plan_input(const InputFacts& input, const ModelFacts& model);

/// Is plan_images the recogniser that plan_input takes?
bool is_taken_for_images(const InputFacts& input, const ModelFacts& model);

/// Number of tables' rows, or of classes, that the values must stay below; and the least value, both after constants
/// that the graph adds were taken off.
struct IndexRange {
  std::int64_t low = 0;
  std::int64_t high = 0;  ///< not included
  bool is_one_hot = false;
};
std::optional<IndexRange> index_range(const InputFacts& input, const ModelFacts& model);

/// The constant that a one-element input is compared with; of several, the first in the graph that it must equal.
std::optional<double> compared_constant(const InputFacts& input, const ModelFacts& model);

// The recognisers, in the files named after what they make.
std::optional<Plan> plan_token_types(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_positions(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_attention_mask(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_lengths(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_text_bytes(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_indices(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_compared(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_role(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_picture_size(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_timestep(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_state(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_condition(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_latents(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_region(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_images(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_sound(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_integers(const InputFacts&, const ModelFacts&);
std::optional<Plan> plan_floats(const InputFacts&, const ModelFacts&);

// Values that several of them make.
Plan constant_plan(const Shape& shape, double value, std::string origin);
Plan integer_plan(const Shape& shape, std::int64_t low, std::int64_t high, std::string origin);  ///< both included
Plan uniform_plan(const Shape& shape, double low, double high, std::string origin);
Plan normal_plan(const Shape& shape, double deviation, std::string origin);

}  // namespace autoaccel::samples
