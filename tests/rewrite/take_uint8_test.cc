#include "rewrite/take_uint8.h"

#include <gtest/gtest.h>

#include <string>

#include "autoaccel/error.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

model::Model taken(const model::Model& before, const ByteTensors& bytes) {
  expect_valid(before);
  model::Model once = before.clone();
  take_uint8(once, bytes);
  expect_valid(once);
  model::Model twice = once.clone();
  take_uint8(twice, bytes);
  EXPECT_EQ(text_of(twice), text_of(once)) << "changes its own result";
  return once;
}

void expect_taken(std::string_view before, std::string_view after, const ByteTensors& bytes, int opset = 17,
                  int opset_after = 17) {
  EXPECT_EQ(text_of(taken(model_of(before, opset), bytes)), text_of(model_of(after, opset_after)));
}

std::string message_for(std::string_view body, const ByteTensors& bytes) {
  model::Model model = model_of(body);
  try {
    take_uint8(model, bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    return error.message();
  }
  return "accepted";
}

const std::string kRelu = "net (float[N,3,4,5] x) => (float[N,3,4,5] y) { y = Relu(x) }";

TEST(TakeUint8, ConvertsAnInputByChannel) {
  expect_taken(kRelu,
               "net (uint8[N,3,4,5] x) => (float[N,3,4,5] y) { x_bytes = Cast <to = 1> (x) "
               "x_constant = Constant <value = float[3,1,1] {1.0, 2.0, 3.0}> () x_shifted = Sub(x_bytes, x_constant) "
               "x_constant_1 = Constant <value = float[3,1,1] {0.5, 0.25, 0.125}> () "
               "x_scaled = Mul(x_shifted, x_constant_1) y = Relu(x_scaled) }",
               {.inputs = {{"x", {.scale = {0.5, 0.25, 0.125}, .mean = {1, 2, 3}, .axis = 1}}}, .outputs = {}});
}

TEST(TakeUint8, ChannelsMayBeLast) {
  expect_taken("net (float[1,4,5,3] x) => (float[1,4,5,3] y) { y = Relu(x) }",
               "net (uint8[1,4,5,3] x) => (float[1,4,5,3] y) { x_bytes = Cast <to = 1> (x) "
               "x_constant = Constant <value = float[3] {1.0, 2.0, 3.0}> () x_shifted = Sub(x_bytes, x_constant) "
               "x_constant_1 = Constant <value = float {0.5}> () x_scaled = Mul(x_shifted, x_constant_1) "
               "y = Relu(x_scaled) }",
               {.inputs = {{"x", {.scale = {0.5}, .mean = {1, 2, 3}, .axis = 3}}}, .outputs = {}});
}

TEST(TakeUint8, LeavesOutWhatChangesNothing) {
  expect_taken(kRelu, "net (uint8[N,3,4,5] x) => (float[N,3,4,5] y) { x_bytes = Cast <to = 1> (x) y = Relu(x_bytes) }",
               {.inputs = {{"x", {}}}, .outputs = {}});
  expect_taken(kRelu,
               "net (float[N,3,4,5] x) => (uint8[N,3,4,5] y) { y_numbers = Relu(x) y_rounded = Round(y_numbers) "
               "y_constant = Constant <value = float {0.0}> () y_constant_1 = Constant <value = float {255.0}> () "
               "y_clipped = Clip(y_rounded, y_constant, y_constant_1) y = Cast <to = 2> (y_clipped) }",
               {.inputs = {}, .outputs = {{"y", {}}}});
}

TEST(TakeUint8, GivesAnOutputThatOthersReadToo) {
  expect_taken(
      "net (float[N] x) => (float[N] y, float[N] z) { y = Relu(x) z = Neg(y) }",
      "net (float[N] x) => (uint8[N] y, float[N] z) { y_numbers = Relu(x) z = Neg(y_numbers) "
      "y_constant = Constant <value = float {0.5}> () y_unscaled = Div(y_numbers, y_constant) "
      "y_constant_1 = Constant <value = float {10.0}> () y_unshifted = Add(y_unscaled, y_constant_1) "
      "y_rounded = Round(y_unshifted) y_constant_2 = Constant <value = float {0.0}> () "
      "y_constant_3 = Constant <value = float {255.0}> () y_clipped = Clip(y_rounded, y_constant_2, y_constant_3) "
      "y = Cast <to = 2> (y_clipped) }",
      {.inputs = {}, .outputs = {{"y", {.scale = {0.5}, .mean = {10}}}}});
}

TEST(TakeUint8, ComputesInFloat32WhateverTheFloat) {
  expect_taken("net (float16[N] x) => (double[N] y) { y = Cast <to = 11> (x) }",
               "net (uint8[N] x) => (uint8[N] y) { x_bytes = Cast <to = 1> (x) "
               "x_constant = Constant <value = float {0.5}> () x_scaled = Mul(x_bytes, x_constant) "
               "x_numbers = Cast <to = 10> (x_scaled) y_numbers = Cast <to = 11> (x_numbers) "
               "y_float = Cast <to = 1> (y_numbers) y_rounded = Round(y_float) "
               "y_constant = Constant <value = float {0.0}> () y_constant_1 = Constant <value = float {255.0}> () "
               "y_clipped = Clip(y_rounded, y_constant, y_constant_1) y = Cast <to = 2> (y_clipped) }",
               {.inputs = {{"x", {.scale = {0.5}}}}, .outputs = {{"y", {}}}});
}

TEST(TakeUint8, ReachesReadersInSubgraphs) {
  expect_taken(
      "net (float[N] x, bool b) => (float[N] y) { y = If (b) <then_branch = t () => (float[N] p) { p = Neg(x) }, "
      "else_branch = e () => (float[N] q) { q = Identity(x) }> }",
      "net (uint8[N] x, bool b) => (float[N] y) { x_bytes = Cast <to = 1> (x) y = If (b) "
      "<then_branch = t () => (float[N] p) { p = Neg(x_bytes) }, "
      "else_branch = e () => (float[N] q) { q = Identity(x_bytes) }> }",
      {.inputs = {{"x", {}}}, .outputs = {}});
}

TEST(TakeUint8, RaisesTheOpsetWhereItHasTo) {
  const std::string body = "net (float[N] x) => (float[N] y) { y = Relu(x) }";
  const std::string taken = "net (uint8[N] x) => (float[N] y) { x_bytes = Cast <to = 1> (x) y = Relu(x_bytes) }";
  expect_taken(body, taken, {.inputs = {{"x", {}}}, .outputs = {}}, 7, 7);
  expect_taken(body, taken, {.inputs = {{"x", {}}}, .outputs = {}}, 6, 13);
  model::Model model = model_of(body, 10);
  take_uint8(model, {.inputs = {}, .outputs = {{"y", {}}}});
  EXPECT_EQ(model.opset(), 13);
}

TEST(TakeUint8, LeavesAModelWithoutBytes) { expect_taken(kRelu, kRelu, {}); }

TEST(TakeUint8, SaysWhatCannotBe) {
  EXPECT_EQ(message_for("net (int64[N] x) => (int64[N] y) { y = Neg(x) }", {.inputs = {{"x", {}}}, .outputs = {}}),
            "the input 'x' cannot be uint8: it holds int64");
  EXPECT_EQ(message_for("net (float[N] x) => (float[N] y) <float[2] y = {1, 2}> { z = Neg(x) }",
                        {.inputs = {}, .outputs = {{"y", {}}}}),
            "the output 'y' cannot be uint8: no node makes it");
  EXPECT_EQ(message_for("net (float[N] x) => (float[N] x) { z = Neg(x) }", {.inputs = {{"x", {}}}, .outputs = {}}),
            "the input 'x' cannot be uint8: it is an output, too");
  EXPECT_EQ(message_for("net (float x) => (float y) { y = Neg(x) }",
                        {.inputs = {{"x", {.scale = {1, 2}, .mean = {0}, .axis = 1}}}, .outputs = {}}),
            "the tensor 'x' cannot be uint8: the model does not say where its channels are");
  model::Model model = model_of(kRelu);
  EXPECT_THROW(take_uint8(model, {.inputs = {{"other", {}}}, .outputs = {}}), Error);
}

}  // namespace
}  // namespace autoaccel::rewrite
