#include "autoaccel/error.h"

#include <gtest/gtest.h>

namespace autoaccel {
namespace {

TEST(Error, RendersThePlaceAndTheCaretAsTheStyleGuideShows) {
  Error error(Cause::usage, "unknown runtime 'openvno'", "did you mean 'openvino'?");
  error.at({"config.yml", 14, 27, 7, "  runtimes: [onnxruntime, openvno]"});
  EXPECT_EQ(render(error),
            "error: config.yml:14:27: unknown runtime 'openvno'\n"
            "   14 |   runtimes: [onnxruntime, openvno]\n"
            "      |                           ^^^^^^^  did you mean 'openvino'?\n");
}

TEST(Error, RendersContextInnermostFirstAndTheHintOnItsOwnLine) {
  Error error(Cause::environment, "no space left", "free some");
  error.add_context("writing 'a.onnx'").add_context("converting to fp16");
  EXPECT_EQ(render(error),
            "error: no space left\n"
            "  while writing 'a.onnx'\n"
            "  while converting to fp16\n"
            "  hint: free some\n");
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(render(Error(Cause::model, "it is damaged")), "error: it is damaged\n");
  Error only_file(Cause::model, "empty");
  only_file.at({"c.yml", 0, 0, 1, ""});
  EXPECT_EQ(render(only_file), "error: c.yml: empty\n");
  Error no_line_text(Cause::model, "bad", "fix it");
  no_line_text.at({"c.yml", 3, 5, 1, ""});
  EXPECT_EQ(render(no_line_text), "error: c.yml:3:5: bad\n  hint: fix it\n");
}

TEST(Error, PutsTheCaretUnderTheCharacterNotTheByte) {
  Error error(Cause::usage, "bad");
  error.at({"c.yml", 1, 4, 2, "äöüXY"});  // X is the 4th character and the 7th byte
  EXPECT_EQ(render(error),
            "error: c.yml:1:4: bad\n"
            "    1 | äöüXY\n"
            "      |    ^^\n");
}

TEST(Error, KeepsTheCaretInPlaceBehindEscapedCharactersAndTabs) {
  Error error(Cause::usage, "bad");
  error.at({"c.yml", 1, 3, 1, "\t\x1bX"});  // the escape takes four columns: \x1B
  EXPECT_EQ(render(error),
            "error: c.yml:1:3: bad\n"
            "    1 |  \\x1BX\n"
            "      |      ^\n");
}

TEST(Error, PutsTheCaretBehindTheLineWhenThePlaceIsItsEnd) {
  Error error(Cause::usage, "':' expected");
  error.at({"c.yml", 2, 4, 1, "abc"});
  EXPECT_EQ(render(error),
            "error: c.yml:2:4: ':' expected\n"
            "    2 | abc\n"
            "      |    ^\n");
}

TEST(Error, NeverUnderlinesBeyondTheLine) {
  Error error(Cause::usage, "bad");
  error.at({"c.yml", 1, 3, 50, "abcd"});
  EXPECT_EQ(render(error), "error: c.yml:1:3: bad\n    1 | abcd\n      |   ^^\n");
}

TEST(Error, ShowsAWindowOfAVeryLongLine) {
  std::string line(500, 'a');
  line[299] = 'X';
  Error error(Cause::usage, "bad");
  error.at({"c.yml", 1, 300, 1, line});
  // 50 columns before the place, 110 in all, an ellipsis on both sides.
  EXPECT_EQ(render(error), "error: c.yml:1:300: bad\n    1 | …" + std::string(50, 'a') + "X" + std::string(59, 'a') +
                               "…\n      |  " + std::string(50, ' ') + "^\n");
}

TEST(Error, MakesEveryPartSafeForATerminal) {
  Error error(Cause::vendor, "op 'a\x1b[2J'\nsecond line", "hint\x07");
  error.add_context("loading 'b\r'");
  EXPECT_EQ(render(error),
            "error: op 'a\\x1B[2J'\n"
            "    second line\n"
            "  while loading 'b\\x0D'\n"
            "  hint: hint\\x07\n");
}

TEST(Error, HasTheExitCodeOfItsCause) {
  EXPECT_EQ(exit_code(Cause::usage), 2);
  EXPECT_EQ(exit_code(Cause::model), 3);
  EXPECT_EQ(exit_code(Cause::unsupported), 3);
  EXPECT_EQ(exit_code(Cause::environment), 3);
  EXPECT_EQ(exit_code(Cause::vendor), 3);
  EXPECT_EQ(exit_code(Cause::interrupted), 130);
  EXPECT_EQ(exit_code(Cause::defect), 70);
  EXPECT_EQ(to_text(Cause::environment), "environment");
}

}  // namespace
}  // namespace autoaccel
