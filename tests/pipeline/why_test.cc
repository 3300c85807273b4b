#include "pipeline/why.h"

#include <gtest/gtest.h>

namespace autoaccel::pipeline {
namespace {

using Layers = std::map<std::string, std::map<std::string, int>>;

std::string why_of(const std::string& recipe, const Settings& settings, const Layers& layers,
                   const std::vector<std::string>& notes = {}) {
  return why({.recipe = recipe, .runtime = "fake", .settings = settings}, {.layers = layers}, notes);
}

TEST(Why, AllLayersReachedWhatWasAskedFor) {
  EXPECT_EQ(why_of("int8_static", {}, {{"Conv", {{"i8", 48}}}, {"MatMul", {{"i8", 2}}}}),
            "48 of 48 Conv and 2 of 2 MatMul ran on 8-bit integers");
}

TEST(Why, OthersAreExplainedByTheConversionAndTheRestByTheRuntime) {
  // 10 of 48 Conv are not on integers; the conversion kept 1 + 5 of them, so 4 are the runtime's doing. Of MatMul, Gemm
  // among them, 1 + 2 were kept and 3 are float: nothing is left to explain. Add and Reshape are no layers.
  const std::vector<std::string> notes{kept_note("Add: reads floats", 62),
                                       kept_note("Conv: computes too little to be worth its rounding", 1),
                                       kept_note("Conv: its weight is not a constant", 5),
                                       kept_note("Gemm: its weight is not a constant", 1),
                                       kept_note("MatMul: multiplies two activations", 2),
                                       "36 weights stored as int8 by output channel"};
  EXPECT_EQ(
      why_of("int8_static", {{"precision", "bf16"}},
             {{"Conv", {{"i8", 38}, {"bf16", 9}, {"f32", 1}}}, {"MatMul", {{"i8", 0}, {"f32", 3}}}}, notes),
      "38 of 48 Conv and 0 of 3 MatMul ran on 8-bit integers; 9 Conv in bfloat16 and 1 Conv and 3 MatMul in "
      "float32; left in float by the conversion: 1 Conv (computes too little to be worth its rounding), 5 Conv and "
      "1 MatMul (its weight is not a constant), 2 MatMul (multiplies two activations); quantized in the file, and "
      "run in float all the same: 4 Conv");
}

TEST(Why, MoreMayBeKeptInTheFileThanTheRuntimeReports) {
  // OpenVINO fuses attention into nodes of another kind: 12 kept, 1 reported.
  EXPECT_EQ(why_of("int8_static", {}, {{"MatMul", {{"i8", 36}, {"f32", 1}}}},
                   {kept_note("MatMul: multiplies two activations", 12)}),
            "36 of 37 MatMul ran on 8-bit integers; 1 MatMul in float32; left in float by the conversion: 12 MatMul "
            "(multiplies two activations)");
}

TEST(Why, WhatTheGuardGaveBackStayedForAccuracy) {
  const std::string kept = kept_note("MatMul and Gemm: asked to stay float", 1);
  EXPECT_EQ(kept, "1 node kept: MatMul and Gemm: asked to stay float");
  const std::string start =
      "2 of 3 MatMul ran on 8-bit integers; 1 MatMul in float32; left in float by the conversion: ";
  const Layers layers{{"MatMul", {{"i8", 2}, {"f32", 1}}}};
  EXPECT_EQ(why_of("int8_dynamic", {}, layers, {kept}), start + "1 MatMul (asked to stay float)");
  EXPECT_EQ(why_of("int8_dynamic", {}, layers, {kept, "1 of 3 nodes stay float for accuracy, found in 4 runs; …"}),
            start + "1 MatMul (for accuracy)");
}

TEST(Why, EachRecipeHasItsOwnAim) {
  const Layers half{{"Conv", {{"bf16", 1}, {"f16", 1}, {"i8", 1}, {"integer_weights", 1}, {"f32", 1}}}};
  EXPECT_TRUE(
      why_of("bf16", {{"precision", "f32"}}, half).starts_with("1 of 5 Conv ran in bfloat16; 1 Conv in float16"));
  EXPECT_TRUE(why_of("fp16", {}, half).starts_with("1 of 5 Conv ran in float16; 1 Conv in bfloat16"));
  EXPECT_TRUE(why_of("int8_static_mixed", {}, half).starts_with("1 of 5 Conv ran on 8-bit integers; "));
  EXPECT_TRUE(why_of("int8_weights", {}, half).starts_with("1 of 5 Conv ran with integer weights; "));
  EXPECT_TRUE(why_of("int4_weights", {}, half).starts_with("1 of 5 Conv ran with integer weights; "));
}

TEST(Why, APrecisionThatTheRuntimeIsToldIsAnAimToo) {
  EXPECT_EQ(why_of("original", {{"precision", "bf16"}}, {{"Conv", {{"bf16", 6}}}, {"ConvTranspose", {{"f32", 2}}}}),
            "6 of 6 Conv and 0 of 2 ConvTranspose ran in bfloat16; 2 ConvTranspose in float32; left so by the runtime "
            "itself: 2 ConvTranspose");
  EXPECT_EQ(why_of("fp16", {{"precision", "bf16"}}, {{"Conv", {{"bf16", 6}}}}), "6 of 6 Conv ran in bfloat16");
  EXPECT_EQ(why_of("fp16_weights", {{"precision", "f16"}}, {{"Conv", {{"f16", 6}}}}), "6 of 6 Conv ran in float16");
}

TEST(Why, SaysNothingWhereNothingLowWasAskedForOrNothingIsTold) {
  const Layers layers{{"Conv", {{"f32", 3}}}};
  EXPECT_EQ(why_of("original", {}, layers), "");
  EXPECT_EQ(why_of("fp32", {{"precision", "f32"}}, layers), "");
  EXPECT_EQ(why_of("fp16_weights", {{"threads", "2"}}, layers), "");
  EXPECT_EQ(why_of("int8_static", {}, {}), "");
}

}  // namespace
}  // namespace autoaccel::pipeline
