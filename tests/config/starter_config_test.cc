#include <gtest/gtest.h>

#include "config/config.h"
#include "support/golden.h"

namespace autoaccel::config {
namespace {

TensorInfo tensor(const std::string& name, std::optional<Shape> shape, std::vector<std::string> axes = {}) {
  if (axes.empty() && shape) axes.resize(shape->size());
  return {.name = name, .type = ElementType::float32, .shape = std::move(shape), .axes = std::move(axes)};
}

TEST(StarterConfig, IsAsInTheGoldenFile) {
  const std::vector<TensorInfo> inputs = {tensor("x", Shape{-1, 3, -1, -1}, {"batch", "", "DynamicDimension.1", ""}),
                                          tensor("tokens", Shape{1, -1}, {"", "sequence"}), tensor("sr", Shape{}),
                                          tensor("free", std::nullopt), tensor("mask", Shape{1, 16})};
  const std::vector<TensorInfo> outputs = {tensor("y", Shape{1, 10}), tensor("z", Shape{-1, 10})};
  testing::expect_golden("starter_config.yml", starter_config(inputs, outputs));
}

/// Whatever the names are, the file is read back with them, and fits the model it was made for.
TEST(StarterConfig, IsReadBackAndBinds) {
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  for (const char* name :
       {"plain", "a b",       "a: b",      "#x",       "'q'", "\"dq\"", "back\\slash", "null",          "Yes",
        "123",   "1.5",       "-",         "*a",       "&a",  "[x]",    "{x}",         "model/layer:0", "é",
        "日本",  "tab\there", "new\nline", "\x1b[31m", "",    "<<",     "~",           "x,y",           "0x1F"}) {
    inputs.push_back(tensor(name, Shape{-1, 3, -1, 640}));
    outputs.push_back(tensor(std::string("out ") + name, Shape{1, 2}));
  }
  inputs.push_back(tensor("scalar", Shape{}));
  inputs.push_back(tensor("empty axis", Shape{1, 2}));
  const Config config = parse_config(starter_config(inputs, outputs), "config.yml");
  ASSERT_EQ(config.inputs.size(), inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_EQ(config.inputs[i].name, inputs[i].name);
  ASSERT_EQ(config.outputs.size(), outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(config.outputs[i].name, outputs[i].name);
  const auto shapes = bind_shapes(config, inputs, outputs);
  EXPECT_EQ(shapes.at("plain").use, (Shape{1, 3, 224, 640}));
  EXPECT_EQ(shapes.at("scalar").use, Shape{});
}

TEST(StarterConfig, StaysReadableWithANameThatIsNotUtf8) {
  const Config config = parse_config(starter_config({tensor("a\xff", Shape{1}), tensor("b", Shape{1})}, {}), "config.yml");
  EXPECT_EQ(config.inputs.at(1).name, "b");
}

TEST(StarterConfig, OfAModelWithoutInputsIsReadBack) {
  EXPECT_TRUE(parse_config(starter_config({}, {}), "config.yml").inputs.empty());
}

}  // namespace
}  // namespace autoaccel::config
