#include "samples/raster.h"

#include <gtest/gtest.h>

#include <cmath>

namespace autoaccel::samples {
namespace {

std::int64_t covered(const Mask& mask) {
  std::int64_t sum = 0;
  for (int y = mask.top(); y < mask.bottom(); ++y) {
    for (int x = mask.left(); x < mask.right(); ++x) sum += mask.row(y)[x - mask.left()];
  }
  return sum;
}

TEST(IntegerRoot, IsTheFloorOfTheRoot) {
  for (std::int64_t root = 0; root < 2000; ++root) {
    EXPECT_EQ(integer_root(root * root), root);
    if (root > 0) {
      EXPECT_EQ(integer_root(root * root - 1), root - 1);
    }
  }
  EXPECT_EQ(integer_root(INT64_C(4611686014132420609)), 2147483647);  // (2^31 − 1)²
}

// A dot of radius 10 pixels has an area of π·100 = 314.2 pixels; anti-aliasing keeps it within 1 %.
TEST(Mask, ADotHasTheAreaOfACircle) {
  const Raster raster(40, 40);
  Mask mask(raster, 0, 0, 40, 40);
  mask.add_stroke({20 * kSub, 20 * kSub}, {20 * kSub, 20 * kSub}, 10 * kSub);
  EXPECT_NEAR(covered(mask) / 255.0, 314.2, 3.2);
  EXPECT_EQ(mask.row(20)[20], 255);
  EXPECT_EQ(mask.row(20)[5], 0);
}

// Length 20, width 6: 120 and a circle of radius 3 for the ends, 28.3.
TEST(Mask, AStrokeHasRoundEnds) {
  const Raster raster(60, 60);
  Mask mask(raster, 0, 0, 60, 60);
  mask.add_stroke({20 * kSub, 20 * kSub}, {32 * kSub, 36 * kSub}, 3 * kSub);  // 12, 16, 20
  EXPECT_NEAR(covered(mask) / 255.0, 148.3, 2.5);
}

// π · 15 · 8 = 377.
TEST(Mask, AnEllipseHasItsArea) {
  const Raster raster(60, 60);
  Mask mask(raster, 0, 0, 60, 60);
  mask.add_ellipse({30 * kSub, 30 * kSub}, 15 * kSub, 8 * kSub);
  EXPECT_NEAR(covered(mask) / 255.0, 377, 8);
  EXPECT_EQ(mask.row(30)[43], 255);
  EXPECT_EQ(mask.row(43)[30], 0);
}

TEST(Mask, APolygonIsTheSameInBothDirections) {
  const Raster raster(40, 40);
  const std::array<Point, 4> corners = {
      {{5 * kSub, 5 * kSub}, {30 * kSub, 8 * kSub}, {28 * kSub, 30 * kSub}, {8 * kSub, 25 * kSub}}};
  const std::array<Point, 4> back = {{corners[3], corners[2], corners[1], corners[0]}};
  Mask forward(raster, 0, 0, 40, 40), backward(raster, 0, 0, 40, 40);
  forward.add_polygon(corners);
  backward.add_polygon(back);
  EXPECT_EQ(covered(forward), covered(backward));
  // Shoelace: ½ |Σ xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ| = ½ |(40−150) + (900−224) + (700−240) + (40−125)| = 470.5
  EXPECT_NEAR(covered(forward) / 255.0, 470.5, 5);
}

TEST(Mask, IsCutAtThePicture) {
  const Raster raster(10, 10);
  Mask mask(raster, -50, -50, 100, 100);
  EXPECT_EQ(mask.left(), 0);
  EXPECT_EQ(mask.bottom(), 10);
  mask.add_ellipse({5 * kSub, 5 * kSub}, 100 * kSub, 100 * kSub);
  EXPECT_EQ(covered(mask), 255 * 100);
  EXPECT_TRUE(Mask(raster, 20, 20, 30, 30).empty());
}

TEST(FillGradient, ReachesTheColoursOfTheCorners) {
  Raster raster(65, 33);
  fill_gradient(raster, {Colour{0, 10, 20}, Colour{200, 10, 20}, Colour{0, 90, 20}, Colour{200, 90, 220}});
  EXPECT_NEAR(raster.row(0)[0], 0, 1);
  EXPECT_NEAR(raster.row(0)[3 * 64], 200, 1);
  EXPECT_NEAR(raster.row(32)[3 * 64 + 2], 220, 1);
  EXPECT_NEAR(raster.row(16)[3 * 32], 100, 1);
  EXPECT_NEAR(raster.row(16)[1], 50, 1);
}

TEST(Paint, CoversWhereTheMaskDoesAndByItsOpacity) {
  Raster raster(8, 4);
  Random random{1};
  const Texture texture(8, 4, random);
  Mask mask(raster, 2, 1, 6, 3);
  const std::array<Point, 4> all = {{{0, 0}, {8 * kSub, 0}, {8 * kSub, 4 * kSub}, {0, 4 * kSub}}};
  mask.add_polygon(all);
  paint(raster, mask, {{200, 100, 50}, 0, 0}, texture);
  EXPECT_EQ(raster.row(1)[3 * 2], 200);
  EXPECT_EQ(raster.row(2)[3 * 5 + 2], 50);
  EXPECT_EQ(raster.row(0)[3 * 3], 0);
  EXPECT_EQ(raster.row(1)[3 * 6], 0);
  paint(raster, mask, {{0, 0, 0}, 0, 0}, texture, 128);
  EXPECT_NEAR(raster.row(1)[3 * 2], 100, 2);
}

/// Mean square difference of neighbours `step` apart, in both directions.
double roughness(const Texture& texture, int step) {
  double sum = 0, count = 0;
  for (int y = 0; y + step < texture.height(); ++y) {
    for (int x = 0; x + step < texture.width(); ++x) {
      sum += std::pow(texture.row(y)[x] - texture.row(y)[x + step], 2) +
             std::pow(texture.row(y)[x] - texture.row(y + step)[x], 2);
      count += 2;
    }
  }
  return sum / count;
}

TEST(Texture, HasMoreOfTheLongWaves) {
  Random random{1};
  const Texture texture(301, 203, random);
  EXPECT_EQ(texture.width(), 301);
  EXPECT_EQ(texture.height(), 203);
  EXPECT_GT(roughness(texture, 8), 1.5 * roughness(texture, 1));
  EXPECT_GT(roughness(texture, 64), 1.5 * roughness(texture, 8));
}

TEST(Texture, IsMadeAtEverySize) {
  for (int width = 1; width < 20; ++width) {
    for (int height = 1; height < 20; ++height) {
      Random random{1};
      EXPECT_EQ(Texture(width, height, random).width(), width);  // the address sanitizer sees the rest
    }
  }
}

}  // namespace
}  // namespace autoaccel::samples
