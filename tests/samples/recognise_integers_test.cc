#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "autoaccel/error.h"
#include "plans.h"

namespace autoaccel::samples {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;

/// A BERT as PyTorch exports it, cut after what its inputs meet first.
constexpr std::string_view kBert = R"(
  <ir_version: 8, opset_import: ["" : 17]>
  bert (int64[2, 8] input_ids, int64[2, 8] attention_mask, int64[2, 8] token_type_ids, int64[2, 8] position_ids)
    => (float[2, 8, 4] y, float[2, 1, 1, 8] m)
    <float[30, 4] words = {0}, float[2, 4] types = {0}, float[5, 4] positions = {0}, int64[1] axes = {1},
      float one = {1},
     float huge = {-10000}> {
    w = Gather(words, input_ids)
    t = Gather(types, token_type_ids)
    p = Gather(positions, position_ids)
    wt = Add(w, t)
    y = Add(wt, p)
    m1 = Unsqueeze(attention_mask, axes)
    m2 = Unsqueeze(m1, axes)
    m3 = Cast<to = 1>(m2)
    m4 = Sub(one, m3)
    m = Mul(m4, huge)
  })";

TEST(PlanInput, TokensStayInsideTheirTable) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[2, 512] ids) => (float[2, 512, 2] y) <float[3, 2] table = {1, 2, 3, 4, 5, 6}> { y = Gather(table,
      ids) })");
  EXPECT_EQ(subject.origin("ids"), "integers in [0, 3), rows of the table they index");
  const auto values = integers(subject.make("ids"));
  EXPECT_EQ(std::set<std::int64_t>(values.begin(), values.end()), (std::set<std::int64_t>{0, 1, 2}));
  EXPECT_NE(values, integers(subject.make("ids", 1))) << "sets differ";
}

TEST(PlanInput, BertsInputs) {
  const Subject bert(kBert);
  EXPECT_EQ(bert.origin("attention_mask"), "ones, a mask that keeps everything");
  EXPECT_THAT(doubles(bert.make("attention_mask")), Each(1));
  EXPECT_EQ(bert.origin("token_type_ids"), "zeros, one segment");
  EXPECT_THAT(doubles(bert.make("token_type_ids")), Each(0));
  EXPECT_EQ(bert.origin("position_ids"), "0, 1, 2, … along the last axis");
  // Two rows of eight, in a table of five rows.
  EXPECT_THAT(integers(bert.make("position_ids")), ElementsAre(0, 1, 2, 3, 4, 0, 1, 2, 0, 1, 2, 3, 4, 0, 1, 2));
}

TEST(PlanInput, WhatTheGraphAddsToAnIndexIsTakenOff) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[400] a, int64[400] b) => (float[400, 1] y, float[400, 1] z)
      <float[6, 1] table = {1, 2, 3, 4, 5, 6}, int64 two = {2}> {
      i = Add(a, two)
      y = Gather(table, i)
      j = Sub(b, two)
      z = Gather(table, j)
    })");
  EXPECT_EQ(subject.origin("a"), "integers in [0, 4), rows of the table they index");  // a + 2 < 6
  EXPECT_EQ(subject.origin("b"), "integers in [2, 8), rows of the table they index");  // 0 ≤ b − 2 < 6
  EXPECT_THAT(integers(subject.make("b")), Each(AllOf(Ge(2), Le(7))));
}

TEST(PlanInput, TheSmallestOfSeveralTablesCounts) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[4] a) => (float[4, 1] y, float[1, 4] z) <float[6, 1] large = {1, 2, 3, 4, 5, 6}, float[1,
      3] wide = {1, 2, 3}> {
      y = Gather(large, a)
      z = Gather<axis = -1>(wide, a)
    })");
  EXPECT_EQ(subject.origin("a"), "integers in [0, 3), rows of the table they index");
}

TEST(PlanInput, TablesOfFusedEmbeddings) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]>
    net (int32[1, 4] a, int32[1, 4] b) => (float[1, 4, 2] y, int32[1] m)
      <float[7, 2] words = {0}, float[9, 2] positions = {0}, float[3, 2] kinds = {0}, float[2] g = {1, 1},
        float[2] z = {0, 0}> {
      y, m = com.microsoft.EmbedLayerNormalization(a, b, words, positions, kinds, g, z)
    })");
  EXPECT_EQ(subject.origin("a"), "integers in [0, 7), rows of the table they index");
  EXPECT_EQ(subject.origin("b"), "integers in [0, 3), rows of the table they index");
}

