#include "quantize/block_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace autoaccel::quantize {
namespace {

using Limits = std::numeric_limits<float>;

constexpr std::array kAsItIs{1.0F};
constexpr std::array kSome{1.05F, 1.0F, 0.9F, 0.8F};

/// Blocks of `block` numbers side by side, all from `values`, column by column.
std::vector<float> tile_of(std::size_t block, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> tile(block * kTileBlocks);
  for (float& x : tile) x = normal(engine);
  return tile;
}

std::uint8_t level(float x, float scale, int zero, float steps) {
  const double q = std::nearbyint(static_cast<double>(x) / scale) + zero;
  return static_cast<std::uint8_t>(std::clamp(q, 0.0, static_cast<double>(steps)));
}

/// Σ (x − what is stored)² of one lane.
double error_of(const std::vector<float>& tile, std::size_t lane, float scale, int zero, float steps) {
  double sum = 0;
  for (std::size_t i = lane; i < tile.size(); i += kTileBlocks) {
    const double back = (static_cast<double>(level(tile[i], scale, zero, steps)) - zero) * scale;
    sum += (tile[i] - back) * (tile[i] - back);
  }
  return sum;
}

TEST(BlockKernels, GiveTheSameBits) {
  for (const float steps : {15.0F, 255.0F}) {
    const std::vector<float> tile = tile_of(32, 3);
    BlockChoice first;
    block_kernels().front().choose(tile.data(), 32, {.steps = steps, .parts = kSome}, first);
    for (const BlockKernels& kernels : block_kernels()) {
      BlockChoice choice;
      kernels.choose(tile.data(), 32, {.steps = steps, .parts = kSome}, choice);
      EXPECT_EQ(choice.scale, first.scale) << kernels.name;
      EXPECT_EQ(choice.zero_point, first.zero_point) << kernels.name;
      EXPECT_EQ(choice.error, first.error) << kernels.name;
      EXPECT_EQ(choice.energy, first.energy) << kernels.name;
    }
  }
}

TEST(BlockKernels, ChooseWhatIsExact) {
  // Lane l holds (0 … 15) − l, times 2^l: 16 steps of 2^l, zero point l.
  std::vector<float> tile(16 * kTileBlocks);
  for (std::size_t t = 0; t < 16; ++t) {
    for (std::size_t lane = 0; lane < kTileBlocks; ++lane)
      tile[t * kTileBlocks + lane] =
          std::ldexp(static_cast<float>(t) - static_cast<float>(lane), static_cast<int>(lane));
  }
  for (const BlockKernels& kernels : block_kernels()) {
    BlockChoice choice;
    kernels.choose(tile.data(), 16, {.steps = 15, .parts = kAsItIs}, choice);
    for (std::size_t lane = 0; lane < kTileBlocks; ++lane) {
      EXPECT_EQ(choice.scale[lane], std::ldexp(1.0F, static_cast<int>(lane)));
      EXPECT_EQ(choice.zero_point[lane], lane);
      EXPECT_EQ(choice.error[lane], 0);
    }
  }
}

TEST(BlockKernels, RefitTheScaleToTheIntegers) {
  // 15 and fourteen times 1.4: in steps of 1 they are 15 and 1. The scale that fits them best is
  // Σ k x / Σ k² = (15 · 15 + 14 · 1 · 1.4) / (15² + 14) = 244.6 / 239, and gives the same integers.
  std::vector<float> tile(15 * kTileBlocks, 1.4F);
  for (std::size_t lane = 0; lane < kTileBlocks; ++lane) tile[lane] = 15;
  BlockChoice choice;
  block_kernels().back().choose(tile.data(), 15, {.steps = 15, .parts = kAsItIs}, choice);
  EXPECT_NEAR(choice.scale[5], 244.6 / 239, 1e-6);
  EXPECT_EQ(choice.zero_point[5], 0);
  // Σ x² − (Σ k x)² / Σ k² = 225 + 27.44 − 244.6² / 239
  EXPECT_NEAR(choice.error[5], 252.44 - 244.6 * 244.6 / 239, 1e-4);
  EXPECT_NEAR(choice.energy[5], 252.44, 1e-4);
}

TEST(BlockKernels, ReportTheErrorAndBeatTheRangeAsItIs) {
  const std::vector<float> tile = tile_of(32, 9);
  for (const float steps : {15.0F, 255.0F}) {
    BlockChoice choice;
    block_kernels().back().choose(tile.data(), 32, {.steps = steps, .parts = kSome}, choice);
    double chosen = 0, as_it_is = 0;
    for (std::size_t lane = 0; lane < kTileBlocks; ++lane) {
      const double error = error_of(tile, lane, choice.scale[lane], choice.zero_point[lane], steps);
      EXPECT_LE(error, choice.error[lane] * (1 + 1e-4));
      EXPECT_GE(error, choice.error[lane] * 0.8);
      chosen += error;
      float low = 0, high = 0;
      for (std::size_t i = lane; i < tile.size(); i += kTileBlocks) {
        low = std::min(low, tile[i]);
        high = std::max(high, tile[i]);
      }
      const float scale = (high - low) / steps;
      as_it_is += error_of(tile, lane, scale, static_cast<int>(std::nearbyint(-low / scale)), steps);
    }
    EXPECT_LT(chosen, 0.97 * as_it_is);
  }
}

TEST(BlockKernels, HaveAScaleForZerosAndForTheSmallest) {
  std::vector<float> tile(4 * kTileBlocks, 0.0F);
  tile[1] = 1e-42F;  // smaller than any scale: becomes 0
  tile[2] = 3e-37F;
  BlockChoice choice;
  block_kernels().back().choose(tile.data(), 4, {.steps = 255, .parts = kAsItIs}, choice);
  EXPECT_TRUE(choice.is_usable);
  EXPECT_EQ(choice.scale[0], 1);
  EXPECT_EQ(choice.zero_point[0], 0);
  EXPECT_EQ(choice.scale[1], Limits::min());
  EXPECT_GE(choice.scale[2], Limits::min());
}

TEST(BlockKernels, RefuseWhatHasNoRange) {
  for (const float x : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max()}) {
    std::vector<float> tile(4 * kTileBlocks, -1.0F);
    tile[2 * kTileBlocks + 6] = x;
    for (const BlockKernels& kernels : block_kernels()) {
      BlockChoice choice;
      kernels.choose(tile.data(), 4, {.steps = 15, .parts = kSome}, choice);
      EXPECT_FALSE(choice.is_usable) << x;
    }
  }
}

