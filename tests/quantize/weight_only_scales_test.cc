#include "quantize/weight_only_scales.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "support/models.h"

namespace autoaccel::quantize {
namespace {

using Octets = std::vector<std::uint8_t>;

/// Back to numbers, by the definition of the layout.
double error_of(const BlockLayout& layout, const BlockScales& scales, const std::vector<float>& values) {
  Octets q(values.size());
  quantize(layout, scales, 0, values, q);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t block = i / layout.group() * layout.inner + i % layout.inner;
    const double back = (static_cast<double>(q[i]) - scales.zero_point[block]) * scales.scale[block];
    sum += (values[i] - back) * (values[i] - back);
  }
  return sum;
}

std::vector<float> normal_numbers(std::size_t count) {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& x : values) x = normal(engine);
  return values;
}

TEST(Quantize, TakesTheScaleOfTheBlock) {
  const BlockScales scales{.bits = 8, .scale = {1, 2, 4}, .zero_point = {0, 100, 7}};
  Octets q(6);
  // Rows: blocks of two neighbours. 6 / 2 + 100 = 103, 6 / 4 = 1.5 → 2.
  quantize({.block = 2, .inner = 1}, scales, 0, std::vector<float>{6, 6, 6, 6, 6, 6}, q);
  EXPECT_EQ(q, (Octets{6, 6, 103, 103, 9, 9}));
  // Three columns, two rows deep: one group.
  quantize({.block = 2, .inner = 3}, scales, 0, std::vector<float>{6, 6, 6, 1, 2, 4}, q);
  EXPECT_EQ(q, (Octets{6, 103, 9, 1, 101, 8}));
}

TEST(Quantize, KnowsTheBlockOfAnyPlace) {
  const std::vector<float> values = normal_numbers(4 * 6 * 5);
  for (const BlockLayout layout : {BlockLayout{.block = 2, .inner = 5}, BlockLayout{.block = 4, .inner = 1}}) {
    const BlockScales scales = choose_scales(layout, 4, values);
    Octets whole(values.size());
    quantize(layout, scales, 0, values, whole);
    const std::size_t step = layout.inner == 1 ? layout.block : layout.inner;
    Octets parts(values.size());
    for (std::size_t at = 0; at < values.size(); at += step)
      quantize(layout, scales, at, std::span(values).subspan(at, step), std::span(parts).subspan(at, step));
    EXPECT_EQ(parts, whole);
  }
}

TEST(ChooseScales, KeepsWhatIsExact) {
  std::vector<float> values;  // two columns: 0 … 255, and −100 … 155, each of 256 steps of 1 or 0.5
  for (int i = 0; i < 256; ++i) {
    values.push_back(static_cast<float>(i));
    values.push_back(static_cast<float>(i - 100) * 0.5F);
  }
  const BlockScales scales = choose_scales({.block = 256, .inner = 2}, 8, values);
  EXPECT_EQ(scales.scale, (std::vector<float>{1, 0.5F}));
  EXPECT_EQ(scales.zero_point, (Octets{0, 100}));
  EXPECT_EQ(scales.error, 0);
  EXPECT_EQ(error_of({.block = 256, .inner = 2}, scales, values), 0);
}

TEST(ChooseScales, IsThirdOfADecibelAboveRoundingToNearest) {
  const std::vector<float> values = normal_numbers(32 * 1000);
  const BlockLayout layout{.block = 32, .inner = 1};
  const BlockScales chosen = choose_scales(layout, 4, values);
  BlockScales nearest{.bits = 4, .scale = {}, .zero_point = {}};
  for (std::size_t at = 0; at < values.size(); at += 32) {
    const auto [low, high] = std::minmax_element(values.begin() + at, values.begin() + at + 32);
    nearest.scale.push_back((*high - *low) / 15);
    nearest.zero_point.push_back(static_cast<std::uint8_t>(std::nearbyint(-*low / nearest.scale.back())));
  }
  EXPECT_LT(error_of(layout, chosen, values), error_of(layout, nearest, values) * 0.926);  // 10^(−1/30)
  EXPECT_LE(error_of(layout, chosen, values), chosen.error * (1 + 1e-5));
}

