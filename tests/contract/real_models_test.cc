// The models that setup fetches: every runtime that loads one agrees with ONNX Runtime on it, in float32.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "contract/driver.h"

namespace autoaccel::contract {
namespace {

namespace fs = std::filesystem;

class RealModels : public Contract {
 protected:
  static fs::path path_of(const std::string& name) { return fs::path(AUTOACCEL_MODELS_DIR) / (name + ".onnx"); }

  static Tensor noise(const Shape& shape, float low, float high) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(low, high);
    Tensor made(ElementType::float32, shape);
    for (float& value : made.as<float>()) value = uniform(random);
    return made;
  }

  // Dark upright bars in rows on a light ground, which a text detector takes for writing; on noise it stays silent.
  static Tensor writing(std::int64_t height, std::int64_t width) {
    Tensor made(ElementType::float32, {1, 3, height, width});
    for (std::int64_t i = 0; i < made.size(); ++i) {
      const std::int64_t x = i % width, y = i / width % height;
      const bool in_row = y % 48 >= 12 && y % 48 < 36 && x >= 16 && x < width - 16;
      const bool dark = in_row && (x % 12 < 3 || (y % 12 < 3 && x / 12 % 3 != 0));
      made.as<float>()[static_cast<std::size_t>(i)] = dark ? -1.8f : 2.0f;
    }
    return made;
  }

  static TensorSet run_on(Driver& on, const std::string& model, const TensorSet& sample) {
    on.load(path_of(model), shapes_of(sample));
    on.bind({sample});
    return on.run(0);
  }

  // Both in float32: sums in another order, some thousand terms each, change the last digits only.
  void expect_agreement(const std::string& model, const TensorSet& sample) {
    if (!fs::exists(path_of(model))) GTEST_SKIP() << "no " << path_of(model) << "; tools/setup fetches it";
    if (GetParam() == "onnxruntime") GTEST_SKIP() << "it is what the others are compared with";
    Driver reference("onnxruntime");
    const TensorSet expected = run_on(reference, model, sample);
    const TensorSet outputs = run_on(driver, model, sample);
    ASSERT_EQ(outputs.size(), expected.size());
    for (const auto& [name, tensor] : expected) {
      const auto values = elements<float>(outputs, name, ElementType::float32, tensor.shape());
      ASSERT_EQ(values.size(), static_cast<std::size_t>(tensor.size())) << name;
      double error = 0, size = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = tensor.as<float>()[i];
        error += (values[i] - value) * (values[i] - value);
        size += value * value;
      }
      EXPECT_GT(size, 1e-3) << name << " hardly responds to the sample";
      EXPECT_LT(error, 1e-6 * size) << name << ": below 60 dB";
    }
  }
};

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealModels);
INSTANTIATE_TEST_SUITE_P(Runtimes, RealModels, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

TEST_P(RealModels, TextDetector) { expect_agreement("ppocr_det", {{"x", writing(192, 320)}}); }

TEST_P(RealModels, TextRecogniser) { expect_agreement("ppocr_rec", {{"x", noise({1, 3, 48, 160}, -1, 1)}}); }

TEST_P(RealModels, TextDirection) { expect_agreement("ppocr_cls", {{"x", noise({2, 3, 48, 192}, -1, 1)}}); }

TEST_P(RealModels, ObjectDetector) { expect_agreement("nudenet", {{"images", noise({1, 3, 320, 320}, 0, 1)}}); }

TEST_P(RealModels, FileTypeByIntegers) {
  Tensor bytes(ElementType::int32, {1, 2048});
  for (std::int64_t i = 0; i < bytes.size(); ++i) {
    bytes.as<std::int32_t>()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i * 31 % 256);
  }
  expect_agreement("magika", {{"bytes", std::move(bytes)}});
}

// An LSTM behind two If, with its state as input and output and the sample rate as a scalar. Either the runtime runs
// it, or it says which operators it cannot take.
TEST_P(RealModels, SpeechDetectorRunsOrIsRefusedInWords) {
  if (!fs::exists(path_of("silero_vad"))) GTEST_SKIP() << "no silero_vad.onnx; tools/setup fetches it";
  const TensorSet sample{{"input", noise({1, 576}, -1, 1)},
                         {"state", Tensor(ElementType::float32, {2, 1, 128})},
                         {"sr", tensor<std::int64_t>(ElementType::int64, {}, {16000})}};
  try {
    const TensorSet outputs = run_on(driver, "silero_vad", sample);
    const auto speech = elements<float>(outputs, "output", ElementType::float32, {1, 1});
    ASSERT_EQ(speech.size(), 1u);
    EXPECT_GT(speech[0], 0);
    EXPECT_LT(speech[0], 1);
  } catch (const worker::Failure& failure) {
    EXPECT_NE(GetParam(), "onnxruntime") << failure.reason();
    EXPECT_EQ(failure.outcome(), Outcome::not_converted) << failure.reason();
    EXPECT_NE(failure.reason().find("Conv"), std::string::npos) << failure.reason();
  }
}

}  // namespace
}  // namespace autoaccel::contract
