#include "samples/scene.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/files.h"

namespace autoaccel::samples {
namespace {

Raster scene(int width, int height, std::uint64_t variant, std::uint64_t seed = 1) {
  Random random{seed, variant};
  return make_scene(width, height, variant, random);
}

std::string digest(const Raster& raster) {
  return base::sha256_of_text({reinterpret_cast<const char*>(raster.rgb.data()), raster.rgb.size()}).substr(0, 16);
}

double deviation(const Raster& raster) {
  double sum = 0, squares = 0;
  for (const std::uint8_t byte : raster.rgb) sum += byte, squares += double(byte) * byte;
  const double mean = sum / raster.rgb.size();
  return std::sqrt(squares / raster.rgb.size() - mean * mean);
}

TEST(SceneKind, GoesBySize) {
  EXPECT_EQ(scene_kind(640, 640), SceneKind::picture);
  EXPECT_EQ(scene_kind(320, 48), SceneKind::text_line);
  EXPECT_EQ(scene_kind(192, 48), SceneKind::text_line);
  EXPECT_EQ(scene_kind(1920, 720), SceneKind::picture) << "too high for a line";
  EXPECT_EQ(scene_kind(48, 320), SceneKind::picture);
  EXPECT_EQ(scene_kind(28, 28), SceneKind::symbol);
}

// These change whenever what is drawn does, and then on purpose: they pin that a seed gives the same bytes on every
// machine.
TEST(MakeScene, GivesTheSameBytesOnEveryMachine) {
  EXPECT_EQ(digest(scene(320, 240, 0)), "79437e5d991f0dac");
  EXPECT_EQ(digest(scene(320, 240, 1)), "d67f1ae3c3c93be7");
  EXPECT_EQ(digest(scene(320, 240, 2)), "9dc3d81c7dda5b96");
  EXPECT_EQ(digest(scene(320, 240, 3)), "4efb3b6bf60c6ebc");
  EXPECT_EQ(digest(scene(320, 48, 0)), "06eaf5e627f25364");
  EXPECT_EQ(digest(scene(28, 28, 1)), "3f5a3c8a95903df4");
}

TEST(MakeScene, DiffersByVariantAndSeed) {
  std::set<std::string> digests;
  for (std::uint64_t variant = 0; variant < 8; ++variant) {
    for (std::uint64_t seed = 1; seed < 4; ++seed) digests.insert(digest(scene(160, 120, variant, seed)));
  }
  EXPECT_EQ(digests.size(), 24u);
}

TEST(MakeScene, HasTheContrastOfAPicture) {
  for (std::uint64_t variant = 0; variant < 8; ++variant) {
    EXPECT_GT(deviation(scene(320, 320, variant)), 12) << variant;
    EXPECT_GT(deviation(scene(320, 48, variant)), 25) << variant;
    EXPECT_GT(deviation(scene(28, 28, variant)), 20) << variant;
  }
}

/// Columns in which the writing differs from the ground: brightest and darkest pixel of the column far apart.
int written_columns(const Raster& raster) {
  int columns = 0;
  for (int x = 0; x < raster.width; ++x) {
    int least = 255, most = 0;
    for (int y = 0; y < raster.height; ++y)
      least = std::min<int>(least, raster.row(y)[3 * x + 1]), most = std::max<int>(most, raster.row(y)[3 * x + 1]);
    columns += most - least > 80;
  }
  return columns;
}

TEST(MakeScene, AWideLowPictureIsFilledByOneLine) {
  for (std::uint64_t variant = 0; variant < 8; ++variant)
    EXPECT_GT(written_columns(scene(320, 48, variant)), 320 / 2) << variant;
}

TEST(MakeScene, WorksAtEverySize) {
  for (const int width : {1, 2, 3, 7, 41, 200}) {
    for (const int height : {1, 2, 5, 42, 90}) {
      for (std::uint64_t variant = 0; variant < 4; ++variant) EXPECT_EQ(scene(width, height, variant).width, width);
    }
  }
}

TEST(MakeRegion, IsBlackAndWhiteAndNeitherEmptyNorFull) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random{seed};
    const Raster raster = make_region(100, 80, random);
    double white = 0;
    for (const std::uint8_t byte : raster.rgb) {
      ASSERT_TRUE(byte == 0 || byte == 255);
      white += byte == 255;
    }
    EXPECT_GT(white / raster.rgb.size(), 0.1);  // π · 0.2² = 0.126
    EXPECT_LT(white / raster.rgb.size(), 0.5);  // π · 0.38² = 0.454
  }
}

}  // namespace
}  // namespace autoaccel::samples
