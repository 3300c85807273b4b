#include "samples/byte_inputs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/byte_mapping.h"
#include "base/numeric.h"
#include "plans.h"

namespace autoaccel::samples {
namespace {

Tensor made(const Plan& plan) {
  Random random{1, 0, 0};
  return plan.make(0, random);
}

TEST(PlanBytes, MakesPicturesOfBytes) {
  const Subject subject(
      "<ir_version: 8, opset_import: [\"\" : 17]> net (float[2, 3, 32, 48] x) => (float[2, 3, 32, 48] y) { y = Relu(x) "
      "}");
  const ByteMapping mapping{.scale = {0.5, 0.25, 0.125}, .mean = {100, 110, 120}, .axis = 1};
  const Plan plan = plan_bytes(subject.input("x"), subject.facts(), mapping);
  EXPECT_EQ(plan.origin, "pictures, generated, bytes u as (u - [100, 110, 120]) * [0.5, 0.25, 0.125]");
  const Tensor numbers = made(plan);
  EXPECT_EQ(numbers.type(), ElementType::float32);
  const Tensor bytes = base::bytes_from_numbers(numbers, mapping);
  const Tensor again = base::numbers_from_bytes(bytes, mapping, ElementType::float32);
  EXPECT_TRUE(std::ranges::equal(numbers.as<float>(), again.as<float>())) << "not on the grid of bytes";
  EXPECT_GT(std::set<std::uint8_t>(bytes.as<std::uint8_t>().begin(), bytes.as<std::uint8_t>().end()).size(), 50u);
}

TEST(PlanBytes, MakesAnyBytesWhereNothingLooksLikeAPicture) {
  const Subject subject(
      "<ir_version: 8, opset_import: [\"\" : 17]> net (float16[40, 50] x) => (float16[40, 50] y) { y = Relu(x) }");
  const Plan plan = plan_bytes(subject.input("x"), subject.facts(), {.scale = {1}, .mean = {128}});
  EXPECT_EQ(plan.origin, "bytes u as u - 128");
  const Tensor numbers = made(plan);
  EXPECT_EQ(numbers.type(), ElementType::float16);
  std::set<double> seen;
  for (std::int64_t i = 0; i < numbers.size(); ++i) seen.insert(base::element_as_double(numbers, i));
  EXPECT_EQ(*seen.begin(), -128);  // of 2000 elements, each of 256 values is missing with 0.04 %
  EXPECT_EQ(*seen.rbegin(), 127);
  for (const double number : seen) EXPECT_EQ(number, std::trunc(number));
}

/// What is recognised of the input `x` of a graph that begins like this.
std::optional<ByteMapping> recognised(const std::string& constants, const std::string& head, Config config = {},
                                      const std::string& type = "float[1, 3, 64, 64]") {
  const model::Model model =
      test_support::model_from_text("<ir_version: 8, opset_import: [\"\" : 17]> net (" + type + " x) => (" + type +
                                    " y) <" + constants + "> {" + head + " y = Relu(a) }");
  config = with_recognised_bytes(std::move(config), model, {{"x", model.inputs()[0].shape.value()}});
  if (config.inputs.empty() || !config.inputs[0].bytes) return std::nullopt;
  EXPECT_EQ(config.inputs.size(), 1u);
  EXPECT_EQ(config.inputs[0].name, "x");
  return config.inputs[0].bytes->value;
}

const std::string kBy255 = "float k = {255}";
const std::string kDiv = "a = Div(x, k)";

TEST(WithRecognisedBytes, KnowsTheUsualNormalisations) {
  EXPECT_EQ(recognised(kBy255, kDiv), ByteMapping{});
  EXPECT_EQ(recognised("float k = {0.00390625}", "a = Mul(k, x)"), ByteMapping{});  // 1/256
  EXPECT_EQ(recognised("float k = {127.5}", "b = Sub(x, k) a = Div(b, k)"), ByteMapping{});
  EXPECT_EQ(recognised("float k = {127.5}, float o = {-1}", "b = Div(x, k) a = Add(b, o)"), ByteMapping{});
  EXPECT_EQ(recognised("float[3,1,1] m = {123.675, 116.28, 103.53}, float[3,1,1] s = {58.395, 57.12, 57.375}",
                       "b = Sub(x, m) a = Div(b, s)"),
            ByteMapping{});
  EXPECT_EQ(recognised("float[3,1,1] m = {123.68, 116.78, 103.94}", "a = Sub(x, m)"), ByteMapping{});
}

TEST(WithRecognisedBytes, LeavesWhatMayBeSomethingElse) {
  EXPECT_EQ(recognised("float k = {1000}", kDiv), std::nullopt);                          // depths in millimetres
  EXPECT_EQ(recognised("float k = {0.5}", "b = Sub(x, k) a = Div(b, k)"), std::nullopt);  // of 0..1
  EXPECT_EQ(recognised("float[3,1,1] m = {0.485, 0.456, 0.406}, float[3,1,1] s = {0.229, 0.224, 0.225}",
                       "b = Sub(x, m) a = Div(b, s)"),
            std::nullopt);
  EXPECT_EQ(recognised("", "a = Neg(x)"), std::nullopt);
  EXPECT_EQ(recognised(kBy255, kDiv, {}, "float[8, 512]"), std::nullopt);  // no picture
  EXPECT_EQ(recognised("int64 k = {255}", kDiv, {}, "int64[1, 3, 64, 64]"), std::nullopt);
}

TEST(WithRecognisedBytes, LeavesWhatTheConfigSaysOfSamples) {
  const auto with = [](InputConfig input) {
    input.name = "x";
    Config config;
    config.inputs.push_back(std::move(input));
    return config;
  };
  EXPECT_EQ(recognised(kBy255, kDiv, with({})), ByteMapping{});
  EXPECT_EQ(recognised(kBy255, kDiv, with({.data = {{"x.npy", std::nullopt}}})), std::nullopt);
  EXPECT_EQ(recognised(kBy255, kDiv, with({.range = std::pair(0.0, 1.0)})), std::nullopt);
  EXPECT_EQ(recognised(kBy255, kDiv, with({.value = 1})), std::nullopt);
  const ByteMapping declared{.scale = {2}, .mean = {1}};
  EXPECT_EQ(recognised(kBy255, kDiv, with({.bytes = Located<ByteMapping>{declared, std::nullopt}})), declared);
}

}  // namespace
}  // namespace autoaccel::samples
