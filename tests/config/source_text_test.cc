#include "config/source_text.h"

#include <gtest/gtest.h>

namespace autoaccel::config {
namespace {

TEST(SourceText, CountsCharactersNotBytes) {
  const SourceText source("a\nüb ü\r\nlast", "f.yml");
  const SourceLocation place = source.at(1, 2, 4);  // `b ü` of line 2: ü is bytes 0 and 1, b is byte 2
  EXPECT_EQ(place.file, "f.yml");
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.column, 2);
  EXPECT_EQ(place.length, 3);
  EXPECT_EQ(place.line_text, "üb ü");
}

TEST(SourceText, FindsTheLineOfAByte) {
  const SourceText source("ab\ncd\n", "f.yml");
  EXPECT_EQ(source.at_byte(0).line, 1);
  EXPECT_EQ(source.at_byte(2).column, 3);  // the newline itself
  EXPECT_EQ(source.at_byte(3).line, 2);
  EXPECT_EQ(source.at_byte(4).column, 2);
  EXPECT_EQ(source.at_byte(6).line, 3);  // the end
  EXPECT_EQ(source.line(7), "");
}

TEST(SourceText, CutsPlacesAtTheEndOfTheLine) {
  const SourceText source("abc", "f.yml");
  EXPECT_EQ(source.at(0, 1, 100).length, 2);
  EXPECT_EQ(source.at(0, 100, 5).column, 4);
  EXPECT_EQ(source.at(0, 100, 5).length, 1);
}

TEST(SourceText, FindsIllFormedUtf8) {
  constexpr std::size_t kNone = std::string_view::npos;
  EXPECT_EQ(find_ill_formed(""), kNone);
  EXPECT_EQ(find_ill_formed("aé€😀"), kNone);
  EXPECT_EQ(find_ill_formed("\xF4\x8F\xBF\xBF"), kNone);  // U+10FFFF, the last
  EXPECT_EQ(find_ill_formed("ab\x80"), 2u);               // a continuation alone
  EXPECT_EQ(find_ill_formed("\xC1\xBF"), 0u);             // overlong
  EXPECT_EQ(find_ill_formed("a\xE0\x9F\xBF"), 1u);        // overlong
  EXPECT_EQ(find_ill_formed("\xF0\x8F\xBF\xBF"), 0u);     // overlong
  EXPECT_EQ(find_ill_formed("\xED\xA0\x80"), 0u);         // a surrogate
  EXPECT_EQ(find_ill_formed("\xF4\x90\x80\x80"), 0u);     // above U+10FFFF
  EXPECT_EQ(find_ill_formed("\xE2\x82"), 0u);             // cut short
}

}  // namespace
}  // namespace autoaccel::config
