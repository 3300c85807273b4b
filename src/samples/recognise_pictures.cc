// Inputs of pictures: scenes, regions, latents.

#include <algorithm>
#include <array>

#include "samples/image_layout.h"
#include "samples/image_scale.h"
#include "samples/recognise.h"
#include "samples/scene.h"

namespace autoaccel::samples {
namespace {

bool holds_bytes(const InputFacts& input) {
  return input.info.type == ElementType::uint8 || input.info.type == ElementType::int8;
}

/// Where the elements of one picture of a dense tensor are.
struct Strides {
  std::int64_t row = 0, column = 0, channel = 0;
};

std::int64_t stride_of(const Shape& shape, int axis) {
  std::int64_t stride = 1;
  for (int i = static_cast<int>(shape.size()) - 1; i > axis; --i) stride *= shape[i];
  return stride;
}

/// Offsets of the first element of each picture, in row-major order of the axes that count pictures.
std::vector<std::int64_t> picture_offsets(const Shape& shape, const ImageLayout& layout) {
  std::vector<std::int64_t> offsets = {0};
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
    if (axis == layout.rows || axis == layout.columns || axis == layout.channels) continue;
    std::vector<std::int64_t> more;
    for (const std::int64_t offset : offsets) {
      for (std::int64_t i = 0; i < shape[axis]; ++i) more.push_back(offset + i * stride_of(shape, axis));
    }
    offsets = std::move(more);
  }
  return offsets;
}

int grey(const std::uint8_t* rgb) { return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8; }

/// Writes a picture: grey for one channel; red, green, blue for three; and opaque for a fourth.
template <typename T>
void write_picture(const Raster& raster, std::int64_t channels, const Strides& strides,
                   const std::array<std::array<T, 256>, 3>& values, T* to) {
  for (int y = 0; y < raster.height; ++y) {
    const std::uint8_t* from = raster.row(y);
    for (std::int64_t c = 0; c < channels; ++c) {
      T* at = to + y * strides.row + c * strides.channel;
      for (int x = 0; x < raster.width; ++x, at += strides.column) {
        const int byte = channels == 1 ? grey(from + 3 * x) : c < 3 ? from[3 * x + c] : 255;
        *at = values[c % 3][byte];
      }
    }
  }
}

/// A tensor of pictures, each a scene of its own.
template <typename T>
Tensor pictures(const Shape& shape, const ImageLayout& layout, const std::array<std::array<T, 256>, 3>& values,
                ElementType type, const std::function<Raster(int width, int height, std::uint64_t index)>& draw) {
  Tensor tensor(type, shape);
  const Strides strides{stride_of(shape, layout.rows), stride_of(shape, layout.columns),
                        stride_of(shape, layout.channels)};
  std::uint64_t index = 0;
  for (const std::int64_t offset : picture_offsets(shape, layout)) {
    const Raster raster = draw(static_cast<int>(shape[layout.columns]), static_cast<int>(shape[layout.rows]), index++);
    write_picture(raster, shape[layout.channels], strides, values, tensor.as<T>().data() + offset);
  }
  return tensor;
}

std::array<std::array<float, 256>, 3> numbers_of(const ImageScale& scale) {
  std::array<std::array<float, 256>, 3> values{};
  for (int c = 0; c < 3; ++c) {
    for (int byte = 0; byte < 256; ++byte) values[c][byte] = scale.of(byte, c);
  }
  return values;
}

/// Bytes as they are; for signed ones, 128 less.
std::array<std::array<std::int16_t, 256>, 3> bytes_of(ElementType type) {
  std::array<std::array<std::int16_t, 256>, 3> values{};
  for (auto& channel : values) {
    for (int byte = 0; byte < 256; ++byte)
      channel[byte] = static_cast<std::int16_t>(type == ElementType::int8 ? byte - 128 : byte);
  }
  return values;
}

const char* kind_text(const Shape& shape, const ImageLayout& layout) {
  switch (scene_kind(static_cast<int>(shape[layout.columns]), static_cast<int>(shape[layout.rows]))) {
    case SceneKind::picture:
      return "pictures";
    case SceneKind::text_line:
      return "lines of text";
    case SceneKind::symbol:
      return "symbols";
  }
  return "pictures";
}

/// The first input that holds pictures, and how.
struct Pictures {
  const InputFacts* input = nullptr;
  ImageLayout layout;
};
std::optional<Pictures> pictures_of(const ModelFacts& model) {
  for (const InputFacts& input : model.inputs) {
    if (!is_float(input.info.type) && !holds_bytes(input)) continue;
    if (const auto layout = image_layout(input.shape, holds_bytes(input))) return Pictures{&input, *layout};
  }
  return std::nullopt;
}

}  // namespace

