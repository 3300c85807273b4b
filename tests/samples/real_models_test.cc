// The real models of the demo, as tools/setup fetches them: what their inputs are taken for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "samples/samples.h"

namespace autoaccel::samples {
namespace {

using testing::Each;
using testing::ElementsAre;

class RealModelsTest : public testing::Test {
 protected:
  std::optional<Samples> samples_of(const std::string& name, const std::map<std::string, Shape>& shapes) {
    const char* folder = std::getenv("AUTOACCEL_MODELS_DIR");
    const std::filesystem::path path = std::filesystem::path(folder ? folder : AUTOACCEL_MODELS_DIR) / (name + ".onnx");
    if (!std::filesystem::exists(path)) return std::nullopt;
    return make_samples(model::Model::load(path), shapes, Config{});
  }
};

#define SAMPLES_OR_SKIP(variable, name, ...)           \
  const auto variable = samples_of(name, __VA_ARGS__); \
  if (!variable) GTEST_SKIP() << name << ".onnx is not here"

/// Mean and deviation of the first input over all sets.
std::pair<double, double> moments(const Samples& samples) {
  double sum = 0, squares = 0, count = 0;
  for (const TensorSet& set : samples.sets) {
    for (const float value : set[0].tensor.as<float>()) sum += value, squares += double(value) * value, ++count;
  }
  return {sum / count, std::sqrt(squares / count - sum / count * sum / count)};
}

TEST_F(RealModelsTest, PpOcrDetector) {
  SAMPLES_OR_SKIP(samples, "ppocr_det", {{"x", {1, 3, 320, 320}}});
  EXPECT_THAT(
      samples->summary.origins,
      ElementsAre(
          "x: pictures, generated, ImageNet's mean and deviation (the statistics behind the first convolution)"));
  EXPECT_EQ(samples->sets.size(), 8u);
  const auto [mean, deviation] = moments(*samples);
  EXPECT_NEAR(mean, 0, 1);
  EXPECT_NEAR(deviation, 1.1, 0.5);
}

TEST_F(RealModelsTest, PpOcrRecognizerAndClassifier) {
  SAMPLES_OR_SKIP(rec, "ppocr_rec", {{"x", {2, 3, 48, 320}}});
  EXPECT_THAT(rec->summary.origins,
              ElementsAre("x: lines of text, generated, -1..1 (the statistics behind the first convolution)"));
  SAMPLES_OR_SKIP(cls, "ppocr_cls", {{"x", {1, 3, 48, 192}}});
  EXPECT_THAT(cls->summary.origins,
              ElementsAre("x: lines of text, generated, -1..1 (the statistics behind the first convolution)"));
}

TEST_F(RealModelsTest, NudenetHasFoldedItsNormalization) {
  SAMPLES_OR_SKIP(samples, "nudenet", {{"images", {1, 3, 320, 320}}});
  EXPECT_THAT(samples->summary.origins, ElementsAre("images: pictures, generated, 0..1 (the commonest)"));
}

TEST_F(RealModelsTest, SileroVadsThreeInputs) {
  SAMPLES_OR_SKIP(samples, "silero_vad", {{"input", {1, 576}}, {"state", {2, 1, 128}}, {"sr", {}}});
  EXPECT_THAT(samples->summary.origins,
              ElementsAre("input: sound like speech at 16000 Hz, in [-1, 1]",
                          "state: recurrent state: zeros in the first set, then small normal numbers",
                          "sr: 16000, which the graph compares it with"));
  for (const TensorSet& set : samples->sets) EXPECT_THAT(find(set, "sr")->as<std::int64_t>(), ElementsAre(16000));
  EXPECT_THAT(find(samples->sets[0], "state")->as<float>(), Each(0.0f));
}

TEST_F(RealModelsTest, MagikaReadsBytes) {
  SAMPLES_OR_SKIP(samples, "magika", {{"bytes", {1, 2048}}});
  EXPECT_THAT(samples->summary.origins,
              ElementsAre("bytes: bytes of text, in [0, 257), the classes the graph tells apart"));
  EXPECT_EQ(samples->sets[1][0].tensor.as<std::int32_t>()[0], '#') << "the second file is a program";
}

}  // namespace
}  // namespace autoaccel::samples
