#include "samples/lettering.h"

#include <gtest/gtest.h>

#include <set>

namespace autoaccel::samples {
namespace {

/// The letter written large on black, as coverage.
std::vector<std::uint8_t> picture_of(const std::string& text, const Lettering& lettering = {40 * kSub, 5 * kSub}) {
  Raster raster(64, 72);
  Random random{1};
  const Texture texture(64, 72, random);
  write_text(raster, text, {10 * kSub, 52 * kSub}, lettering, {{255, 255, 255}, 0, 0}, texture);
  return raster.rgb;
}

TEST(WriteText, EveryCharacterIsDrawnAndDiffers) {
  const std::string all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-:/+!()=";
  std::set<std::vector<std::uint8_t>> pictures;
  const std::vector<std::uint8_t> blank = picture_of(" ");
  for (const char letter : all) {
    const auto picture = picture_of(std::string(1, letter));
    EXPECT_NE(picture, blank) << letter;
    pictures.insert(picture);
  }
  EXPECT_EQ(pictures.size(), all.size() - 1) << "I and l are the same line, as in many fonts; nothing else may be";
}

// "H" with caps 40 high: uprights at columns 0 and 4 of 6 rows → 10 + 4·40/6 = 36.7 from the left; bar at row 5
// of 2..8, half way.
TEST(WriteText, PlacesStrokesOnTheGrid) {
  const auto rgb = picture_of("H");
  const auto at = [&](int x, int y) { return rgb[3 * (y * 64 + x)]; };
  EXPECT_EQ(at(10, 20), 255);
  EXPECT_EQ(at(36, 20), 255);
  EXPECT_EQ(at(23, 20), 0);
  EXPECT_EQ(at(23, 32), 255);
  EXPECT_EQ(at(50, 32), 0);
}

TEST(WriteText, SlantMovesTheTopToTheRight) {
  const auto rgb = picture_of("I", {40 * kSub, 5 * kSub, 64, 0});  // a quarter: the top 10 pixels further
  const auto at = [&](int x, int y) { return rgb[3 * (y * 64 + x)]; };
  EXPECT_EQ(at(10, 52), 255);
  EXPECT_EQ(at(20, 13), 255);
  EXPECT_EQ(at(10, 13), 0);
}

// A letter's advance is its columns + 1.5; "H" has 4, so 5.5 · cap height / 6; a space is 3 wide.
TEST(TextWidth, CountsColumns) {
  const Lettering lettering{60 * kSub, kSub};
  EXPECT_EQ(text_width("H", lettering), 55 * kSub);
  EXPECT_EQ(text_width("H H", lettering), (55 + 30 + 55) * kSub);
  EXPECT_EQ(text_width("", lettering), 0);
}

TEST(SomeText, HasTheLengthAndDrawableCharacters) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random{seed};
    const std::string text = some_text(random, 37);
    ASSERT_EQ(text.size(), 37u);
    for (const char letter : text)
      EXPECT_TRUE(letter == ' ' || picture_of(std::string(1, letter)) != picture_of(" ")) << letter;
  }
}

}  // namespace
}  // namespace autoaccel::samples
