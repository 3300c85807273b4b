#include "samples/text_bytes.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace autoaccel::samples {
namespace {

std::string text(std::uint64_t variant, std::size_t length = 500) {
  Random random{1, variant};
  return text_bytes(variant, length, random);
}

TEST(TextBytes, RotatesKindsOfFiles) {
  EXPECT_TRUE(text(1).starts_with("#!/usr/bin/env python3\n"));
  EXPECT_TRUE(text(2).starts_with("id,name,amount,state\n"));
  EXPECT_TRUE(text(3).starts_with("<!DOCTYPE html>\n"));
  EXPECT_TRUE(text(5).starts_with("#!/usr/bin/env python3\n"));
  EXPECT_NE(text(1), text(5)) << "the same kind, another text";
}

TEST(TextBytes, HasTheLengthAndNoPlaceholders) {
  for (std::uint64_t variant = 0; variant < 8; ++variant) {
    for (const std::size_t length : {0, 1, 7, 2048}) {
      const std::string made = text(variant, length);
      EXPECT_EQ(made.size(), length);
      EXPECT_EQ(made.find('%'), std::string::npos);
      for (const char byte : made) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~'));
    }
  }
}

TEST(TextBytes, GivesTheSameBytesOnEveryMachine) {
  EXPECT_EQ(base::sha256_of_text(text(0)).substr(0, 16), "cf213900c01edaed");
  EXPECT_EQ(base::sha256_of_text(text(1)).substr(0, 16), "da9a445fb60c3666");
}

}  // namespace
}  // namespace autoaccel::samples
