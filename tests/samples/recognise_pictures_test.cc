#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "plans.h"
#include "samples/scene.h"

namespace autoaccel::samples {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kConv = R"(
  <ir_version: 8, opset_import: ["" : 17]>
  net (float[2, 3, 64, 48] x) => (float[2, 1, 64, 48] y) <float[1, 3, 1, 1] w = {1, 1, 1}> { y = Conv(x, w) })";

TEST(PlanInput, APictureIsTheSceneOfItsSetAndBatch) {
  const Subject subject(kConv);
  EXPECT_EQ(subject.origin("x"), "pictures, generated, 0..1 (the commonest)");
  const Tensor made = subject.make("x", 3);
  ASSERT_EQ(made.type(), ElementType::float32);
  ASSERT_EQ(made.shape(), (Shape{2, 3, 64, 48}));
  Random random{1, 0, 3};
  const Raster first = make_scene(48, 64, 6, random), second = make_scene(48, 64, 7, random);  // 3 sets of 2 before it
  const auto values = made.as<float>();
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 48; ++x) {
        ASSERT_EQ(values[(c * 64 + y) * 48 + x], static_cast<float>(first.row(y)[3 * x + c] / 255.0));
        ASSERT_EQ(values[((3 + c) * 64 + y) * 48 + x], static_cast<float>(second.row(y)[3 * x + c] / 255.0));
      }
    }
  }
}

TEST(PlanInput, ChannelsLastAndBytes) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (uint8[1, 64, 48, 3] a, int8[1, 64, 48, 3] b) => (uint8[1, 64, 48, 3] x, int8[1, 64, 48,
      3] y) { x = Identity(a)  y = Identity(b) })");
  EXPECT_EQ(subject.origin("a"), "pictures, generated, bytes");
  Random random{1, 0, 2};
  const Raster scene = make_scene(48, 64, 2, random);
  const auto bytes = subject.make("a", 2), signed_bytes = subject.make("b", 2);
  for (std::size_t i = 0; i < scene.rgb.size(); ++i) {
    ASSERT_EQ(bytes.as<std::int16_t>()[i], scene.rgb[i]);
    ASSERT_EQ(signed_bytes.as<std::int16_t>()[i], scene.rgb[i] - 128);
  }
}

TEST(PlanInput, OneChannelIsGreyAndAFourthIsOpaque) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 1, 64, 48] grey, float[1, 4, 64, 48] rgba) => (float[1, 1, 64, 48] x, float[1, 4, 64,
      48] y) { x = Relu(grey)  y = Relu(rgba) })");
  const auto grey = subject.make("grey"), rgba = subject.make("rgba");
  Random random{1, 0, 0};
  const Raster scene = make_scene(48, 64, 0, random);
  constexpr int kPixels = 64 * 48;
  for (int i = 0; i < kPixels; ++i) {
    const std::uint8_t* rgb = scene.rgb.data() + 3 * i;
    // BT.601 in 1/256: 77 + 150 + 29 = 256
    ASSERT_EQ(grey.as<float>()[i], static_cast<float>(((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) / 256) / 255.0));
    ASSERT_EQ(rgba.as<float>()[3 * kPixels + i], 1);
    ASSERT_EQ(rgba.as<float>()[2 * kPixels + i], static_cast<float>(rgb[2] / 255.0));
  }
}

TEST(PlanInput, LinesOfTextAndSymbolsBySize) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 3, 48, 320] line, float[1, 1, 28, 28] digit) => (float[1, 3, 48, 320] x, float[1, 1, 28,
      28] y) { x = Relu(line)  y = Relu(digit) })");
  EXPECT_THAT(subject.origin("line"), HasSubstr("lines of text, generated"));
  EXPECT_THAT(subject.origin("digit"), HasSubstr("symbols, generated"));
}

TEST(PlanInput, TheFramesOfAVideoAreScenes) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 3, 2, 64, 48] x) => (float[1, 3, 2, 64, 48] y) { y = Relu(x) })");
  const auto values = subject.make("x");
  Random random{1, 0, 0};
  make_scene(48, 64, 0, random);
  const Raster second = make_scene(48, 64, 1, random);
  // [0, c, 1, y, x]
  for (int c = 0; c < 3; ++c)
    EXPECT_EQ(values.as<float>()[((c * 2 + 1) * 64 + 10) * 48 + 20],
              static_cast<float>(second.row(10)[3 * 20 + c] / 255.0));
}

TEST(PlanInput, ADiffusionModel) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    unet (float[1, 4, 64, 64] sample, int64[1] timestep, float[1, 77, 8] encoder_hidden_states)
      => (float[1, 4, 64, 64] out, float[1] s, float[1, 77, 8] h) {
      out = Relu(sample)
      t = Cast<to = 1>(timestep)
      s = Sin(t)
      h = Relu(encoder_hidden_states)
    })");
  EXPECT_EQ(subject.origin("sample"), "normal numbers, as the latents of a diffusion model");
  EXPECT_EQ(subject.origin("timestep"), "timesteps in [0, 1000)");
  EXPECT_EQ(subject.origin("encoder_hidden_states"), "normal numbers, mean 0, deviation 1")
      << "no state, though an output is like it";
}

TEST(PlanInput, AMaskOfAPictureIsARegion) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    lama (float[1, 3, 64, 64] image, float[1, 1, 64, 64] mask) => (float[1, 1, 64, 64] y) <float[1, 4, 1,
      1] w = {1, 1, 1, 1}> {
      both = Concat<axis = 1>(image, mask)
      y = Conv(both, w)
    })");
  EXPECT_EQ(subject.origin("mask"), "regions, 0 and 1");
  const auto mask = subject.make("mask");
  const std::set<float> values(mask.as<float>().begin(), mask.as<float>().end());
  EXPECT_EQ(values, (std::set<float>{0, 1}));
}

TEST(PlanInput, WhatDetectorsAskOfThePicture) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 3, 64, 48] image, float[1, 2] im_shape, float[1, 2] scale_factor, int64[1, 2] orig_target_sizes)
      => (float[1, 3, 64, 48] a, float[1, 2] b, float[1, 2] c, int64[1, 2] d) {
      a = Relu(image)  b = Relu(im_shape)  c = Relu(scale_factor)  d = Abs(orig_target_sizes)
    })");
  EXPECT_THAT(integers(subject.make("im_shape")), ElementsAre(64, 48));
  EXPECT_THAT(doubles(subject.make("scale_factor")), ElementsAre(1, 1));
  EXPECT_THAT(integers(subject.make("orig_target_sizes")), ElementsAre(64, 48));
}

}  // namespace
}  // namespace autoaccel::samples
