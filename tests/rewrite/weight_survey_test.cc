#include "rewrite/weight_survey.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include "base/files.h"
#include "base/numeric.h"
#include "support/rewrite/rewriting.h"
#include "support/models.h"

namespace autoaccel::rewrite {
namespace {

const FloatLimits& kFloat16 = limits_of(ElementType::float16);

WeightFigures figures(const std::vector<float>& values) { return figures_of(values, kFloat16); }

TEST(WeightFigures, CountWhatBecomesOfEachValue) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // 65504 fits, 65505 lies outside; 2^-14 is normal, 2^-15 subnormal, 2^-25 vanishes (the tie goes to the even 0).
  const WeightFigures f = figures({0.0f, -0.0f, 1.0f, -65504.0f, 65505.0f, -1e9f, kInfinity, -kInfinity, std::nanf(""),
                                   0x1p-14f, 0x1p-15f, 0x1p-25f, -0x1p-26f, 0x1.000002p-25f});
  EXPECT_EQ(f.elements, 14);
  EXPECT_EQ(f.largest, 1e9f);
  EXPECT_EQ(f.infinite, 2);
  EXPECT_EQ(f.nan, 1);
  EXPECT_EQ(f.outside, 2);
  EXPECT_EQ(f.subnormal, 4);
  EXPECT_EQ(f.vanishing, 2);
}

TEST(WeightFigures, AreTheSameForEveryLength) {
  // 16 lanes and blocks of 4096 values: lengths around both, each with one value of each kind at the very end.
  for (const std::size_t length : {3u, 15u, 16u, 17u, 4095u, 4096u, 4097u, 4112u, 10000u}) {
    std::vector<float> values(length, 0.5f);
    values[length - 1] = 70000.0f;
    values[length - 2] = 1e-9f;
    const WeightFigures f = figures(values);
    EXPECT_EQ(f.elements, static_cast<std::int64_t>(length));
    EXPECT_EQ(f.outside, 1) << length;
    EXPECT_EQ(f.vanishing, 1) << length;
    EXPECT_EQ(f.largest, 70000.0f) << length;
    EXPECT_NEAR(f.energy, 0.25 * (static_cast<double>(length) - 2) + 4.9e9, 1e3) << length;
  }
}

TEST(WeightFigures, AgreeWithTheConversionOfEveryKindOfPattern) {
  // Every 16th exponent-and-mantissa pattern would be many; every exponent with a few mantissas is enough.
  std::vector<float> values;
  std::int64_t vanishing = 0;
  std::int64_t outside = 0;
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (const std::uint32_t mantissa : {0u, 1u, 0x1fffu, 0x2000u, 0x7fffffu}) {
      const std::uint32_t bits = (exponent << 23) | mantissa;
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      values.push_back(value);
      vanishing += value != 0 && base::float16_from_float32(value) == 0;
      outside += value > 65504.0f;
    }
  }
  EXPECT_EQ(figures(values).vanishing, vanishing);
  EXPECT_EQ(figures(values).outside, outside);
}

TEST(WeightFigures, UnderflowWhenTheWholeTensorIsTiny) {
  EXPECT_TRUE(figures({1e-12f}).underflows(kFloat16));                       // an epsilon
  EXPECT_TRUE(figures(std::vector<float>(64, 1e-6f)).underflows(kFloat16));  // keeps 4 of 11 digits
  EXPECT_FALSE(figures({0.0f, 0.0f}).underflows(kFloat16));                  // zeros are exact
  EXPECT_FALSE(figures({1e-5f, 1.0f}).underflows(kFloat16));                 // nothing beside a 1
  EXPECT_FALSE(figures(std::vector<float>(64, 0x1p-14f)).underflows(kFloat16));
  EXPECT_FALSE(figures({1e-12f}).underflows(limits_of(ElementType::bfloat16)));
}

TEST(WeightFigures, UnderflowStartsAtFiftyDecibels) {
  // n values of 2^-15: each may be off by 2^-25, energy 2^-30 each: ratio 2^-20 < 1e-5; of 2^-17: 2^-16 > 1e-5.
  EXPECT_FALSE(figures(std::vector<float>(8, 0x1p-15f)).underflows(kFloat16));
  EXPECT_TRUE(figures(std::vector<float>(8, 0x1p-17f)).underflows(kFloat16));
}

TEST(WeightSurvey, ReadsWhatIsOnDiskOnceAndForClonesToo) {
  const base::TemporaryFolder folder("weight_survey");
  const std::filesystem::path path = folder.path() / "m.onnx";
  onnx::ModelProto proto = model_of("net (float[N, 600] x) => (float[N, 600] y) { y = MatMul(x, w) }").proto();
  test_support::add_random_initializer(*proto.mutable_graph(), "w", ElementType::float32, {600, 600}, 3);
  test_support::write_proto(proto, path);
  const model::Model model = model::Model::load(path);
  const model::Model clone = model.clone();
  WeightSurvey survey(model, ElementType::float16);
  const onnx::TensorProto* tensor = &model.proto().graph().initializer(0);
  survey.read_ahead(std::vector<const onnx::TensorProto*>{tensor, tensor});
  const Tensor values = model.read_weight(*tensor);
  const WeightFigures expected = figures_of(values.as<float>(), kFloat16);
  for (const auto* asked : {tensor, &clone.proto().graph().initializer(0)}) {
    const WeightFigures found = survey.of(*asked);
    EXPECT_EQ(found.elements, 360000);
    EXPECT_EQ(found.largest, expected.largest);
    EXPECT_EQ(found.subnormal, expected.subnormal);
    EXPECT_NEAR(found.energy, expected.energy, 1e-6 * expected.energy);
  }
}

}  // namespace
}  // namespace autoaccel::rewrite
