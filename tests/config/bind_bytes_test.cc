#include <gtest/gtest.h>

#include "config/config.h"

namespace autoaccel::config {
namespace {

const TensorInfo kImage{
    .name = "image", .type = ElementType::float32, .shape = Shape{-1, 3, -1, -1}, .axes = {"", "", "", ""}};
const TensorInfo kLast{
    .name = "last", .type = ElementType::float16, .shape = Shape{1, 24, 32, 3}, .axes = {"", "", "", ""}};
const TensorInfo kIds{.name = "ids", .type = ElementType::int64, .shape = Shape{1, 3}, .axes = {"", ""}};
const TensorInfo kMap{.name = "map", .type = ElementType::float32, .shape = Shape{1, 2, 24, 32}, .axes = {}};
const TensorInfo kLabel{.name = "label", .type = ElementType::int32, .shape = Shape{1}, .axes = {""}};
const TensorInfo kFree{.name = "free", .type = ElementType::float32, .shape = std::nullopt, .axes = {}};

const std::string kShape = "input:\n  image: {use_shape: [1, 3, 24, 32], ";

Config bound(const std::string& text, const TensorInfo& input = kImage) {
  const Config config = parse_config(text, "config.yml");
  const std::vector<TensorInfo> outputs{kMap, kLabel, kFree};
  return bind_bytes(config, {input}, outputs, bind_shapes(config, {input}, outputs));
}

std::string message_for(const std::string& text, const TensorInfo& input = kImage) {
  try {
    bound(text, input);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    return render(error);
  }
  return "accepted";
}

TEST(BindBytes, FindsTheChannels) {
  const Config first = bound(kShape + "type: uint8, scale: [1, 2, -4], mean: 127.5}\n");
  EXPECT_EQ(first.inputs[0].bytes->value, (ByteMapping{.scale = {1, 2, -4}, .mean = {127.5}, .axis = 1}));
  const Config last = bound("input:\n  last: {type: uint8, mean: [1, 2, 3]}\n", kLast);
  EXPECT_EQ(last.inputs[0].bytes->value, (ByteMapping{.scale = {1}, .mean = {1, 2, 3}, .axis = 3}));
  const Config output = bound(kShape + "type: uint8}\noutput:\n  map: {type: uint8, scale: [0.5, 0.25]}\n");
  EXPECT_EQ(output.inputs[0].bytes->value, ByteMapping{});
  EXPECT_EQ(output.outputs[0].bytes->value, (ByteMapping{.scale = {0.5, 0.25}, .mean = {0}, .axis = 1}));
}

TEST(BindBytes, LeavesTheOthers) { EXPECT_FALSE(bound(kShape.substr(0, kShape.size() - 2) + "}\n").inputs[0].bytes); }

TEST(BindBytes, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_for(kShape + "type: uint8, mean: [1, 2]}\n"),
            "error: config.yml:2:57: 2 numbers for the input 'image', whose shape is [1, 3, 24, 32]\n"
            "    2 |   image: {use_shape: [1, 3, 24, 32], type: uint8, mean: [1, 2]}\n"
            "      |                                                         ^^^^^^  "
            "give one number, or one for each of the channels, which are axis 1 or the last\n");
  EXPECT_EQ(message_for("input:\n  ids: {type: uint8}\n", kIds),
            "error: config.yml:2:15: the input 'ids' holds int64, and only floats can stand for bytes\n"
            "    2 |   ids: {type: uint8}\n"
            "      |               ^^^^^  remove type: uint8\n");
  EXPECT_EQ(message_for(kShape + "}\noutput:\n  label: {type: uint8}\n"),
            "error: config.yml:4:17: the output 'label' holds int32, and only floats can stand for bytes\n"
            "    4 |   label: {type: uint8}\n"
            "      |                 ^^^^^  remove type: uint8\n");
  EXPECT_EQ(message_for(kShape + "}\noutput:\n  free: {type: uint8, mean: [1, 2]}\n"),
            "error: config.yml:4:29: 2 numbers for the output 'free', whose shape is not known\n"
            "    4 |   free: {type: uint8, mean: [1, 2]}\n"
            "      |                             ^^^^^^  add use_shape\n");
}

}  // namespace
}  // namespace autoaccel::config