TEST(PlanInput, OneHotClasses) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[4] a, int32[4, 1] b) => (float[4, 5] y, bool[4, 4] z)
      <int64 depth = {5}, float[2] values = {0, 1}, int32[1, 4] classes = {0, 1, 2, 3}> {
      y = OneHot(a, depth, values)
      z = Equal(b, classes)
    })");
  EXPECT_EQ(subject.origin("a"), "integers in [0, 5), the classes the graph tells apart");
  EXPECT_EQ(subject.origin("b"), "integers in [0, 4), the classes the graph tells apart");
}

TEST(PlanInput, TablesOfBytesGetText) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int32[2, 40] a, int32[2, 4] short) => (float[2, 40, 257] y, float[2, 4, 257] z)
      <int64 depth = {257}, float[2] values = {0, 1}> {
      y = OneHot(a, depth, values)
      z = OneHot(short, depth, values)
    })");
  EXPECT_EQ(subject.origin("a"), "bytes of text, in [0, 257), the classes the graph tells apart");
  const Tensor text = subject.make("a");
  ASSERT_EQ(text.type(), ElementType::uint8);
  for (const std::uint8_t byte : text.as<std::uint8_t>()) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~'));
  // The second row is the second kind of file: a program.
  EXPECT_EQ(std::string(text.as<char>().data() + 40, 15), "#!/usr/bin/env ");
  EXPECT_EQ(subject.origin("short"), "integers in [0, 257), the classes the graph tells apart");
}

TEST(PlanInput, AOneElementInputTakesAConstantItIsComparedWith) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64 sr, float[1] level, int64[2] list) => (bool y, bool[1] z, bool w, bool[2] v)
      <int64 rate = {16000}, int64 other = {8000}, int64 least = {3}, float[1] half = {0.5}> {
      g = Greater(sr, least)
      y = Equal(sr, rate)
      w = Equal(other, sr)
      z = Less(level, half)
      v = Equal(list, rate)
    })");
  EXPECT_EQ(subject.origin("sr"), "16000, which the graph compares it with") << "the first Equal, before any Greater";
  EXPECT_THAT(doubles(subject.make("sr")), ElementsAre(16000));
  EXPECT_THAT(doubles(subject.make("sr", 5)), ElementsAre(16000)) << "one path in all sets";
  EXPECT_THAT(doubles(subject.make("level")), ElementsAre(0.5));
  EXPECT_EQ(subject.origin("list"), "integers in [0, 10)") << "more than one element";
}

TEST(PlanInput, MasksByWhatTheGraphDoesWithThem) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (bool[2, 4] keep, bool[2, 4] drop, int64[2, 4] seen, float[2, 4] attn_mask, float[2, 4] s, bool[2,
      4] plain, bool[2, 4] key_padding_mask)
      => (float[2, 4] a, float[2, 4] b, float[2, 4] c, float[2, 4] d, bool[2, 4] e, bool[2, 4] f)
      <float low = {-3.4e38}, int64 zero = {0}> {
      a = Where(keep, s, low)
      b = Where(drop, low, s)
      isz = Equal(seen, zero)
      c = Where(isz, low, s)
      d = Add(s, attn_mask)
      e = Not(plain)
      f = Not(key_padding_mask)
    })");
  EXPECT_EQ(subject.origin("keep"), "true, a mask that keeps everything");
  EXPECT_EQ(subject.origin("drop"), "false, a mask that keeps everything");
  EXPECT_EQ(subject.origin("seen"), "ones, a mask that keeps everything");
  EXPECT_EQ(subject.origin("attn_mask"), "zeros, a mask that keeps everything") << "added to scores";
  EXPECT_EQ(subject.origin("plain"), "true, one in four false") << "nothing shows that it is a mask";
  EXPECT_EQ(subject.origin("key_padding_mask"), "false, a mask that keeps everything") << "PyTorch: true is padding";
}

