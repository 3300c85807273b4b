#include "samples/recognise.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::samples {
namespace {

/// Most telling first. What a name says counts before what the graph does only where the graph cannot tell: segment and
/// position numbers index tables like tokens do.
constexpr std::array<Recogniser, 18> kRecognisers = {{
    {"token types", plan_token_types},
    {"positions", plan_positions},
    {"attention mask", plan_attention_mask},
    {"lengths", plan_lengths},
    {"text bytes", plan_text_bytes},
    {"indices", plan_indices},
    {"compared", plan_compared},
    {"role", plan_role},
    {"picture size", plan_picture_size},
    {"timestep", plan_timestep},
    {"state", plan_state},
    {"condition", plan_condition},
    {"latents", plan_latents},
    {"region", plan_region},
    {"images", plan_images},
    {"sound", plan_sound},
    {"integers", plan_integers},
    {"floats", plan_floats},
}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

}  // namespace

bool InputFacts::is_scalar() const { return element_count(shape) == 1; }

bool InputFacts::is_called(std::initializer_list<std::string_view> words) const {
  const std::string name = lower(info.name);
  std::string word;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    if (i < name.size() && std::isalnum(static_cast<unsigned char>(name[i]))) {
      word += name[i];
      continue;
    }
    if (std::find(words.begin(), words.end(), word) != words.end()) return true;
    word.clear();
  }
  return false;
}

bool InputFacts::mentions(std::initializer_list<std::string_view> parts) const {
  const std::string name = lower(info.name);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

const Trail* InputFacts::reaches(std::string_view op_type, int input, std::initializer_list<StepKind> steps) const {
  const auto found = std::find_if(trails.begin(), trails.end(), [&](const Trail& trail) {
    return trail.is(op_type) && trail.input == input && trail.passes_only(steps);
  });
  return found == trails.end() ? nullptr : &*found;
}

ModelFacts facts_of(const model::Model& model, const Trails& trails, const std::map<std::string, Shape>& shapes) {
  ModelFacts facts{trails, {}, model.outputs()};
  for (TensorInfo& info : model.inputs()) {
    const auto shape = shapes.find(info.name);
    if (shape == shapes.end())
      throw Error(Cause::defect, "no shape for the input '" + base::printable(info.name) + "'");
    std::vector<Trail> followed = trails.follow(info.name);
    facts.inputs.push_back({std::move(info), shape->second, std::move(followed)});
  }
  return facts;
}

Plan plan_input(const InputFacts& input, const ModelFacts& model) {
  const ElementType type = input.info.type;
  const bool known =
      type == ElementType::boolean || is_float(type) || (is_integer(type) && bits_per_element(type) >= 8);
  if (!known) {
    throw Error(Cause::unsupported,
                "the input '" + base::printable(input.info.name) + "' has elements of type " + to_text(type) +
                    ", for which no samples can be made",
                "models with such inputs cannot be measured; export the model with numbers as inputs");
  }
  for (const Recogniser& recogniser : kRecognisers) {
    if (auto plan = recogniser.plan(input, model)) return *std::move(plan);
  }
  throw Error(Cause::defect, "no recogniser for the input '" + base::printable(input.info.name) + "'");
}

bool is_taken_for_images(const InputFacts& input, const ModelFacts& model) {
  for (const Recogniser& recogniser : kRecognisers)
    if (recogniser.plan(input, model)) return recogniser.plan == plan_images;
  return false;
}

Plan constant_plan(const Shape& shape, double value, std::string origin) {
  return {std::move(origin), [shape, value](std::uint64_t, Random&) {
            Tensor tensor(ElementType::float64, shape);
            std::fill_n(tensor.as<double>().begin(), tensor.size(), value);
            return tensor;
          }};
}

Plan integer_plan(const Shape& shape, std::int64_t low, std::int64_t high, std::string origin) {
  return {std::move(origin), [shape, low, high](std::uint64_t, Random& random) {
            Tensor tensor(ElementType::int64, shape);
            for (std::int64_t& value : tensor.as<std::int64_t>()) value = random.between(low, high);
            return tensor;
          }};
}

Plan uniform_plan(const Shape& shape, double low, double high, std::string origin) {
  return {std::move(origin), [shape, low, high](std::uint64_t, Random& random) {
            Tensor tensor(ElementType::float64, shape);
            // fma, so that a compiler's choice to contract or not changes nothing.
            for (double& value : tensor.as<double>()) value = std::fma(random.unit(), high - low, low);
            return tensor;
          }};
}

Plan normal_plan(const Shape& shape, double deviation, std::string origin) {
  return {std::move(origin), [shape, deviation](std::uint64_t, Random& random) {
            Tensor tensor(ElementType::float32, shape);
            for (float& value : tensor.as<float>()) value = static_cast<float>(random.normal() * deviation);
            return tensor;
          }};
}

}  // namespace autoaccel::samples
