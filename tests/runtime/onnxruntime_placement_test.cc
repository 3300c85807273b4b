#include <gtest/gtest.h>

#include <string>

#include "autoaccel/error.h"
#include "runtime/onnxruntime/placement.h"

namespace autoaccel::runtime::onnxruntime {
namespace {

// One event as ONNX Runtime 1.31.1 writes it, without the members that nobody reads.
std::string node(const std::string& name, const std::string& op, const std::string& inputs,
                 const std::string& outputs) {
  static int index = 0;
  return R"({"cat":"Node","dur":5,"ts":1,"ph":"X","name":")" + name +
         R"(_kernel_time","args":{"provider":"CPUExecutionProvider","op_name":")" + op + R"(","node_index":")" +
         std::to_string(index++) + R"(","input_type_shape":)" + inputs + R"(,"output_type_shape":)" + outputs + "}}";
}

const std::string kF32 = R"([{"float":[1,3]},{"float":[3]}])";
const std::string kF16 = R"([{"float16":[1,3]}])";
const std::string kI64 = R"([{"int64":[2]}])";
const std::string kU8 = R"([{"uint8":[1,3]}])";
const std::string kSession = R"({"cat":"Session","name":"model_run","dur":9,"ts":0,"ph":"X","args":{}})";

TEST(OnnxRuntimePlacement, CountsNodesByProviderAndTypeOfTheFirstOutput) {
  const std::string profile = "[" + node("a", "Conv", kF32, kF32) + "," + node("b", "Conv", kF32, kF32) + "," +
                              node("c", "Shape", kF32, kI64) + "," + node("d", "Relu", kF16, kF16) + "," + kSession +
                              "]";
  const Placement placement = placement_from_profile(profile, {{"CPUExecutionProvider", 5}});
  const std::map<std::string, int> expected{
      {"CPUExecutionProvider f32", 2}, {"CPUExecutionProvider i64", 1}, {"CPUExecutionProvider f16", 1}};
  EXPECT_EQ(placement.nodes_by_kind, expected);
  EXPECT_EQ(placement.summary, "5 nodes CPUExecutionProvider; ran 2 f32, 1 f16, 1 i64: 2 Conv, 1 Relu, 1 Shape");
  EXPECT_TRUE(placement.warnings.empty());
}

TEST(OnnxRuntimePlacement, ANodeInALoopCountsOnce) {
  const std::string once = node("body", "Add", kF32, kF32);
  EXPECT_EQ(placement_from_profile("[" + once + "," + once + "]", {}).nodes_by_kind.at("CPUExecutionProvider f32"), 1);
}

TEST(OnnxRuntimePlacement, CastsAndReordersAreNoWorkOfTheModel) {
  // A cast from integers is the model's own work; one between float types is not.
  const std::string profile = "[" + node("x", "Cast", kF16, kF32) + "," + node("y", "Cast", kI64, kF32) + "," +
                              node("z", "ReorderOutput", kF32, kF32) + "]";
  const Placement placement = placement_from_profile(profile, {});
  EXPECT_EQ(placement.nodes_by_kind, (std::map<std::string, int>{{"CPUExecutionProvider f32", 1}}));
  EXPECT_EQ(placement.summary, "ran 1 f32: 1 Cast; 1 casts; 1 reorders");
  EXPECT_TRUE(placement.warnings.empty()) << "the casts are the file's own";
}

TEST(OnnxRuntimePlacement, CastsThatItInsertedAreAWarning) {
  const std::string profile = "[" + node("InsertedPrecisionFreeCast_w", "Cast", kF16, kF32) + "," +
                              node("conv", "Conv", kF32, kF32) + "," + node("InsertedCast_y", "Cast", kF32, kF16) + "]";
  const Placement placement = placement_from_profile(profile, {});
  ASSERT_EQ(placement.warnings.size(), 1u);
  EXPECT_EQ(placement.warnings[0],
            "ONNX Runtime inserted 2 casts to run nodes in another precision than the file's: 1 f32");
}

TEST(OnnxRuntimePlacement, LayersCountByWhatTheirKernelsComputeIn) {
  // Types of inputs as version 1.31.1 wrote them for forms of nudenet and MiniLM; FusedConv and FusedGemm are made up.
  const std::string quantized = R"([{"uint8":[1,3]},{"float":[]},{"uint8":[]},{"float":[]},{"int8":[3,3]}])";
  const std::string shapes = R"([{"int64":[2,2]},{"int64":[2,2]}])";
  std::string profile = "[" + kSession;
  const auto add = [&](const char* op, const std::string& inputs, const std::string& outputs) {
    profile += "," + node(op, op, inputs, outputs);
  };
  add("QLinearConv", quantized, kU8);
  add("Conv", kF32, kF32);
  add("FusedConv", kF16, kF16);
  add("ConvTranspose", kF32, kF32);
  add("QLinearMatMul", quantized, kU8);
  add("MatMulIntegerToFloat", quantized, kF32);
  add("DynamicQuantizeMatMul", kF32, kF32);  // takes floats, and multiplies integers
  add("MatMulNBits", kF32, kF32);
  add("FusedGemm", kF32, kF32);
  add("MatMul", shapes, kI64);  // arithmetic on shapes is no layer
  add("QuantizeLinear", kF32, kU8);
  using Layers = std::map<std::string, std::map<std::string, int>>;
  EXPECT_EQ(placement_from_profile(profile + "]", {}).layers,
            (Layers{{"Conv", {{"i8", 1}, {"f32", 1}, {"f16", 1}}},
                    {"ConvTranspose", {{"f32", 1}}},
                    {"MatMul", {{"i8", 3}, {"integer_weights", 1}, {"f32", 1}}}}));
}

TEST(OnnxRuntimePlacement, FloatNodesThatAnotherProviderRanAreNamed) {
  std::string profile = "[" + node("conv", "Conv", kF32, kF32) + "," + node("soft/max", "Softmax", kF32, kF32) + "," +
                        node("shape", "Shape", kF32, kI64) + "]";
  // The first is on the GPU, the others were left to the processor; that the arithmetic of shapes was is no finding.
  profile.replace(profile.find("CPUExecutionProvider"), 20, "CUDAExecutionProvider");
  const Placement placement = placement_from_profile(profile, {}, "CUDAExecutionProvider");
  EXPECT_EQ(placement.warnings, std::vector<std::string>{"1 of 3 nodes ran on CPUExecutionProvider, not on "
                                                         "CUDAExecutionProvider: 1 Softmax (soft/max)"});
  EXPECT_EQ(placement.nodes_by_kind.at("CUDAExecutionProvider f32"), 1);
}

TEST(OnnxRuntimePlacement, RefusesWhatIsNoProfile) {
  for (const char* text : {"", "[", "[{\"cat\":\"Node\",\"args\":{\"op_name\":3,\"provider\":\"CPU\"}}]"}) {
    try {
      placement_from_profile(text, {});
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::vendor);
    }
  }
}

}  // namespace
}  // namespace autoaccel::runtime::onnxruntime