/// What detectors want to know of the picture beside it: its height and width, or how much it was scaled.
std::optional<Plan> plan_picture_size(const InputFacts& input, const ModelFacts& model) {
  const auto pictures = pictures_of(model);
  if (!pictures || pictures->input->info.name == input.info.name) return std::nullopt;
  if (input.mentions({"scale_factor"})) return constant_plan(input.shape, 1, "ones, the picture is not scaled");
  const bool named =
      input.mentions({"im_shape", "img_shape", "image_shape", "im_size", "image_size", "target_size", "orig_size"});
  if (!named || input.shape.empty() || input.shape.back() != 2) return std::nullopt;
  const std::int64_t rows = pictures->input->shape[pictures->layout.rows],
                     columns = pictures->input->shape[pictures->layout.columns];
  return Plan{"height and width of the picture", [shape = input.shape, rows, columns](std::uint64_t, Random&) {
                Tensor tensor(ElementType::int64, shape);
                for (std::int64_t i = 0; i < tensor.size(); ++i)
                  tensor.as<std::int64_t>()[i] = i % 2 == 0 ? rows : columns;
                return tensor;
              }};
}

std::optional<Plan> plan_latents(const InputFacts& input, const ModelFacts& model) {
  const bool beside_timestep = std::any_of(model.inputs.begin(), model.inputs.end(), [&](const InputFacts& other) {
    return other.info.name != input.info.name && plan_timestep(other, model).has_value();
  });
  if (!is_float(input.info.type) || input.shape.size() < 4) return std::nullopt;
  if (!beside_timestep && !input.mentions({"latent"})) return std::nullopt;
  return normal_plan(input.shape, 1, "normal numbers, as the latents of a diffusion model");
}

std::optional<Plan> plan_region(const InputFacts& input, const ModelFacts&) {
  const auto layout = image_layout(input.shape, holds_bytes(input));
  if (!layout || input.shape[layout->channels] != 1 || !input.mentions({"mask"})) return std::nullopt;
  if (!is_float(input.info.type) && !holds_bytes(input)) return std::nullopt;
  return Plan{"regions, 0 and 1", [shape = input.shape, layout = *layout](std::uint64_t, Random& random) {
                return pictures<float>(
                    shape, layout, numbers_of({"0..1"}), ElementType::float32,
                    [&](int width, int height, std::uint64_t) { return make_region(width, height, random); });
              }};
}

std::optional<Plan> plan_images(const InputFacts& input, const ModelFacts& model) {
  const auto layout = image_layout(input.shape, holds_bytes(input));
  if (!layout || (!is_float(input.info.type) && !holds_bytes(input))) return std::nullopt;
  const auto scenes = [shape = input.shape, layout = *layout](std::uint64_t set, Random& random) {
    const std::uint64_t count = picture_offsets(shape, layout).size();
    return [set, count, &random](int width, int height, std::uint64_t index) {
      return make_scene(width, height, set * count + index, random);
    };
  };
  const std::string what = std::string(kind_text(input.shape, *layout)) + ", generated, ";
  if (holds_bytes(input)) {
    const auto values = bytes_of(input.info.type);
    return Plan{what + "bytes", [=, shape = input.shape, layout = *layout](std::uint64_t set, Random& random) {
                  return pictures<std::int16_t>(shape, layout, values, ElementType::int16, scenes(set, random));
                }};
  }
  const ChosenScale chosen = choose_image_scale(input, model, *layout);
  const auto values = numbers_of(chosen.scale);
  return Plan{what + std::string(chosen.scale.name) + " (" + chosen.reason + ")",
              [=, shape = input.shape, layout = *layout](std::uint64_t set, Random& random) {
                return pictures<float>(shape, layout, values, ElementType::float32, scenes(set, random));
              }};
}

}  // namespace autoaccel::samples
