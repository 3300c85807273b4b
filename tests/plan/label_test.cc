#include "plan/label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace autoaccel::plan {
namespace {

using ::testing::ElementsAre;

Variant variant(const std::string& runtime, const std::string& recipe, Settings settings = {},
                IoTypes io = IoTypes::original) {
  return {.recipe = recipe, .runtime = runtime, .device = {}, .io = io, .settings = std::move(settings)};
}

TEST(Label, SaysRuntimePrecisionAndTypes) {
  EXPECT_EQ(label(variant("onnxruntime", "original", {{"threads", "2"}})), "ONNX Runtime original");
  EXPECT_EQ(label(variant("openvino", "original", {{"precision", "bf16"}})), "OpenVINO BF16");
  EXPECT_EQ(label(variant("openvino", "original", {{"precision", "f32"}})), "OpenVINO FP32");
  EXPECT_EQ(label(variant("openvino", "original", {{"precision", "default"}})), "OpenVINO default precision");
  EXPECT_EQ(label(variant("onnxruntime", "fp16", {}, IoTypes::reduced)), "ONNX Runtime FP16, FP16 I/O");
  EXPECT_EQ(label(variant("openvino", "original", {{"precision", "f32"}}, IoTypes::uint8)), "OpenVINO FP32, UINT8 I/O");
  EXPECT_EQ(label(variant("openvino", "fp16_weights", {{"precision", "bf16"}})), "OpenVINO FP16 weights, BF16 compute");
  EXPECT_EQ(label(variant("openvino", "fp16", {{"precision", "f32"}})), "OpenVINO FP16 model, FP32 compute");
  EXPECT_EQ(label(variant("tensorrt", "int8_static_mixed")), "TensorRT INT8 static mixed");
  Variant gpu = variant("mine", "bf16");
  gpu.device.gpu = 1;
  EXPECT_EQ(label(gpu), "mine BF16, GPU 1");
}

TEST(Label, IsSafeForATerminal) { EXPECT_EQ(label(variant("\x1b[31m", "original")), "\\x1B[31m original"); }

TEST(Labels, NameTheSettingsThatTellEqualOnesApart) {
  EXPECT_THAT(
      labels(std::vector{
          variant("onnxruntime", "original", {{"threads", "2"}}), variant("onnxruntime", "fp16", {{"threads", "2"}}),
          variant("onnxruntime", "original", {{"requests", "2"}, {"threads", "1"}}),
          variant("openvino", "original", {{"precision", "bf16"}, {"threads", "2"}}),
          variant("openvino", "original", {{"mode", "throughput"}, {"precision", "bf16"}, {"threads", "2"}})}),
      ElementsAre("ONNX Runtime original, 2 threads", "ONNX Runtime FP16",
                  "ONNX Runtime original, 2 requests, 1 thread", "OpenVINO BF16", "OpenVINO BF16, throughput mode"));
}

TEST(SettingsText, SaysAllButThePrecision) {
  EXPECT_EQ(settings_text({}), "");
  EXPECT_EQ(settings_text({{"precision", "bf16"}}), "");
  EXPECT_EQ(settings_text({{"threads", "1"}, {"requests", "2"}, {"precision", "f32"}, {"optimization", "extended"}}),
            "optimization=extended, 2 requests, 1 thread");
  EXPECT_EQ(settings_text({{"a\x1b", "\x07"}}), "a\\x1B=\\x07");
}

TEST(Precision, OfAVariant) {
  EXPECT_EQ(precision_of("original", {}), "fp32");
  EXPECT_EQ(precision_of("original", {{"precision", "f32"}}), "fp32");
  EXPECT_EQ(precision_of("original", {{"precision", "default"}}), "default");
  EXPECT_EQ(precision_of("fp16_weights", {{"precision", "bf16"}}), "fp16");
  EXPECT_EQ(precision_of("int8_static", {}), "int8");
  EXPECT_EQ(canonical_precision("Float16"), "fp16");
  EXPECT_EQ(canonical_precision("BF16"), "bf16");
}

}  // namespace
}  // namespace autoaccel::plan
