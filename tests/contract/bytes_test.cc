// Inputs and outputs of bytes: every runtime computes around the model what base/byte_mapping.h computes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "base/byte_mapping.h"
#include "contract/driver.h"
#include "rewrite/take_uint8.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

class Bytes : public Contract {};

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Bytes);
INSTANTIATE_TEST_SUITE_P(Runtimes, Bytes, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

/// Every byte in each of two channels.
Tensor all_bytes() {
  Tensor made(ElementType::uint8, {1, 2, 16, 16});
  const auto elements = made.as<std::uint8_t>();
  std::iota(elements.begin(), elements.end(), std::uint8_t{0});
  return made;
}

TEST_P(Bytes, RoundHalvesToEvenAndSaturate) {
  const auto proto = test_support::proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 2, 16, 16] x) => (float[1, 2, 16, 16] y) { y = Abs(x) })");
  // Powers of two, so that nothing is rounded before the end. |u - 127.5| + 200 lies between two bytes and goes beyond
  // 255; |u - 127.5| - 20 begins below 0; so do the other channel's, in steps of two.
  const ByteMapping in{.scale = {0.5, 2}, .mean = {127.5, 100}, .axis = 1};
  const ByteMapping out{.scale = {0.5, 4}, .mean = {200, -20}, .axis = 1};
  model::Model model = model::Model::from_proto(proto);
  rewrite::take_uint8(model, {.inputs = {{"x", in}}, .outputs = {{"y", out}}});
  const TensorSet outputs = run_once(driver, test_support::resolved(model), {{"x", all_bytes()}});

  Tensor expected = base::numbers_from_bytes(all_bytes(), in, ElementType::float32);
  for (float& value : expected.as<float>()) value = std::abs(value);
  expected = base::bytes_from_numbers(expected, out);
  const auto bytes = expected.as<std::uint8_t>();
  EXPECT_EQ(bytes[127], 200);  // 200.5
  EXPECT_EQ(bytes[126], 202);  // 201.5
  EXPECT_EQ(bytes[0], 255);    // 327.5
  EXPECT_EQ(elements<std::uint8_t>(outputs, "y", ElementType::uint8, {1, 2, 16, 16}),
            std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

// The normalisation of PP-OCR's detector, whose numbers no float holds exactly: equal to what the float model computes
// of the same bytes' numbers, but for the last digit where a runtime multiplies and adds in one.
TEST_P(Bytes, NormaliseAsTheNumbersDo) {
  const auto proto = test_support::proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 3, 8, 32] x) => (float[1, 3, 8, 32] y) { y = Relu(x) })");
  const ByteMapping in{.scale = {1 / 58.395, 1 / 57.12, 1 / 57.375}, .mean = {123.675, 116.28, 103.53}, .axis = 1};
  Tensor sample(ElementType::uint8, {1, 3, 8, 32});
  std::iota(sample.as<std::uint8_t>().begin(), sample.as<std::uint8_t>().end(), std::uint8_t{0});
  model::Model model = model::Model::from_proto(proto);
  rewrite::take_uint8(model, {.inputs = {{"x", in}}, .outputs = {}});
  const TensorSet outputs = run_once(driver, test_support::resolved(model), {{"x", sample}});
  const auto got = elements<float>(outputs, "y", ElementType::float32, {1, 3, 8, 32});
  const Tensor numbers = base::numbers_from_bytes(sample, in, ElementType::float32);
  ASSERT_EQ(got.size(), static_cast<std::size_t>(numbers.size()));
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], std::max(numbers.as<float>()[i], 0.0f), 1e-6f) << i;
}

}  // namespace
}  // namespace autoaccel::contract
