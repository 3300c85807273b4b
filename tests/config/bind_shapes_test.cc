#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "support/golden.h"

namespace autoaccel::config {
namespace {

using ::testing::HasSubstr;

const TensorInfo kImage{
    .name = "image", .type = ElementType::float32, .shape = Shape{-1, 3, -1, -1}, .axes = {"batch", "", "h", ""}};
const TensorInfo kMask{.name = "mask", .type = ElementType::int64, .shape = Shape{1, 16}, .axes = {"", ""}};
const TensorInfo kScalar{.name = "sr", .type = ElementType::int64, .shape = Shape{}, .axes = {}};
const TensorInfo kUnknown{.name = "free", .type = ElementType::float32, .shape = std::nullopt, .axes = {}};
const TensorInfo kLogits{.name = "logits", .type = ElementType::float32, .shape = Shape{-1, 10}, .axes = {"batch", ""}};

std::map<std::string, InputShapes> bind(const std::string& text, const std::vector<TensorInfo>& inputs) {
  return bind_shapes(parse_config(text, "config.yml"), inputs, {kLogits});
}

TEST(BindShapes, TakesTheShapesOfTheConfig) {
  const auto shapes = bind(
      "input:\n  image: {min_shape: [1, 3, 32, 32], use_shape: [2, 3, 64, 96], max_shape: [4, 3, 64, 960]}\n"
      "output:\n  logits: {use_shape: [2, 10]}\n",
      {kImage});
  EXPECT_EQ(shapes.at("image").min, (Shape{1, 3, 32, 32}));
  EXPECT_EQ(shapes.at("image").use, (Shape{2, 3, 64, 96}));
  EXPECT_EQ(shapes.at("image").max, (Shape{4, 3, 64, 960}));
  EXPECT_TRUE(shapes.at("image").is_dynamic());
}

TEST(BindShapes, MinAndMaxDefaultToUse) {
  const auto shapes = bind("input:\n  image: {use_shape: [2, 3, 64, 96], max_shape: [4, 3, 64, 96]}\n", {kImage});
  EXPECT_EQ(shapes.at("image").min, (Shape{2, 3, 64, 96}));
  EXPECT_EQ(shapes.at("image").max, (Shape{4, 3, 64, 96}));
}

TEST(BindShapes, FillsInWhatTheModelKnows) {
  TensorInfo batch = kMask;
  batch.shape = Shape{-1, 16};
  batch.axes = {"Batch_Size", ""};
  const auto shapes = bind("input:\n  sr: {value: 16000}\n", {batch, kScalar});
  EXPECT_EQ(shapes.at("mask").use, (Shape{1, 16}));  // a dynamic batch axis is 1
  EXPECT_FALSE(shapes.at("mask").is_dynamic());
  EXPECT_EQ(shapes.at("sr").use, Shape{});
}

TEST(BindShapes, AcceptsAnyShapeWhereTheModelDeclaresNone) {
  EXPECT_EQ(bind("input:\n  free: {use_shape: [7, 7]}\n", {kUnknown}).at("free").use, (Shape{7, 7}));
}

std::string message_for(const std::string& text, const std::vector<TensorInfo>& inputs) {
  try {
    bind(text, inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    return render(error);
  }
  ADD_FAILURE() << "accepted:\n" << text;
  return "accepted\n";
}

/// Mismatches between config.yml and the model, as the terminal shows them.
TEST(BindShapes, ErrorsAreAsInTheGoldenFile) {
  const std::string shape = "use_shape: [1, 3, 64, 64]";
  TensorInfo middle = kImage;
  middle.shape = Shape{1, 3, -1, 8};
  TensorInfo asked = middle;
  asked.axes = {"", "", "?", ""};
  TensorInfo unnamed = kMask;
  unnamed.shape = Shape{-1, 16};
  TensorInfo hostile = kScalar;
  hostile.name = "\x1b[31mred";
  std::string all;
  const auto add = [&](const std::string& text, const std::vector<TensorInfo>& inputs) {
    all += message_for(text, inputs) + "\n";
  };
  add("input:\n  imgae: {" + shape + "}\n", {kImage, kMask});
  add("input:\n  x: {" + shape + "}\n", {kImage, kMask});
  add("input:\n  mask: {use_shape: [1, 16]}\noutput:\n  logit: {use_shape: [1, 10]}\n", {kMask});
  add("input:\n  mask: {use_shape: [1]}\n", {kMask});
  add("input:\n  sr: {use_shape: [1]}\n", {kScalar});
  add("input:\n  mask: {use_shape: [1, 32]}\n", {kMask});
  add("input:\n  image: {use_shape: [1, 3, 64, 64], max_shape: [1, 4, 64, 64]}\n", {kImage});
  add("input:\n  mask: {use_shape: [1, 16]}\noutput:\n  logits: {use_shape: [1, 1000]}\n", {kMask});
  add("input:\n  mask: {use_shape: [1, 16]}\noutput:\n  logits: {use_shape: [10]}\n", {kMask});
  add("", {kImage});
  add("input:\n  image: {range: [0, 1]}\n", {kImage});
  add("", {middle});
  add("", {asked});
  add("", {unnamed});
  add("", {kUnknown});
  add("input:\n  rd: {use_shape: [1]}\n", {hostile});
  testing::expect_golden("bind_shapes_errors.txt", all);
}

}  // namespace
}  // namespace autoaccel::config