TEST(PlanInput, TokensComparedWithPaddingAreNoMask) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[2, 4] ids, float[2, 4] s) => (float[2, 4] a, float[2, 4, 1] e)
      <float low = {-1e9}, int64 pad = {0}, float[9, 1] table = {0, 1, 2, 3, 4, 5, 6, 7, 8}> {
      p = Equal(ids, pad)
      a = Where(p, low, s)
      e = Gather(table, ids)
    })");
  EXPECT_EQ(subject.origin("ids"), "integers in [0, 9), rows of the table they index");
}

TEST(PlanInput, LengthsAreTheLongestAxisOfTheOthers) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[5, 70, 3] x, int64[5] input_lengths) => (float[5, 70, 3] y, int64[5] z) { y = Relu(x)
      z = Abs(input_lengths) })");
  EXPECT_THAT(doubles(subject.make("input_lengths")), Each(70));
}

TEST(PlanInput, Conditions) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (bool c, int64[1] k, bool[400] flags) => (float y, float z, bool[400] w) {
      y = If (c) < then_branch = a () => (float t) { t = Constant<value_float = 1.0>() }, else_branch = b ()
        => (float e) { e = Constant<value_float = 2.0>() } >
      kb = Cast<to = 9>(k)
      z = If (kb) < then_branch = a2 () => (float t2) { t2 = Constant<value_float = 1.0>() },
        else_branch = b2 () => (float e2) { e2 = Constant<value_float = 2.0>() } >
      w = Not(flags)
    })");
  EXPECT_THAT(doubles(subject.make("c")), ElementsAre(1));
  EXPECT_THAT(doubles(subject.make("k")), ElementsAre(1));
  const Tensor flags = subject.make("flags");
  int count = 0;
  for (const std::byte value : flags.bytes()) count += std::to_integer<int>(value);
  EXPECT_NEAR(count, 300, 45);  // 400 · 3/4, five deviations √(400 · 3/16) = 8.7
}

TEST(PlanInput, OperatorsSettings) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 6, 4] boxes, float[1, 1, 6] scores, int64[1] most, float[1] iou, float[1] score, int64[2] shape,
      bool training, int64[1] k)
      => (int64[n, 3] y, float[a, b] z, float[1, 6, 4] w, float[1, 6, d] v, int64[1, 6, d] vi) <float half = {0.5}> {
      y = NonMaxSuppression(boxes, scores, most, iou, score)
      z = Reshape(boxes, shape)
      w = Dropout(boxes, half, training)
      v, vi = TopK(boxes, k)
    })");
  EXPECT_THAT(doubles(subject.make("most")), ElementsAre(100));
  EXPECT_THAT(doubles(subject.make("iou")), ElementsAre(0.5));
  EXPECT_THAT(doubles(subject.make("score")), ElementsAre(0.05));
  EXPECT_THAT(doubles(subject.make("shape")), ElementsAre(1, 1));
  EXPECT_THAT(doubles(subject.make("training")), ElementsAre(0));
  EXPECT_THAT(doubles(subject.make("k")), ElementsAre(1));
}

TEST(PlanInput, OtherIntegersByTheirType) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (int64[3000] a, uint8[3000] b, int8[3000] c) => (int64[3000] x, uint8[3000] y, int8[3000] z) {
      x = Abs(a)  y = Abs(b)  z = Abs(c)
    })");
  const auto range = [&](const char* name) {
    const auto values = integers(subject.make(name));
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return std::pair(*least, *most);
  };
  EXPECT_EQ(range("a"), std::pair(std::int64_t{0}, std::int64_t{9}));
  EXPECT_EQ(range("b"), std::pair(std::int64_t{0}, std::int64_t{255}));
  EXPECT_EQ(range("c"), std::pair(std::int64_t{-128}, std::int64_t{127}));
}

TEST(PlanInput, StringsAreRefused) {
  const Subject subject(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (string[3] words) => (string[3] y) { y = Identity(words) })");
  try {
    subject.plan("words");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_EQ(error.message(), "the input 'words' has elements of type string, for which no samples can be made");
  }
}

}  // namespace
}  // namespace autoaccel::samples
