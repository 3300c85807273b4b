#include "runtime/sample_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>

#include "autoaccel/error.h"

namespace autoaccel::runtime {
namespace {

TensorInfo info(std::string name, ElementType type) {
  return {.name = std::move(name), .type = type, .shape = {}, .axes = {}};
}

Tensor filled(float value) {
  Tensor tensor(ElementType::float32, {2});
  for (float& element : tensor.as<float>()) element = value;
  return tensor;
}

std::string message_of(std::vector<TensorSet> samples, const std::vector<TensorInfo>& inputs) {
  try {
    in_input_order(std::move(samples), inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    return error.message();
  }
  return "no error";
}

TEST(InInputOrder, PutsTensorsWhereTheModelHasThemAndDropsOthers) {
  std::vector<TensorSet> samples(2);
  samples[0] = {{"b", filled(2)}, {"unused", filled(9)}, {"a", filled(1)}};
  samples[1] = {{"a", filled(3)}, {"b", filled(4)}};
  const auto ordered =
      in_input_order(std::move(samples), {info("a", ElementType::float32), info("b", ElementType::float32)});
  ASSERT_EQ(ordered.size(), 2u);
  ASSERT_EQ(ordered[0].size(), 2u);
  EXPECT_EQ(ordered[0][0].name, "a");
  EXPECT_EQ(ordered[0][0].tensor.as<float>()[1], 1);
  EXPECT_EQ(ordered[0][1].tensor.as<float>()[1], 2);
  EXPECT_EQ(ordered[1][0].tensor.as<float>()[0], 3);
  EXPECT_EQ(ordered[1][1].tensor.as<float>()[0], 4);
}

TEST(InInputOrder, NamesWhatIsMissingOrOfAnotherType) {
  std::vector<TensorSet> samples(1);
  samples[0] = {{"a", filled(1)}};
  EXPECT_EQ(message_of(samples, {info("a", ElementType::float32), info("b", ElementType::int64)}),
            "the sample has no tensor for input 'b'");
  EXPECT_EQ(message_of(samples, {info("a", ElementType::float16)}),
            "the sample for input 'a' is float32, the model takes float16");
  EXPECT_EQ(message_of({}, {info("a", ElementType::float32)}), "there is no sample to run the model on");
}

TEST(RequireDenseType, RefusesStringsOnly) {
  EXPECT_NO_THROW(require_dense_type(info("x", ElementType::boolean), "input"));
  try {
    require_dense_type(info("text", ElementType::string), "output");
    FAIL() << "strings were taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_EQ(error.message(), "output 'text' is a tensor of strings");
  }
}

}  // namespace
}  // namespace autoaccel::runtime
