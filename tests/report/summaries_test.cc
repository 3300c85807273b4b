// summary.md, summary.csv and junit.xml.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/columns.h"
#include "report/report.h"
#include "report/sample_run.h"
#include "support/golden.h"

namespace autoaccel::report {
namespace {

using ::autoaccel::testing::expect_golden;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a reader of RFC 4180 makes of the text: rows of cells. Fails the test where the text is none.
std::vector<std::vector<std::string>> rows_of_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_double = text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"';
    if (is_quoted && is_double) {
      rows.back().back() += text[i++];
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && text[i] == ',') {
      rows.back().emplace_back();
    } else if (!is_quoted && text[i] == '\r') {
      EXPECT_EQ(text[++i], '\n');
      rows.push_back({""});
    } else {
      rows.back().back() += text[i];
    }
  }
  EXPECT_FALSE(is_quoted);
  EXPECT_THAT(rows.back(), ElementsAre("")) << "the last line ends too";
  rows.pop_back();
  return rows;
}

std::size_t index_of(std::string_view key) {
  for (std::size_t i = 0; i < columns().size(); ++i)
    if (columns()[i].key == key) return i;
  throw std::out_of_range(std::string(key));
}

TEST(Summaries, AreAsInTheGoldenFiles) {
  const autoaccel::Run run = testing::sample_run();
  expect_golden("summary.md", markdown_summary(run));
  expect_golden("junit.xml", junit_summary(run));
}

TEST(CsvSummary, HasEveryRecordAndColumn) {
  const autoaccel::Run run = testing::sample_run();
  const auto rows = rows_of_csv(csv_summary(run));
  ASSERT_EQ(rows.size(), run.records.size() + 1);
  for (const auto& row : rows) EXPECT_EQ(row.size(), columns().size());
  EXPECT_EQ(rows[0][index_of("median")], "latency median (ms)");
  EXPECT_EQ(rows[1][index_of("task")], "OpenVINO BF16");
  EXPECT_EQ(rows[1][index_of("id")], run.records[0].variant.id());
  // Whole numbers, not those that are shown: 4,812,345 bytes in megabytes.
  EXPECT_DOUBLE_EQ(std::stod(rows[1][index_of("size")]), 4.812345);
  EXPECT_EQ(rows[4][index_of("p90")], "") << "what is not known is empty";
  EXPECT_EQ(rows[5][index_of("reason")], run.records[4].reason);
}

TEST(CsvSummary, NoTextIsAFormula) {
  autoaccel::Run run = testing::sample_run();
  const std::string reasons[] = {"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "a \"b\", c", "plain\nnext"};
  const std::string wanted[] = {"'=cmd|' /C calc'!A0", "'+1", "'-1", "'@SUM(A1)", "a \"b\", c", "plain\\x0Anext"};
  for (std::size_t i = 0; i < std::size(reasons); ++i) run.records[i].reason = reasons[i];
  const auto rows = rows_of_csv(csv_summary(run));
  for (std::size_t i = 0; i < std::size(reasons); ++i) EXPECT_EQ(rows[i + 1][index_of("reason")], wanted[i]);
}

TEST(MarkdownSummary, HostileNamesStayText) {
  autoaccel::Run run = testing::hostile_run();
  const std::string text = markdown_summary(run);
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
}

TEST(MarkdownSummary, ShowsTheFrontAndCountsTheRest) {
  autoaccel::Run run = testing::sample_run();
  const Record last = run.records[1];
  for (int i = 0; i < 30; ++i) {
    run.records.insert(run.records.begin() + 6, last);
    run.records[6].variant.settings["threads"] = std::to_string(100 + i);
  }
  const std::string text = markdown_summary(run);
  EXPECT_THAT(text, HasSubstr("21 ok"));  // of 36 with a rank, 15 are shown
}

TEST(JunitSummary, FailsOnlyWhereNothingIsRecommended) {
  autoaccel::Run run = testing::hostile_run();
  run.recommended = run.records[0].variant.id();
  std::string text = junit_summary(run);
  EXPECT_THAT(text, Not(HasSubstr("<failure")));
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  run.recommended.reset();
  run.verdict = "a < b & \"c\"";
  text = junit_summary(run);
  EXPECT_THAT(text, HasSubstr("<failure message=\"a &lt; b &amp; &quot;c&quot;\"/>"));
  EXPECT_THAT(text, HasSubstr("failures=\"1\""));
}

}  // namespace
}  // namespace autoaccel::report
