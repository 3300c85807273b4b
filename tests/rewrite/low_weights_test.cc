#include "rewrite/low_weights.h"

#include <limits>
#include <vector>

#include "base/numeric.h"
#include "support/rewrite/rewriting.h"
#include "support/models.h"

namespace autoaccel::rewrite {
namespace {

onnx::TensorProto float_tensor(const std::vector<float>& values) {
  onnx::TensorProto tensor;
  tensor.set_name("w");
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
  return tensor;
}

std::vector<std::uint16_t> converted(const std::vector<float>& values, ElementType low, bool clamp) {
  model::Model model = model_of("net (float[2] x) => (float[2] y) { y = Relu(x) }");
  onnx::TensorProto& tensor = *model.proto().mutable_graph()->add_initializer();
  tensor = float_tensor(values);
  convert_weight(model, tensor, low, clamp);
  EXPECT_EQ(tensor.name(), "w");
  EXPECT_EQ(tensor.data_type(), static_cast<int>(low));
  EXPECT_EQ(tensor.dims(0), static_cast<std::int64_t>(values.size()));
  const Tensor result = model.read_weight(tensor);
  return {result.as<std::uint16_t>().begin(), result.as<std::uint16_t>().end()};
}

using Bits = std::vector<std::uint16_t>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(ConvertWeight, RoundsToNearestEven) {
  // Between 1 and its successor 1 + 2^-10: the middle goes to 1, a little more to the successor.
  EXPECT_EQ(converted({1.0f, 1.0f + 0x1p-11f, 1.0f + 0x1.008p-11f, -2.0f}, ElementType::float16, false),
            (Bits{0x3c00, 0x3c00, 0x3c01, 0xc000}));
  EXPECT_EQ(converted({1.0f, 1.0f + 0x1p-8f, -2.0f}, ElementType::bfloat16, false), (Bits{0x3f80, 0x3f80, 0xc000}));
}

TEST(ConvertWeight, ClampsFiniteValuesOnly) {
  EXPECT_EQ(converted({-1e9f, 3.4e38f, 65504.0f, kInfinity, -kInfinity}, ElementType::float16, true),
            (Bits{0xfbff, 0x7bff, 0x7bff, 0x7c00, 0xfc00}));
  EXPECT_EQ(converted({-std::numeric_limits<float>::max(), -kInfinity}, ElementType::bfloat16, true),
            (Bits{0xff7f, 0xff80}));
}

TEST(ConvertWeight, KeepsNaN) {
  const Bits bits = converted({std::numeric_limits<float>::quiet_NaN()}, ElementType::float16, true);
  EXPECT_GT(bits[0] & 0x7fff, 0x7c00);
}

TEST(ConvertWeight, ConvertsABigTensorWhenItIsRead) {
  // 5000 values are 20 kB: derived, and longer than one block of the clamping loop.
  std::vector<float> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 16.5f;  // up to 82483.5
  const Bits bits = converted(values, ElementType::float16, true);
  ASSERT_EQ(bits.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(bits[i], base::float16_from_float32(std::min(values[i], 65504.0f))) << i;
  }
}

TEST(ConvertedWeights, AreToldInNotes) {
  ConvertedWeights sum;
  const std::vector<float> values{1.0f, 1e9f, 1e-5f, 1e-9f};
  sum.add(float_tensor(values), figures_of(values, limits_of(ElementType::float16)));
  PassReport report;
  sum.describe(ElementType::float16, report);
  EXPECT_EQ(report.weights_converted, 1);
  EXPECT_EQ(report.notes,
            (std::vector<std::string>{"1 constant stored as float16: 8 bytes instead of 16 bytes",
                                      "1 value of constants clamped to ±65504",
                                      "2 values of constants below 6.1e-05: 1 became zero, the others lost digits"}));
}

TEST(ConvertedWeights, SayNothingOfNothing) {
  PassReport report;
  ConvertedWeights().describe(ElementType::float16, report);
  EXPECT_TRUE(report.notes.empty());
}

}  // namespace
}  // namespace autoaccel::rewrite
