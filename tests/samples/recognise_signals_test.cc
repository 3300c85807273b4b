#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "plans.h"

namespace autoaccel::samples {
namespace {

using testing::Each;

TEST(PlanInput, Timesteps) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[3] when, float[2] fraction, int64 t, float[2] only_sine) => (float[3] a, float[3] b, float[2] c,
      float[2] d, int64 e, float[2] f)
      <float thousand = {1000}> {
      a = Sin(when)  b = Cos(when)
      g = Mul(fraction, thousand)
      c = Sin(g)  d = Cos(g)
      e = Abs(t)
      f = Sin(only_sine)
    })");
  EXPECT_EQ(subject.origin("when"), "timesteps in [0, 1000)");
  EXPECT_EQ(subject.origin("t"), "timesteps in [0, 1000)");
  EXPECT_EQ(subject.origin("fraction"), "times in [0, 1)");
  EXPECT_EQ(subject.origin("only_sine"), "normal numbers, mean 0, deviation 1");
  for (std::uint64_t set = 0; set < 50; ++set) {
    const auto steps = integers(subject.make("when", set));
    EXPECT_THAT(steps, Each(steps.front())) << "one for the batch";
    EXPECT_GE(steps.front(), 0);
    EXPECT_LT(steps.front(), 1000);
  }
  EXPECT_NE(integers(subject.make("t", 0)), integers(subject.make("t", 1)));
}

TEST(PlanInput, RecurrentState) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[7, 1, 4] x, float[1, 1, 3] first, float[2, 1, 8] state, float[2, 1, 8] memory, float[2, 5] lone_state)
      => (float[7, 1, 1, 3] y, float[2, 1, 8] stateN, float[3, 1, 8] other, float[2, 9] q)
      <float[1, 12, 4] w = {0}, float[1, 12, 3] r = {0}> {
      y = LSTM<hidden_size = 3>(x, w, r, , , first)
      stateN = Relu(state)
      other = Concat<axis = 0>(memory, memory)
      q = Concat<axis = 1>(lone_state, lone_state)
    })");
  const std::string state = "recurrent state: zeros in the first set, then small normal numbers";
  EXPECT_EQ(subject.origin("first"), state) << "an LSTM's initial state";
  EXPECT_EQ(subject.origin("state"), state) << "an output of the same shape follows it";
  EXPECT_EQ(subject.origin("memory"), state) << "as one follows the memory";
  EXPECT_NE(subject.origin("lone_state"), state) << "no output can follow";
  EXPECT_NE(subject.origin("x"), state);
  EXPECT_THAT(subject.make("state", 0).as<float>(), Each(0.0f));
  const Tensor second = subject.make("state", 1);
  double squares = 0;
  for (const float value : second.as<float>()) squares += value * value;
  EXPECT_NEAR(std::sqrt(squares / second.size()), 0.1, 0.05);
}

TEST(PlanInput, ACacheMayGrow) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 4, 16, 8] past_key, float[1, 4, 1, 8] k) => (float[1, 4, 17,
      8] present_key) { present_key = Concat<axis = 2>(past_key, k) })");
  EXPECT_EQ(subject.origin("past_key"), "recurrent state: zeros in the first set, then small normal numbers")
      << "not a picture of four channels";
}

TEST(PlanInput, Sound) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[2, 400] x, int64 sr, float[2, 400] features, float[1, 1, 512] audio, float[2, 100] short)
      => (float[2, 1, 398] y, bool z, float[2, 1] f, float[1, 1, 512] a, float[2, 1, 98] s)
      <int64[1] one = {1}, float[1, 1, 3] w = {1, 1, 1}, int64 rate = {8000}, float[400, 1] m = {0}> {
      u = Unsqueeze(x, one)
      y = Conv(u, w)
      z = Equal(sr, rate)
      f = MatMul(features, m)
      a = Relu(audio)
      us = Unsqueeze(short, one)
      s = Conv(us, w)
    })");
  EXPECT_EQ(subject.origin("x"), "sound like speech at 8000 Hz, in [-1, 1]");
  EXPECT_EQ(subject.origin("audio"), "sound like speech at 8000 Hz, in [-1, 1]") << "by its name";
  EXPECT_EQ(subject.origin("features"), "normal numbers, mean 0, deviation 1");
  EXPECT_EQ(subject.origin("short"), "normal numbers, mean 0, deviation 1") << "too short for sound";
  const Tensor made = subject.make("x");
  EXPECT_NE(made.as<float>()[100], made.as<float>()[500]) << "two rows of different sound";
}

TEST(PlanInput, OtherFloatsAreNormalAndDiffer) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float16[100, 30] x) => (float16[100, 30] y) { y = Relu(x) })");
  EXPECT_EQ(subject.origin("x"), "normal numbers, mean 0, deviation 1");
  const Tensor made = subject.make("x"), next = subject.make("x", 1);
  double sum = 0, squares = 0;
  for (const float value : made.as<float>()) sum += value, squares += value * value;
  EXPECT_NEAR(sum / 3000, 0, 0.1);       // 5/√3000
  EXPECT_NEAR(squares / 3000, 1, 0.13);  // 5 √(2/3000)
  EXPECT_NE(made.as<float>()[0], next.as<float>()[0]);
}

}  // namespace
}  // namespace autoaccel::samples
