#include "samples/image_scale.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/numeric.h"
#include "samples/scene.h"

namespace autoaccel::samples {
namespace {

constexpr std::array<double, 3> kImageNetMean = {0.485, 0.456, 0.406};
constexpr std::array<double, 3> kImageNetDeviation = {0.229, 0.224, 0.225};

constexpr ImageScale kUnit{"0..1", 1};
constexpr ImageScale kBytes{"0..255", 255};
constexpr ImageScale kSigned{"-1..1", 1, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
constexpr ImageScale kImageNet{"ImageNet's mean and deviation", 1, kImageNetMean, kImageNetDeviation};
constexpr std::array<ImageScale, 4> kScales = {kUnit, kBytes, kSigned, kImageNet};

/// Mean and deviation of the bytes of pictures, of 1; photographs and scanned pages lie around these.
constexpr double kTypicalMean = 0.48, kTypicalDeviation = 0.26;

/// Mean and deviation of the numbers that a model was trained on.
struct InputStatistics {
  double mean = 0, deviation = 1;
};

/// The scale whose numbers are most like these: least distance of the means, in deviations, and of the logarithms of
/// the deviations.
const ImageScale& nearest_scale(const InputStatistics& seen) {
  const auto distance = [&](const ImageScale& scale) {
    const double off = (scale.typical_mean() - seen.mean) / std::max(scale.typical_deviation(), seen.deviation);
    const double stretch = std::log(scale.typical_deviation() / seen.deviation);
    return off * off + stretch * stretch;
  };
  return *std::min_element(kScales.begin(), kScales.end(),
                           [&](const ImageScale& a, const ImageScale& b) { return distance(a) < distance(b); });
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// y = a x + b.
struct Affine {
  double a = 1, b = 0;
};

/// What the graph applies first, constants of several channels by their mean; nullopt when it does not begin so.
std::optional<Affine> affine_of(const InputFacts& input) {
  const Trail* longest = nullptr;
  for (const Trail& trail : input.trails) {
    if (!trail.passes_only({StepKind::shift, StepKind::scale, StepKind::invert})) continue;
    if (longest == nullptr || trail.steps.size() > longest->steps.size()) longest = &trail;
  }
  if (longest == nullptr) return std::nullopt;
  double a = 1, b = 0;
  bool scales = false;
  for (const Step& step : longest->steps) {
    if (step.kind == StepKind::view) continue;
    const double operand = mean_of(step.operand);
    if (step.kind == StepKind::shift) b += step.node->op_type() == "Sub" ? -operand : operand;
    if (step.kind == StepKind::invert) a = -a, b = operand - b;
    if (step.kind == StepKind::scale) {
      const double factor = step.node->op_type() == "Div" ? 1 / operand : operand;
      a *= factor, b *= factor;
    }
    scales = true;
  }
  if (!scales || !std::isfinite(a) || !std::isfinite(b)) return std::nullopt;
  return Affine{a, b};
}

/// 1. The graph scales its input itself.
std::optional<ChosenScale> by_graph(const InputFacts& input) {
  const auto affine = affine_of(input);
  if (!affine) return std::nullopt;
  const auto [a, b] = *affine;
  constexpr double kSmall = 1.0 / 32, kLarge = 16;  // far between those of 0..1 (≥ 1) and of 0..255 (1/255, mean > 100)
  const bool bytes = std::abs(a) <= kSmall || (std::abs(a) < kLarge && std::abs(b) > kLarge);
  return ChosenScale{bytes ? kBytes : kUnit, "which the graph scales itself"};
}

/// 2. The range that the first QuantizeLinear can represent.
std::optional<ChosenScale> by_quantizer(const InputFacts& input, const ModelFacts& model) {
  const Trail* trail = input.reaches("QuantizeLinear", 0);
  if (trail == nullptr || trail->node->input_size() < 2) return std::nullopt;
  const auto scale = model.trails.constant(*trail->scope, trail->node->input(1));
  if (!scale || scale->size() != 1 || !(scale->front() > 0)) return std::nullopt;
  const auto zero =
      trail->node->input_size() > 2 ? model.trails.constant(*trail->scope, trail->node->input(2)) : std::nullopt;
  const auto distance = [&](const ImageScale& candidate) {
    // Width of the range, and the part of it below zero; a zero point is the byte of 0, or that less 128.
    const double width = 255 * scale->front(), zero_point = zero && !zero->empty() ? zero->front() : 0;
    const double low = -(zero_point < 0 ? zero_point + 128 : zero_point) * scale->front();
    const double wanted = candidate.of(255, 0) - candidate.of(0, 0);
    return std::abs(std::log(wanted / width)) + std::abs(candidate.of(0, 0) - low) / wanted;
  };
  const ImageScale& best = *std::min_element(kScales.begin(), kScales.end(),
                                             [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  return ChosenScale{best, "the range of the quantizer at the input"};
}

/// Running mean and variance of a BatchNormalization; nullopt when they are not constants of `channels` elements.
struct RunningStatistics {
  std::vector<double> mean, variance;
};
std::optional<RunningStatistics> running_statistics(const onnx::NodeProto& node, const Scope& scope,
                                                    const ModelFacts& model, std::size_t channels) {
  if (node.op_type() != "BatchNormalization" || node.input_size() != 5) return std::nullopt;
  const auto mean = model.trails.constant(scope, node.input(3)), variance = model.trails.constant(scope, node.input(4));
  if (!mean || !variance || mean->size() != channels || variance->size() != channels) return std::nullopt;
  return RunningStatistics{*mean, *variance};
}

/// 3a. The input itself is normalized.
std::optional<ChosenScale> by_normalization(const InputFacts& input, const ModelFacts& model, std::size_t channels) {
  const Trail* trail = input.reaches("BatchNormalization", 0);
  const auto seen = trail ? running_statistics(*trail->node, *trail->scope, model, channels) : std::nullopt;
  if (!seen || mean_of(seen->variance) <= 0) return std::nullopt;
  return ChosenScale{nearest_scale({mean_of(seen->mean), std::sqrt(mean_of(seen->variance))}),
                     "the statistics of the normalization at the input"};
}

/// A convolution's weights [outputs, channels, height, width] as numbers.
struct Kernel {
  std::int64_t outputs = 0, channels = 0, height = 0, width = 0;
  std::vector<double> weights;
  double at(std::int64_t o, std::int64_t c, std::int64_t y, std::int64_t x) const {
    return weights[((o * channels + c) * height + y) * width + x];
  }
};

/// Variance of each output of the convolution over generated scenes with values in 0..1.
std::vector<double> scene_variances(const Kernel& kernel, int columns, int rows) {
  constexpr int kSide = 96, kScenes = 3, kStride = 3;
  const int width = std::min(columns, 2 * kSide), height = std::min(rows, kSide);
  std::vector<double> sum(kernel.outputs), squares(kernel.outputs);
  double count = 0;
  for (int scene = 0; scene < kScenes; ++scene) {
    Random random{1, static_cast<std::uint64_t>(scene)};
    const Raster raster = make_scene(width, height, scene, random);
    for (int y = 0; y + kernel.height <= height; y += kStride) {
      for (int x = 0; x + kernel.width <= width; x += kStride) {
        ++count;
        for (std::int64_t o = 0; o < kernel.outputs; ++o) {
          double value = 0;
          for (std::int64_t c = 0; c < kernel.channels; ++c) {
            for (std::int64_t v = 0; v < kernel.height; ++v) {
              for (std::int64_t u = 0; u < kernel.width; ++u)
                value += kernel.at(o, c, v, u) * raster.row(y + v)[3 * (x + u) + c % 3] / 255;
            }
          }
          sum[o] += value;
          squares[o] += value * value;
        }
      }
    }
  }
  for (std::int64_t o = 0; o < kernel.outputs; ++o)
    squares[o] = count > 0 ? squares[o] / count - sum[o] * sum[o] / (count * count) : 0;
  return squares;
}

std::optional<Kernel> kernel_of(const Trail& conv, const ModelFacts& model, std::int64_t channels) {
  const auto shape = model.trails.shape(*conv.scope, conv.node->input(1));
  if (!shape || shape->size() != 4 || (*shape)[1] != channels || (*shape)[2] > 16 || (*shape)[3] > 16)
    return std::nullopt;
  const auto weights = model.trails.constant(*conv.scope, conv.node->input(1));
  if (!weights || static_cast<std::int64_t>(weights->size()) != element_count(*shape)) return std::nullopt;
  return Kernel{(*shape)[0], channels, (*shape)[2], (*shape)[3], *weights};
}

/// What the first convolution's outputs were in training tells what its inputs were. Their means are m · Σw for a mean
/// input m: least squares over the outputs. Their deviations are s times those that the same weights give on our scenes
/// in 0..1, where s is how much wider the input's numbers are: geometric mean over the outputs.
std::optional<InputStatistics> statistics_behind(const Kernel& kernel, const RunningStatistics& seen,
                                                 const std::vector<double>& bias, const ImageLayout& layout,
                                                 const Shape& shape) {
  const std::vector<double> ours =
      scene_variances(kernel, static_cast<int>(shape[layout.columns]), static_cast<int>(shape[layout.rows]));
  const std::int64_t per_output = kernel.channels * kernel.height * kernel.width;
  double product = 0, norm = 0, stretch = 0, count = 0;
  for (std::int64_t o = 0; o < kernel.outputs; ++o) {
    double gain = 0;
    for (std::int64_t i = 0; i < per_output; ++i) gain += kernel.weights[o * per_output + i];
    product += gain * (seen.mean[o] - (bias.empty() ? 0 : bias[o]));
    norm += gain * gain;
    if (ours[o] <= 1e-12 || seen.variance[o] <= 1e-12) continue;  // a dead output
    stretch += std::log(seen.variance[o] / ours[o]) / 2;
    ++count;
  }
  if (count == 0 || norm <= 0) return std::nullopt;
  return InputStatistics{product / norm, std::exp(stretch / count) * kTypicalDeviation};
}

/// 3b. The first convolution is normalized.
std::optional<ChosenScale> by_first_convolution(const InputFacts& input, const ModelFacts& model,
                                                const ImageLayout& layout) {
  const Trail* conv = input.reaches("Conv", 0);
  if (conv == nullptr) return std::nullopt;
  const auto& consumers = conv->scope->view.consumers(conv->node->output(0));
  const auto kernel = kernel_of(*conv, model, input.shape[layout.channels]);
  if (consumers.size() != 1 || !kernel) return std::nullopt;
  const auto seen = running_statistics(*consumers[0].node, *conv->scope, model, kernel->outputs);
  std::vector<double> bias;
  if (conv->node->input_size() > 2)
    bias = model.trails.constant(*conv->scope, conv->node->input(2)).value_or(std::vector<double>{});
  if (!seen || (!bias.empty() && bias.size() != seen->mean.size())) return std::nullopt;
  const auto statistics = statistics_behind(*kernel, *seen, bias, layout, input.shape);
  if (!statistics || !std::isfinite(statistics->mean) || !(statistics->deviation > 0)) return std::nullopt;
  return ChosenScale{nearest_scale(*statistics), "the statistics behind the first convolution"};
}

/// 4. Signs, and the commonest scale.
ChosenScale by_signs(const InputFacts& input, const ModelFacts& model, const ImageLayout& layout) {
  const bool coloured = input.shape[layout.channels] == 3;
  for (const TensorInfo& output : model.outputs) {
    const bool thousand =
        output.shape && output.shape->size() == 2 && (output.shape->back() == 1000 || output.shape->back() == 1001);
    if (coloured && thousand) return {layout.channels_last() ? kSigned : kImageNet, "usual for a thousand classes"};
  }
  if (coloured && layout.channels_last()) return {kSigned, "usual for channels last"};
  return {kUnit, "the commonest"};
}

}  // namespace

bool counts_bytes(const InputFacts& input) {
  const auto affine = affine_of(input);
  if (!affine) return false;
  const double low = affine->b, width = 255 * affine->a;
  // 0..1 (1/255, 1/256), -1..1, and up to ImageNet's -2.1..2.6 (widths of 4.4); or only the mean of a byte taken off.
  constexpr double kNarrowest = 0.9, kWidest = 6, kLowest = -3, kHighest = 0.1;
  constexpr double kLeastMean = 85, kMostMean = 140;  // of ImageNet by channel: 103 to 124; half of the bytes: 127.5
  const bool is_normalised = width >= kNarrowest && width <= kWidest && low >= kLowest && low <= kHighest;
  return is_normalised || (affine->a == 1 && -low >= kLeastMean && -low <= kMostMean);
}

float ImageScale::of(int byte, int channel) const {
  return static_cast<float>((byte / 255.0 * top - mean[channel]) / deviation[channel]);
}

double ImageScale::typical_mean() const {
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += (kTypicalMean * top - mean[c]) / deviation[c];
  return sum / 3;
}

double ImageScale::typical_deviation() const {
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += kTypicalDeviation * top / deviation[c];
  return sum / 3;
}

ChosenScale choose_image_scale(const InputFacts& input, const ModelFacts& model, const ImageLayout& layout) {
  if (auto chosen = by_graph(input)) return *chosen;
  if (auto chosen = by_quantizer(input, model)) return *chosen;
  if (auto chosen = by_normalization(input, model, static_cast<std::size_t>(input.shape[layout.channels])))
    return *chosen;
  if (auto chosen = by_first_convolution(input, model, layout)) return *chosen;
  return by_signs(input, model, layout);
}

}  // namespace autoaccel::samples
