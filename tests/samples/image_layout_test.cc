#include "samples/image_layout.h"

#include <gtest/gtest.h>

namespace autoaccel::samples {
namespace {

/// `channels rows columns` as axes, or `none`.
std::string layout(const Shape& shape, bool bytes = false) {
  const auto found = image_layout(shape, bytes);
  if (!found) return "none";
  return std::to_string(found->channels) + std::to_string(found->rows) + std::to_string(found->columns);
}

TEST(ImageLayout, ChannelsFirst) {
  EXPECT_EQ(layout({1, 3, 640, 640}), "123");
  EXPECT_EQ(layout({8, 1, 28, 28}), "123");
  EXPECT_EQ(layout({1, 4, 64, 64}), "123");
  EXPECT_EQ(layout({3, 480, 640}), "012");
}

TEST(ImageLayout, ChannelsLast) {
  EXPECT_EQ(layout({1, 224, 224, 3}), "312");
  EXPECT_TRUE(image_layout({1, 224, 224, 3}, false)->channels_last());
  EXPECT_EQ(layout({480, 640, 3}), "201");
}

TEST(ImageLayout, Videos) {
  EXPECT_EQ(layout({1, 16, 3, 112, 112}), "234") << "frames, channels";
  EXPECT_EQ(layout({1, 3, 16, 112, 112}), "134") << "channels, frames";
  EXPECT_EQ(layout({1, 16, 112, 112, 3}), "423");
}

TEST(ImageLayout, NotPictures) {
  EXPECT_EQ(layout({1, 9, 64, 64}), "none");
  EXPECT_EQ(layout({1, 3, 1, 16}), "none") << "too low";
  EXPECT_EQ(layout({3, 1024, 3}), "none") << "points";
  EXPECT_EQ(layout({1, 3, 1000, 8}), "none") << "a strip of 125 to 1";
  EXPECT_EQ(layout({1, 80, 3000}), "none") << "features over time";
  EXPECT_EQ(layout({1, 512}), "none");
  EXPECT_EQ(layout({}), "none");
}

TEST(ImageLayout, OneChannelOfRankThreeNeedsBytes) {
  EXPECT_EQ(layout({480, 640, 1}), "none");
  EXPECT_EQ(layout({480, 640, 1}, true), "201");
}

}  // namespace
}  // namespace autoaccel::samples
