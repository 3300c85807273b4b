#include "samples/image_scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plans.h"

namespace autoaccel::samples {
namespace {

/// Name and reason of the scale for `x` in a graph of this body: `0..1 (the commonest)`.
std::string scale(const std::string& type, const std::string& constants, const std::string& body,
                  const std::string& output = "float[n, a, b, c] y") {
  const Subject subject("<ir_version: 8, opset_import: [\"\" : 17]> net (" + type + " x) => (" + output + ") <" +
                        constants + "> {" + body + "}");
  const auto layout = image_layout(subject.input("x").shape, false);
  const ChosenScale chosen = choose_image_scale(subject.input("x"), subject.facts(), layout.value());
  return std::string(chosen.scale.name) + " (" + chosen.reason + ")";
}

constexpr const char* kChannelsFirst = "float[1, 3, 64, 64]";
constexpr const char* kWeights = "float[1, 3, 1, 1] w = {1, 1, 1}";

TEST(ImageScale, NumbersOfBytes) {
  const ImageScale half{"-1..1", 1, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  EXPECT_EQ(half.of(0, 0), -1.0f);
  EXPECT_EQ(half.of(255, 2), 1.0f);
  const ImageScale bytes{"0..255", 255};
  for (int byte = 0; byte < 256; ++byte) EXPECT_EQ(bytes.of(byte, 1), static_cast<float>(byte));
}

TEST(ChooseImageScale, ByWhatTheGraphDoesFirst) {
  const std::string w = kWeights;
  EXPECT_EQ(scale(kChannelsFirst, w + ", float k = {255}", "a = Div(x, k)  y = Conv(a, w)"),
            "0..255 (which the graph scales itself)");
  EXPECT_EQ(scale(kChannelsFirst, w + ", float k = {0.0039}", "a = Mul(k, x)  y = Conv(a, w)"),
            "0..255 (which the graph scales itself)");
  EXPECT_EQ(
      scale(kChannelsFirst, w + ", float k = {127.5}, float o = {1}", "a = Div(x, k)  b = Sub(a, o)  y = Conv(b, w)"),
      "0..255 (which the graph scales itself)");
  EXPECT_EQ(scale(kChannelsFirst, w + ", float[1, 3, 1, 1] k = {123.7, 116.3, 103.5}", "a = Sub(x, k)  y = Conv(a, w)"),
            "0..255 (which the graph scales itself)");
  EXPECT_EQ(scale(kChannelsFirst,
                  w + ", float[1, 3, 1, 1] m = {0.485, 0.456, 0.406}, float[1, 3, 1, 1] s = {0.229, 0.224, 0.225}",
                  "a = Sub(x, m)  b = Div(a, s)  y = Conv(b, w)"),
            "0..1 (which the graph scales itself)");
  EXPECT_EQ(scale(kChannelsFirst, w + ", float k = {2}, float o = {1}", "a = Mul(x, k)  b = Sub(a, o)  y = Conv(b, w)"),
            "0..1 (which the graph scales itself)");
}

// A range of 255 · s from −zero point · s. Signed: 255/127.5 = 2 from −128/127.5. ImageNet's is (1 − 0) / 0.226 = 4.4
// from −2.0.
TEST(ChooseImageScale, ByTheRangeOfAQuantizer) {
  const std::string w = kWeights;
  const auto quantized = [&](const std::string& step, const std::string& zero) {
    return scale(kChannelsFirst, w + ", float s = {" + step + "}, uint8 z = {" + zero + "}",
                 "a = QuantizeLinear(x, s, z)  b = DequantizeLinear(a, s, z)  y = Conv(b, w)");
  };
  EXPECT_EQ(quantized("0.00392", "0"), "0..1 (the range of the quantizer at the input)");
  EXPECT_EQ(quantized("0.00784", "128"), "-1..1 (the range of the quantizer at the input)");
  EXPECT_EQ(quantized("0.0187", "114"), "ImageNet's mean and deviation (the range of the quantizer at the input)");
  EXPECT_EQ(quantized("1", "0"), "0..255 (the range of the quantizer at the input)");
}

TEST(ChooseImageScale, ByTheNormalizationAtTheInput) {
  const std::string ones = "float[3] g = {1, 1, 1}, float[3] b = {0, 0, 0}, ";
  const auto normalized = [&](const std::string& mean, const std::string& variance) {
    return scale(kChannelsFirst, ones + "float[3] m = {" + mean + "}, float[3] v = {" + variance + "}",
                 "y = BatchNormalization(x, g, b, m, v)");
  };
  EXPECT_EQ(normalized("120, 118, 110", "4000, 4100, 4200"),
            "0..255 (the statistics of the normalization at the input)");
  EXPECT_EQ(normalized("0.47, 0.45, 0.4", "0.06, 0.06, 0.07"),
            "0..1 (the statistics of the normalization at the input)");
  EXPECT_EQ(normalized("-0.1, -0.05, 0", "0.25, 0.25, 0.25"),
            "-1..1 (the statistics of the normalization at the input)");
  EXPECT_EQ(normalized("0.01, 0, 0.02", "1.3, 1.2, 1.1"),
            "ImageNet's mean and deviation (the statistics of the normalization at the input)");
}

/// Statistics behind four filters (a mean, the negative of one, two differences) for inputs of this mean and deviation.
/// On our scenes in 0..1 the mean filter varies by about 0.25; the differences by a third of that.
std::string behind_convolution(double mean, double deviation, const std::string& bias = "") {
  const auto text = [](std::initializer_list<double> values) {
    std::string joined;
    for (const double value : values) joined += (joined.empty() ? "" : ", ") + std::to_string(value);
    return joined;
  };
  const double wide = deviation * deviation, narrow = wide / 9;
  const double shift = bias.empty() ? 0 : 5;
  const std::string weights =  // [4, 3, 1, 2]
      "float[4, 3, 1, 2] w = {0.166667, 0.166667, 0.166667, 0.166667, 0.166667, 0.166667, -0.166667, -0.166667, "
      "-0.166667, "
      "-0.166667, -0.166667, -0.166667, 1, -1, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0}, ";
  return scale(kChannelsFirst,
               weights +
                   "float[4] k = {5, 5, 5, 5}, float[4] g = {1, 1, 1, 1}, float[4] b = {0, 0, 0, 0}, float[4] m = {" +
                   text({mean + shift, -mean + shift, shift, shift}) + "}, float[4] v = {" +
                   text({wide, wide, narrow, narrow}) + "}",
               "a = Conv(x, w" + bias + ")  y = BatchNormalization(a, g, b, m, v)");
}

TEST(ChooseImageScale, ByTheStatisticsBehindTheFirstConvolution) {
  EXPECT_EQ(behind_convolution(0.46, 0.25), "0..1 (the statistics behind the first convolution)");
  EXPECT_EQ(behind_convolution(117, 65), "0..255 (the statistics behind the first convolution)");
  EXPECT_EQ(behind_convolution(0.03, 0.5), "-1..1 (the statistics behind the first convolution)");
  EXPECT_EQ(behind_convolution(-0.1, 1.2),
            "ImageNet's mean and deviation (the statistics behind the first convolution)");
  EXPECT_EQ(behind_convolution(0.46, 0.25, ", k"), "0..1 (the statistics behind the first convolution)")
      << "the bias is taken off";
}

TEST(ChooseImageScale, BySigns) {
  const std::string w = kWeights;
  EXPECT_EQ(scale(kChannelsFirst, w, "y = Conv(x, w)"), "0..1 (the commonest)");
  EXPECT_EQ(
      scale(kChannelsFirst, w, "y = Conv(x, w)  z = ReduceMean<axes = [2, 3], keepdims = 0>(y)", "float[1, 1000] z"),
      "ImageNet's mean and deviation (usual for a thousand classes)");
  EXPECT_EQ(scale("float[1, 64, 64, 3]", w, "a = Transpose<perm = [0, 3, 1, 2]>(x)  y = Conv(a, w)"),
            "-1..1 (usual for channels last)");
  EXPECT_EQ(scale("float[1, 1, 64, 64]", "float[1, 1, 1, 1] w = {1}", "y = Conv(x, w)"), "0..1 (the commonest)");
}

}  // namespace
}  // namespace autoaccel::samples
