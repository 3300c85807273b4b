#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "report/report.h"
#include "report/sample_run.h"
#include "report/text_width.h"
#include "support/golden.h"

namespace autoaccel::report {
namespace {

using ::autoaccel::testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConsoleTable, IsAsInTheGoldenFiles) {
  const autoaccel::Run run = testing::sample_run();
  expect_golden("console_160.txt", console_table(run, 160, false));
  expect_golden("console_100.txt", console_table(run, 100, false));
  expect_golden("console_72.txt", console_table(run, 72, false));
}

TEST(ConsoleTable, FitsEveryWidth) {
  const autoaccel::Run run = testing::sample_run();
  for (int width = 60; width <= 200; ++width) {
    std::istringstream lines(console_table(run, width, false));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

/// Widths around the marks must not shift what stands behind them: all lines of the table end their columns together.
TEST(ConsoleTable, AlignsItsColumns) {
  std::istringstream lines(console_table(testing::sample_run(), 160, false));
  std::string header, line;
  std::getline(lines, header);
  const int end = display_width(header.substr(0, header.find("median ms") + 9));
  const std::size_t rows = 6;
  for (std::size_t i = 0; i < rows; ++i) {
    std::getline(lines, line);
    const std::string shown = shortened(line, end + 1);  // up to the gap behind the column, and the …
    EXPECT_EQ(shown.substr(shown.size() - 4), std::string(1, shown[shown.size() - 4]) + "…") << line;
    EXPECT_NE(shown[shown.size() - 4], ' ') << line;
  }
}

/// 41 rows that ran are too many: the first 25 and the number of the others. 40 are not.
TEST(ConsoleTable, ShowsTheFirstOfMany) {
  autoaccel::Run run = testing::sample_run();
  while (run.records.size() > 1) run.records.pop_back();
  const auto add_variants = [&](int until) {
    for (int rank = static_cast<int>(run.records.size()) + 1; rank <= until; ++rank) {
      Record record = run.records[0];
      record.variant.settings["streams"] = std::to_string(rank);
      record.rank = rank;
      run.records.push_back(record);
    }
  };
  add_variants(40);
  EXPECT_THAT(console_table(run, 120, false), HasSubstr("40  OpenVINO BF16, 40 streams"));
  EXPECT_THAT(console_table(run, 120, false), Not(HasSubstr("more in summary.xlsx")));
  add_variants(41);
  const std::string text = console_table(run, 120, false);
  EXPECT_THAT(text, HasSubstr("25  OpenVINO BF16, 25 streams"));
  EXPECT_THAT(text, Not(HasSubstr("26 streams")));
  EXPECT_THAT(text, HasSubstr("\n… and 16 more in summary.xlsx\n"));
}

/// Nine variants that share a reason: eight are named.
TEST(ConsoleTable, NamesEightOfThoseThatShareAReason) {
  autoaccel::Run run = testing::sample_run();
  run.records.clear();
  for (int i = 1; i <= 9; ++i)
    run.records.push_back(
        testing::sample_failure("openvino", "fp16", {{"streams", std::to_string(i)}}, Outcome::crashed, "x"));
  const std::string text = console_table(run, 200, false);
  EXPECT_THAT(text, HasSubstr("8 streams; and 1 more\n"));
  run.records.pop_back();
  EXPECT_THAT(console_table(run, 200, false), Not(HasSubstr(" more\n")));
}

TEST(ConsoleTable, ColoursOnlyWhenAsked) {
  const autoaccel::Run run = testing::sample_run();
  EXPECT_THAT(console_table(run, 120, false), Not(HasSubstr("\x1b")));
  const std::string colored = console_table(run, 120, true);
  EXPECT_THAT(colored, HasSubstr("\x1b[1;32m★ 1  OpenVINO BF16"));
  std::string plain = colored;
  for (const char* code : {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[1;32m"}) {
    for (std::size_t at; (at = plain.find(code)) != std::string::npos;) plain.erase(at, std::string(code).size());
  }
  EXPECT_EQ(plain, console_table(run, 120, false));
}

TEST(ConsoleTable, LetsNoControlCharacterThrough) {
  const std::string text = console_table(testing::hostile_run(), 120, false);
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_THAT(text, HasSubstr("\\x1B"));
  EXPECT_LT(text.size(), 10'000u);  // 40,000 characters of a reason are not for a terminal
}

TEST(ConsoleTable, SaysWhyNothingRan) {
  autoaccel::Run run = testing::sample_run();
  run.records.erase(run.records.begin(), run.records.begin() + 6);
  run.recommended.reset();
  run.verdict = "Nothing can be recommended yet: the original has not run.";
  const std::string text = console_table(run, 100, false);
  EXPECT_THAT(text, ::testing::StartsWith(run.verdict));
  EXPECT_THAT(text, HasSubstr("crashed"));
  EXPECT_EQ(console_table(autoaccel::Run{}, 80, false), "");
}

TEST(TextWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("é…★"), 3);
  EXPECT_EQ(display_width("日本"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);  // e and a combining acute accent
  EXPECT_EQ(display_width(""), 0);
}

TEST(TextWidth, ShortensAtCharacters) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc…");
  EXPECT_EQ(shortened("ééééé", 3), "éé…");
  EXPECT_EQ(shortened("日本語", 4), "日…");  // two columns and one; a second character would make five
  EXPECT_EQ(padded_left("é", 3), "  é");
  EXPECT_EQ(padded_right("日", 3), "日 ");
}

TEST(TextWidth, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("extraordinary word", 5), (std::vector<std::string>{"extraordinary", "word"}));
  EXPECT_EQ(wrapped("", 5), (std::vector<std::string>{""}));
  EXPECT_EQ(line_count("one two three", 7), 2);
  EXPECT_EQ(line_count("extraordinary word", 5), 4);  // thirteen letters take three lines
}

}  // namespace
}  // namespace autoaccel::report
