#include "base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace autoaccel::base {
namespace {

const std::vector<std::string> kRuntimes = {"onnxruntime", "openvino", "tensorrt"};

TEST(Closest, FindsTypos) {
  EXPECT_EQ(closest("openvno", kRuntimes), "openvino");    // one missing
  EXPECT_EQ(closest("opnevino", kRuntimes), "openvino");   // neighbours swapped: distance 1
  EXPECT_EQ(closest("OpenVINO", kRuntimes), "openvino");   // case does not count
  EXPECT_EQ(closest("tensort", kRuntimes), "tensorrt");
}

TEST(Closest, GivesNothingBeyondAThirdOfTheLongerLength) {
  const std::vector<std::string> six = {"abcdef"};
  EXPECT_EQ(closest("abcdxy", six), "abcdef");        // 2 of 6
  EXPECT_EQ(closest("abcxyz", six), std::nullopt);    // 3 of 6
  EXPECT_EQ(closest("ab", std::vector<std::string>{"abc"}), "abc");  // 1 of 3
  EXPECT_EQ(closest("x", std::vector<std::string>{"y"}), std::nullopt);
  EXPECT_EQ(closest("", kRuntimes), std::nullopt);
  EXPECT_EQ(closest("openvino", std::vector<std::string>{}), std::nullopt);
  EXPECT_EQ(closest(std::string(1 << 20, 'x'), kRuntimes), std::nullopt);  // and at once
}

TEST(Closest, PrefersTheNearestThenTheFirst) {
  const std::vector<std::string> names = {"precisions", "precision", "precisiom"};
  EXPECT_EQ(closest("precision", names), "precision");
  EXPECT_EQ(closest("precisio", names), "precision");
  EXPECT_EQ(closest("ac", std::vector<std::string>{"abcd", "acd", "abc"}), "acd");
}

TEST(Suggestion, AsksOrLists) {
  EXPECT_EQ(suggestion("openvno", kRuntimes), "did you mean 'openvino'?");
  EXPECT_EQ(suggestion("zzz", kRuntimes), "known: onnxruntime, openvino, tensorrt");
  EXPECT_EQ(suggestion("zzz", std::vector<std::string>{}), "");
  EXPECT_EQ(suggestion("a\x1bX", std::vector<std::string>{"a\x1bY"}), "did you mean 'a\\x1BY'?");
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i) many.push_back("n" + std::to_string(i));
  EXPECT_EQ(suggestion("quite another", many), "known: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, … (20 in all)");
}

TEST(Printable, LeavesOrdinaryTextOfAnyScript) {
  for (const std::string text : {"conv_1/Relu:0", "größe", "入力", "a\\x1Bb", "🙂", ""}) EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesWhatMovesOrHidesText) {
  EXPECT_EQ(printable("a\nb\tc\x7f"), "a\\x0Ab\\x09c\\x7F");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\x1b[31mred"), "\\x1B[31mred");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u{009B}");            // C1 control sequence introducer
  EXPECT_EQ(printable("a\xe2\x80\xae" "b"), "a\\u{202E}b");  // right-to-left override
  EXPECT_EQ(printable("\xe2\x81\xa6"), "\\u{2066}");         // left-to-right isolate
  EXPECT_EQ(printable("\xe2\x80\x8b"), "\\u{200B}");         // zero-width space
  EXPECT_EQ(printable("\xef\xbb\xbf"), "\\u{FEFF}");
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\u{E0041}");    // a tag character
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xff" "b"), "a\\xFFb");
  EXPECT_EQ(printable("\xc3"), "\\xC3");                  // cut short
  EXPECT_EQ(printable("\xc3("), "\\xC3(");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xC0\\xAF");         // overlong '/'
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xE0\\x80\\xAF");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xED\\xA0\\x80");          // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(printable("\xf4\x8f\xbf\xbd"), "\xf4\x8f\xbf\xbd");      // U+10FFFD
}

TEST(Printable, CutsByCharactersAndNeverInsideOne) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 5), "abcd…");
  EXPECT_EQ(printable("ääää", 3), "ää…");
  EXPECT_EQ(printable("ab\n", 5), "ab…");  // the escape takes four: six in all
  EXPECT_EQ(printable("ab\n", 6), "ab\\x0A");
  EXPECT_EQ(printable("abc", 1), "…");
  EXPECT_EQ(printable("abc", 0), "");
  EXPECT_EQ(printable(printable(std::string(300, 'x'))), printable(std::string(300, 'x')));
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(199, 'x') + "…");
}

TEST(Printable, GivesOneEntryPerCharacter) {
  EXPECT_EQ(printable_characters("a\tä\x01"), (std::vector<std::string>{"a", " ", "ä", "\\x01"}));
}

TEST(ValidUtf8, TouchesOnlyWhatIsBroken) {
  EXPECT_EQ(valid_utf8("a\n\xc3\xa4\xff"), "a\n\xc3\xa4\\xFF");
  EXPECT_EQ(character_count("aä入🙂"), 4u);
}

TEST(HumanBytes, UsesStepsOfAThousand) {
  EXPECT_EQ(human_bytes(0), "0 bytes");
  EXPECT_EQ(human_bytes(1), "1 byte");
  EXPECT_EQ(human_bytes(999), "999 bytes");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(99'949), "99.9 kB");
  EXPECT_EQ(human_bytes(99'950), "100 kB");  // 99.95 rounds to 100.0, which needs no decimal
  EXPECT_EQ(human_bytes(812'345), "812 kB");
  EXPECT_EQ(human_bytes(999'499), "999 kB");
  EXPECT_EQ(human_bytes(999'500), "1.0 MB");  // never 1000 kB
  EXPECT_EQ(human_bytes(3'400'000'000), "3.4 GB");
  EXPECT_EQ(human_bytes(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

TEST(HumanSeconds, KeepsThreeDigits) {
  EXPECT_EQ(human_seconds(0), "0 s");
  EXPECT_EQ(human_seconds(1e-9), "1.00 ns");
  EXPECT_EQ(human_seconds(0.00124), "1.24 ms");
  EXPECT_EQ(human_seconds(0.009996), "10.0 ms");   // not 10.00
  EXPECT_EQ(human_seconds(0.0009996), "1.00 ms");  // not 1000 µs
  EXPECT_EQ(human_seconds(12.34e-6), "12.3 µs");
  EXPECT_EQ(human_seconds(17.3), "17.3 s");
  EXPECT_EQ(human_seconds(59.94), "59.9 s");
  EXPECT_EQ(human_seconds(59.96), "1 min");  // not 60.0 s
  EXPECT_EQ(human_seconds(125), "2 min 5 s");
  EXPECT_EQ(human_seconds(3599.6), "1 h");
  EXPECT_EQ(human_seconds(3725), "1 h 2 min");
  EXPECT_EQ(human_seconds(-2), "-2.00 s");
  EXPECT_EQ(human_seconds(std::nan("")), "nan s");
}

TEST(Numbers, HaveAPointInEveryLocale) {
  EXPECT_EQ(fixed(3.14159, 2), "3.14");
  EXPECT_EQ(fixed(-0.5, 0), "-0");
  EXPECT_EQ(fixed(1e300, 1).size(), 303u);
  EXPECT_EQ(significant(0.00123456, 3), "0.00123");
  EXPECT_EQ(significant(123456789, 3), "1.23e+08");
  EXPECT_EQ(significant(INFINITY, 3), "inf");
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, ", "), "a");
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
}

}  // namespace
}  // namespace autoaccel::base
