// Our conversions between float32 and the 16-bit floats against ONNX Runtime's Cast: every value of both types, the
// middle between each two neighbours, and the float32 on either side of all of them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/numeric.h"
#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

constexpr int kAll = 1 << 16;

float widened(ElementType type, std::uint16_t bits) {
  return type == ElementType::float16 ? base::float32_from_float16(bits) : base::float32_from_bfloat16(bits);
}

/// Each value of the type, and half-way to the next; of both the value itself and its float32 neighbours.
std::vector<float> around_all_values(ElementType type) {
  std::vector<float> result;
  for (int i = 0; i < kAll; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = widened(type, bits);
    if (!std::isfinite(value)) {
      result.push_back(value);
      continue;
    }
    const float next = widened(type, static_cast<std::uint16_t>(bits + 1));
    // Behind the largest comes 2 · largest − the one before it, where it would go on.
    const float before = widened(type, static_cast<std::uint16_t>(bits - 1));
    const float half_step = std::isfinite(next) ? next / 2 - value / 2 : value / 2 - before / 2;
    for (const float center : {value, value + half_step}) {
      for (const float x : {std::nextafter(center, -INFINITY), center, std::nextafter(center, INFINITY)})
        result.push_back(x);
    }
  }
  return result;
}

class Casts : public ::testing::TestWithParam<ElementType> {
 protected:
  void SetUp() override {
    const auto runtimes = runtimes_under_test();
    if (std::ranges::find(runtimes, "onnxruntime") == runtimes.end()) GTEST_SKIP() << "this build has no ONNX Runtime";
  }

  /// `values` through `nodes`, which make y of x, with nothing optimised away.
  static std::vector<float> run(const std::string& nodes, const std::vector<float>& values) {
    Driver driver("onnxruntime");
    const Shape shape{static_cast<std::int64_t>(values.size())};
    Tensor x(ElementType::float32, shape);
    std::ranges::copy(values, x.as<float>().begin());
    const TensorSet sample{{"x", std::move(x)}};
    driver.load(test_support::proto_from_text(
                    "<ir_version: 8, opset_import: [\"\" : 17]> net (float[N] x) => (float[N] y) {" + nodes + "}"),
                shapes_of(sample), {{"optimization", "disabled"}});
    driver.bind({sample});
    return elements<float>(driver.run(0), "y", ElementType::float32, shape);
  }
};

INSTANTIATE_TEST_SUITE_P(Types, Casts, ::testing::Values(ElementType::float16, ElementType::bfloat16),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

TEST_P(Casts, RoundAndWidenAsOnnxRuntimeDoes) {
  const std::vector<float> values = around_all_values(GetParam());
  ASSERT_GT(values.size(), 6u * 63000);  // of 65536, all but infinities and NaN have six
  const std::string there = std::to_string(static_cast<int>(GetParam()));
  const std::vector<float> theirs = run("h = Cast<to = " + there + ">(x) y = Cast<to = 1>(h)", values);
  ASSERT_EQ(theirs.size(), values.size());
  std::vector<std::uint16_t> narrow(values.size());
  std::vector<float> ours(values.size());
  base::convert(values, narrow, GetParam());
  base::convert(narrow, GetParam(), ours);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      // Which NaN it is IEEE 754 leaves open.
      ASSERT_TRUE(std::isnan(ours[i]) && std::isnan(theirs[i])) << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(ours[i]), std::bit_cast<std::uint32_t>(theirs[i])) << values[i];
    }
  }
}

}  // namespace
}  // namespace autoaccel::contract