TEST(BlockKernels, RoundHalfToEvenAndSaturate) {
  const std::vector<float> values{0.5F,
                                  1.5F,
                                  2.5F,
                                  -0.5F,
                                  -1.5F,
                                  -10.5F,
                                  -11.0F,
                                  -1e30F,
                                  244.5F,
                                  245.5F,
                                  300.0F,
                                  1e30F,
                                  -0.0F,
                                  3e-45F,
                                  Limits::infinity(),
                                  -Limits::infinity(),
                                  Limits::quiet_NaN()};
  const std::vector<std::uint8_t> expected{10, 12, 12, 10, 8, 0, 0, 0, 254, 255, 255, 255, 10, 10, 255, 0, 0};
  const std::vector<float> scales(values.size(), 1.0F);
  const std::vector<std::uint8_t> zero_points(values.size(), 10);
  for (const BlockKernels& kernels : block_kernels()) {
    std::vector<std::uint8_t> q(values.size());
    kernels.quantize(values.data(), values.size(), scales.data(), zero_points.data(), 255, q.data());
    EXPECT_EQ(q, expected) << kernels.name;
    std::vector<std::uint8_t> run(values.size());
    kernels.quantize_run(values.data(), values.size(), 1, 10, 255, run.data());
    EXPECT_EQ(run, expected) << kernels.name;
  }
}

TEST(BlockKernels, QuantizeEachElementWithItsOwnScale) {
  std::mt19937 engine(5);
  std::normal_distribution<float> normal(0, 3);
  for (const std::size_t count : {1U, 7U, 8U, 9U, 100U}) {
    std::vector<float> values(count), scales(count);
    std::vector<std::uint8_t> zero_points(count);
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = normal(engine);
      scales[i] = std::abs(normal(engine)) + 0.1F;
      zero_points[i] = static_cast<std::uint8_t>(i % 16);
    }
    for (const BlockKernels& kernels : block_kernels()) {
      std::vector<std::uint8_t> q(count, 99);
      kernels.quantize(values.data(), count, scales.data(), zero_points.data(), 15, q.data());
      for (std::size_t i = 0; i < count; ++i) {
        // Division in float32, as QuantizeLinear has it.
        const float quotient = values[i] / scales[i];
        EXPECT_EQ(q[i], level(quotient, 1, zero_points[i], 15)) << kernels.name << " " << i;
      }
    }
  }
}

TEST(BlockKernels, AddAndSubtractRows) {
  for (const BlockKernels& kernels : block_kernels()) {
    for (const std::size_t count : {0U, 1U, 4U, 7U}) {
      std::vector<float> factors(count), rows(count * kTileBlocks), to(kTileBlocks, 0.5F);
      for (std::size_t i = 0; i < count; ++i) {
        factors[i] = static_cast<float>(i) - 2;
        for (std::size_t lane = 0; lane < kTileBlocks; ++lane)
          rows[i * kTileBlocks + lane] = static_cast<float>(i * 10 + lane);
      }
      kernels.add_rows(factors.data(), count, rows.data(), to.data());
      for (std::size_t lane = 0; lane < kTileBlocks; ++lane) {
        float expected = 0.5F;  // small integers: exact in any order
        for (std::size_t i = 0; i < count; ++i)
          expected += (static_cast<float>(i) - 2) * static_cast<float>(i * 10 + lane);
        EXPECT_EQ(to[lane], expected) << kernels.name << " " << count;
      }
    }
    for (const std::size_t size : {1U, 15U, 16U, 37U}) {
      std::vector<double> to(size, 3), rows(2 * 40);
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<double>(i);
      const double factors[] = {2, -1};
      kernels.subtract_rows(to.data(), size, factors, 2, rows.data(), 40);
      // 3 − 2 i + (40 + i)
      for (std::size_t i = 0; i < size; ++i)
        EXPECT_EQ(to[i], 43 - static_cast<double>(i)) << kernels.name << " " << size;
    }
  }
}

}  // namespace
}  // namespace autoaccel::quantize
