// Inputs of numbers in time: timesteps, recurrent state, sound; and all other floats.

#include <algorithm>
#include <cmath>

#include "samples/recognise.h"
#include "samples/speech.h"

namespace autoaccel::samples {
namespace {

/// Does the input, scaled or shifted, arrive at both Sin and Cos: a sinusoidal embedding.
bool is_embedded_as_waves(const InputFacts& input) {
  const auto kinds = {StepKind::scale, StepKind::shift};
  return input.reaches("Sin", 0, kinds) != nullptr && input.reaches("Cos", 0, kinds) != nullptr;
}

/// The graph multiplies fractions of time by 1000 itself.
bool takes_fractions(const InputFacts& input) {
  return std::any_of(input.trails.begin(), input.trails.end(), [](const Trail& trail) {
    return std::any_of(trail.steps.begin(), trail.steps.end(), [](const Step& step) {
      return step.kind == StepKind::scale && step.node->op_type() == "Mul" && step.operand.size() == 1 &&
             step.operand.front() == 1000;
    });
  });
}

bool may_equal(std::int64_t declared, std::int64_t used) { return declared < 0 || declared == used; }

/// Is there an output that this state could become in the next step: same type, and a shape that may be the same.
bool has_successor(const InputFacts& input, const ModelFacts& model) {
  return std::any_of(model.outputs.begin(), model.outputs.end(), [&](const TensorInfo& output) {
    if (output.type != input.info.type) return false;
    if (!output.shape) return true;
    if (output.shape->size() != input.shape.size()) return false;
    if (input.mentions({"past", "cache"})) return true;  // a cache grows by a step
    return std::equal(output.shape->begin(), output.shape->end(), input.shape.begin(), may_equal);
  });
}

bool is_initial_state(const InputFacts& input) {
  for (const std::string_view op : {"LSTM", "GRU", "RNN"}) {
    for (const int slot : {5, 6}) {
      if (input.reaches(op, slot) != nullptr) return true;
    }
  }
  return false;
}

/// Does a one-channel convolution, or a Fourier transform, read the input as a signal.
bool is_filtered(const InputFacts& input, const ModelFacts& model) {
  return std::any_of(input.trails.begin(), input.trails.end(), [&](const Trail& trail) {
    if (trail.input != 0 || !trail.passes_only({StepKind::scale, StepKind::shift})) return false;
    if (trail.is("STFT") || trail.is("DFT")) return true;
    if (!trail.is("Conv") || trail.node->input_size() < 2) return false;
    const auto weights = model.trails.shape(*trail.scope, trail.node->input(1));
    return !weights || (weights->size() > 1 && (*weights)[1] == 1);
  });
}

/// The rate that another input of the model chooses, if one does; else what speech models take.
std::int64_t sample_rate(const ModelFacts& model) {
  constexpr std::int64_t kUsual = 16000;
  for (const InputFacts& input : model.inputs) {
    const auto constant = is_integer(input.info.type) ? compared_constant(input, model) : std::nullopt;
    if (constant && *constant >= 4000 && *constant <= 192000) return static_cast<std::int64_t>(*constant);
  }
  return kUsual;
}

}  // namespace

std::optional<Plan> plan_timestep(const InputFacts& input, const ModelFacts&) {
  const bool named = input.mentions({"timestep", "time_step"}) || input.is_called({"t"});
  const bool is_number = is_float(input.info.type) || is_integer(input.info.type);
  if (!is_number || input.shape.size() > 1 || !(named || is_embedded_as_waves(input))) return std::nullopt;
  if (is_float(input.info.type) && takes_fractions(input)) return uniform_plan(input.shape, 0, 1, "times in [0, 1)");
  return Plan{"timesteps in [0, 1000)", [shape = input.shape](std::uint64_t, Random& random) {
                Tensor tensor(ElementType::int64, shape);
                const std::int64_t step = random.between(0, 999);  // one for the batch, as samplers do
                std::fill_n(tensor.as<std::int64_t>().begin(), tensor.size(), step);
                return tensor;
              }};
}

std::optional<Plan> plan_state(const InputFacts& input, const ModelFacts& model) {
  if (!is_float(input.info.type)) return std::nullopt;
  const bool features = input.is_called({"hidden"}) && input.is_called({"states"});  // what one layer hands to the next
  const bool named = input.mentions({"past", "cache"}) ||
                     input.is_called({"state", "states", "hidden", "cell", "memory", "mem", "mems"}) ||
                     input.is_called({"h", "c", "h0", "c0", "hn", "cn", "hx", "cx"});
  if (!is_initial_state(input) && !(named && !features && has_successor(input, model))) return std::nullopt;
  constexpr double kSmall = 0.1;  // the state of an untold past: between the zeros of a start and the ±1 of a gate
  return Plan{"recurrent state: zeros in the first set, then small normal numbers",
              [shape = input.shape](std::uint64_t set, Random& random) {
                Tensor tensor(ElementType::float32, shape);
                if (set == 0) return tensor;
                for (float& value : tensor.as<float>()) value = static_cast<float>(random.normal() * kSmall);
                return tensor;
              }};
}

std::optional<Plan> plan_sound(const InputFacts& input, const ModelFacts& model) {
  constexpr std::int64_t kShortest = 256;  // a frame of a Fourier transform; fewer numbers are features
  const Shape& shape = input.shape;
  const bool one_channel = shape.size() <= 2 || (shape.size() == 3 && shape[1] == 1);
  if (!is_float(input.info.type) || shape.empty() || !one_channel || shape.back() < kShortest) return std::nullopt;
  const bool named =
      input.is_called({"audio", "wav", "wave", "waveform", "speech", "pcm", "signal"}) || input.mentions({"audio"});
  if (!named && !is_filtered(input, model)) return std::nullopt;
  const std::int64_t rate = sample_rate(model);
  return Plan{"sound like speech at " + std::to_string(rate) + " Hz, in [-1, 1]",
              [shape, rate](std::uint64_t set, Random& random) {
                Tensor tensor(ElementType::float32, shape);
                const std::size_t length = static_cast<std::size_t>(shape.back()),
                                  rows = static_cast<std::size_t>(tensor.size()) / length;
                for (std::size_t row = 0; row < rows; ++row) {
                  make_speech(tensor.as<float>().subspan(row * length, length), set * rows + row, rate, random);
                }
                return tensor;
              }};
}

std::optional<Plan> plan_floats(const InputFacts& input, const ModelFacts&) {
  return normal_plan(input.shape, 1, "normal numbers, mean 0, deviation 1");
}

}  // namespace autoaccel::samples