TEST(ChooseScales, TakesAnyNumberOfColumns) {
  for (const std::size_t columns : {1U, 3U, 8U, 13U, 24U}) {  // tiles of 8, of which some lie across groups
    const BlockLayout layout{.block = 16, .inner = columns};
    const std::vector<float> values = normal_numbers(3 * layout.group());
    const BlockScales scales = choose_scales(layout, 4, values);
    ASSERT_EQ(scales.scale.size(), 3 * columns);
    for (std::size_t block = 0; block < scales.scale.size(); ++block) {  // as the same numbers in a row
      std::vector<float> row;
      for (std::size_t t = 0; t < 16; ++t)
        row.push_back(values[block / columns * layout.group() + t * columns + block % columns]);
      const BlockScales alone = choose_scales({.block = 16, .inner = 1}, 4, row);
      EXPECT_EQ(scales.scale[block], alone.scale[0]);
      EXPECT_EQ(scales.zero_point[block], alone.zero_point[0]);
    }
  }
}

TEST(ChooseScales, GivesNoneForWhatHasNoRange) {
  using Limits = std::numeric_limits<float>;
  for (const float x : {Limits::quiet_NaN(), Limits::infinity(), Limits::max()}) {
    std::vector<float> values(64, -1.0F);
    values[40] = x;
    const BlockScales scales = choose_scales({.block = 2, .inner = 1}, 8, values);
    EXPECT_TRUE(scales.scale.empty()) << x;
    EXPECT_TRUE(scales.zero_point.empty()) << x;
  }
}

TEST(ChooseScales, ReadsManyTensorsInPieces) {
  model::Model model = test_support::model_from_text(
      "<ir_version: 8, opset_import: [\"\" : 17]> "
      "net (float[N] x) => (float[N] y) { y = Neg(x) }");
  // 3 MB in groups of 40 kB: several pieces of 512 kB, the last shorter.
  const BlockLayout columns{.block = 32, .inner = 320}, rows{.block = 32, .inner = 1};
  const onnx::TensorProto large = test_support::random_tensor("large", ElementType::float32, {2400, 320}, 1);
  const onnx::TensorProto small = test_support::random_tensor("small", ElementType::float32, {5, 64}, 2);
  onnx::TensorProto broken = small;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(broken.mutable_raw_data()->data() + 400, &nan, sizeof(nan));
  const std::vector<ScaleJob> jobs{{&large, columns, 4}, {&broken, rows, 8}, {&small, rows, 8}};
  const std::vector<BlockScales> found = choose_scales(model, jobs);
  ASSERT_EQ(found.size(), 3U);
  for (const std::size_t i : {0U, 2U}) {
    const Tensor values = model.read_weight(*jobs[i].tensor);
    const BlockScales alone = choose_scales(jobs[i].layout, jobs[i].bits, values.as<float>());
    EXPECT_EQ(found[i].bits, jobs[i].bits);
    EXPECT_EQ(found[i].scale, alone.scale);
    EXPECT_EQ(found[i].zero_point, alone.zero_point);
    EXPECT_NEAR(found[i].error, alone.error, alone.error * 1e-9);
    EXPECT_NEAR(found[i].energy, alone.energy, alone.energy * 1e-9);
  }
  EXPECT_TRUE(found[1].scale.empty());
}

TEST(PackNibbles, PutsTheFirstIntoTheLowerHalf) {
  for (std::size_t count = 1; count < 20; ++count) {
    Octets from(count), to((count + 1) / 2, 0xff);
    for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::uint8_t>((i * 7 + 3) % 16);
    pack_nibbles(from, to);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(to[i / 2] >> (i % 2 * 4) & 15, from[i]) << count << " " << i;
    if (count % 2 == 1) {
      EXPECT_EQ(to.back() >> 4, 0);
    }
  }
}

}  // namespace
}  // namespace autoaccel::quantize
