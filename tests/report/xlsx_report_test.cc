#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "base/files.h"
#include "report/read_xlsx.h"
#include "report/report.h"
#include "report/sample_run.h"

namespace autoaccel::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReadSheet;
using testing::ReadWorkbook;

ReadWorkbook written(const autoaccel::Run& run) {
  const base::TemporaryFolder folder("xlsx-test");
  const auto path = folder.path() / "summary.xlsx";
  write_xlsx(run, path);
  const auto files = std::distance(std::filesystem::directory_iterator(folder.path()), {});
  EXPECT_EQ(files, 1) << "something is left beside the workbook";
  return testing::read_xlsx(path);
}

/// The number in a cell; NaN where it holds none.
double number_at(const ReadSheet& sheet, const std::string& header, std::size_t row) {
  const auto& cell = sheet.at(row, sheet.column(header));
  return cell.is_text || cell.value.empty() ? std::nan("") : std::stod(cell.value);
}
std::string text_at(const ReadSheet& sheet, const std::string& header, std::size_t row) {
  const auto& cell = sheet.at(row, sheet.column(header));
  return cell.is_text ? cell.value : "(not a text)";
}

TEST(XlsxReport, StartsWithTheColumnsThatUsersKnow) {
  const ReadWorkbook book = written(testing::sample_run());
  EXPECT_THAT(book.names, ElementsAre("Summary", "Charts", "Outputs", "Settings", "Host and run"));
  const ReadSheet& summary = book.sheets.at(0);
  std::vector<std::string> headers;
  for (std::size_t i = 0; i < 8; ++i) headers.push_back(summary.at(0, i).value);
  EXPECT_THAT(headers, ElementsAre("task", "file size (MB)", "throughput (samples/second)", "mae",
                                   "latency median (ms)", "latency mean (ms)", "latency p90 (ms)", "latency p99 (ms)"));
}

TEST(XlsxReport, HoldsTheFiguresInTheirUnits) {
  const ReadSheet summary = written(testing::sample_run()).sheets.at(0);
  EXPECT_EQ(text_at(summary, "task", 1), "OpenVINO BF16");
  EXPECT_DOUBLE_EQ(number_at(summary, "file size (MB)", 1), 4.812345);
  EXPECT_DOUBLE_EQ(number_at(summary, "throughput (samples/second)", 1), 1 / 0.0121);
  EXPECT_DOUBLE_EQ(number_at(summary, "mae", 1), 0.00042);
  EXPECT_DOUBLE_EQ(number_at(summary, "latency median (ms)", 1), 12.1);
  EXPECT_DOUBLE_EQ(number_at(summary, "speed-up", 1), 0.0340 / 0.0121);
  EXPECT_DOUBLE_EQ(number_at(summary, "speed-up, low", 1), 2.74);
  EXPECT_DOUBLE_EQ(number_at(summary, "speed-up, high", 1), 2.88);
  EXPECT_EQ(text_at(summary, "Pareto front", 2), "yes");
  EXPECT_DOUBLE_EQ(number_at(summary, "SQNR (dB)", 1), 32.7);
  EXPECT_DOUBLE_EQ(number_at(summary, "cosine similarity", 1), 0.9993);
  EXPECT_DOUBLE_EQ(number_at(summary, "max absolute error", 1), 0.021);
  EXPECT_DOUBLE_EQ(number_at(summary, "peak memory (MB)", 1), 212);
  EXPECT_DOUBLE_EQ(number_at(summary, "load (s)", 1), 0.21);
  EXPECT_DOUBLE_EQ(number_at(summary, "first inference (ms)", 1), 36.3);
  EXPECT_DOUBLE_EQ(number_at(summary, "convert (s)", 1), 0.8);
  EXPECT_DOUBLE_EQ(number_at(summary, "rank", 1), 1);
  EXPECT_EQ(text_at(summary, "what ran", 1), "212 nodes bf16, 9 f32");
  EXPECT_EQ(text_at(summary, "outcome", 1), "ok");
  EXPECT_EQ(text_at(summary, "id", 1), "openvino-original-precision=bf16-threads=2");
}

TEST(XlsxReport, LeavesBlankWhatIsNotKnown) {
  const ReadSheet summary = written(testing::sample_run()).sheets.at(0);
  EXPECT_EQ(summary.at(1, summary.column("latency p99 (ms)")).value, "");
  EXPECT_EQ(summary.at(1, summary.column("reason")).value, "");
  EXPECT_EQ(summary.at(3, summary.column("speed-up, low")).value, "");
  EXPECT_EQ(summary.at(3, summary.column("Pareto front")).value, "");
  EXPECT_EQ(summary.at(4, summary.column("peak memory (MB)")).value, "");
  const std::size_t skipped = 7;
  EXPECT_EQ(text_at(summary, "outcome", skipped), "skipped");
  EXPECT_EQ(text_at(summary, "reason", skipped), "this processor has no float16 arithmetic (avx512_fp16 or amx_fp16)");
  EXPECT_EQ(summary.at(skipped, summary.column("throughput (samples/second)")).value, "");
  EXPECT_EQ(summary.rows(), 11u);  // the header and ten records
}

TEST(XlsxReport, MarksTheRecommendedAndGreysWhatDidNotRun) {
  const ReadWorkbook book = written(testing::sample_run());
  const ReadSheet& summary = book.sheets.at(0);
  const auto look = [&](std::size_t row) { return book.styles.at(summary.at(row, 0).style); };
  EXPECT_TRUE(look(1).is_bold);
  EXPECT_EQ(look(1).fill, "FFE2F0D9");
  EXPECT_FALSE(look(2).is_bold);
  EXPECT_EQ(look(2).fill, "");
  EXPECT_EQ(look(7).ink, "FF7F7F7F");
  const auto rank = [&](std::size_t row) {
    return book.styles.at(summary.at(row, summary.column("rank")).style).number_format;
  };
  EXPECT_EQ(rank(1), "\"★ \"0");
  EXPECT_NE(rank(2), rank(1));
}

TEST(XlsxReport, FreezesTheHeaderAndFilters) {
  const ReadSheet summary = written(testing::sample_run()).sheets.at(0);
  EXPECT_THAT(summary.xml, HasSubstr("<pane xSplit=\"1\" ySplit=\"1\" topLeftCell=\"B2\""));
  EXPECT_THAT(summary.xml, HasSubstr("<autoFilter ref=\"A1:X11\"/>"));  // 24 columns, 11 rows
}

TEST(XlsxReport, KeepsOutputsAndSettings) {
  const ReadWorkbook book = written(testing::sample_run());
  const ReadSheet& outputs = book.sheet("Outputs");
  EXPECT_EQ(outputs.rows(), 7u);  // six records were compared, one output each
  EXPECT_EQ(text_at(outputs, "output", 1), "sigmoid_0.tmp_0");
  EXPECT_DOUBLE_EQ(number_at(outputs, "SQNR (dB), mean", 1), 34.2);
  EXPECT_DOUBLE_EQ(number_at(outputs, "SQNR (dB), worst sample", 1), 32.7);
  EXPECT_EQ(text_at(outputs, "within limit", 6), "no");

  std::string all;
  const ReadSheet& settings = book.sheet("Host and run");
  for (std::size_t row = 0; row < settings.rows(); ++row)
    all += settings.at(row, 0).value + "=" + settings.at(row, 1).value + "\n";
  for (const char* line :
       {"processor=AMD EPYC 9R14", "openvino=2026.4.1",
        "tensorrt=not available: not built: no TensorRT on this machine", "input=x: float32 [1, 3, 640, 640]", "seed=1",
        "device=cpu", "time limit of a trial=10 min", "constraints=latency_p99_ms: 50, size_mb: 12.5",
        "budget=by the original's latency", "strategy=racing", "trials=37 of 512", "time=4 min 41 s",
        "ended because=search.budget of 5 min was spent", "expected gain of the next trial=3 %",
        "rounds of the final (ms)=onnxruntime-original-threads=2: 33.8, 34.2, 34",
        "smallest=openvino-original-precision=bf16-threads=2",
        "at another shape=max_shape [4, 3, 640, 640]: 2.80 × as fast as the original, 31.5 dB, 110 ms more for the "
        "first request"}) {
    EXPECT_THAT(all, HasSubstr(line));
  }
}

TEST(XlsxReport, HasASheetOfSettings) {
  const ReadWorkbook book = written(testing::sample_run());
  const ReadSheet& settings = book.sheet("Settings");
  EXPECT_EQ(text_at(settings, "id", 1), "openvino-original-precision=bf16-threads=2");
  EXPECT_EQ(text_at(settings, "precision", 1), "bf16");
  EXPECT_EQ(text_at(settings, "notes", 1), "two nodes stay in f32: ConvTranspose");
  EXPECT_THAT(text_at(settings, "run it again", 1), HasSubstr("autoaccel trial openvino-original"));
  EXPECT_EQ(settings.rows(), 11u);
}

TEST(XlsxReport, DrawsThroughputAndSpeedAgainstError) {
  const ReadWorkbook book = written(testing::sample_run());
  ASSERT_EQ(book.charts.size(), 2u);
  EXPECT_THAT(book.charts[0], HasSubstr("<c:barChart>"));
  EXPECT_THAT(book.charts[1], HasSubstr("<c:scatterChart>"));
  EXPECT_THAT(book.charts[1], HasSubstr("<c:logBase val=\"10\"/>"));

  // The figures that they show: a column for each colour, six rows that ran, ranked.
  const ReadSheet& sheet = book.sheet("Charts");
  std::size_t top = 0;
  while (sheet.at(top, 0).value != "task") ++top;
  const std::string line = std::to_string(top + 2);  // as a reader counts
  const std::string last = std::to_string(top + 7);
  EXPECT_THAT(book.charts[0], HasSubstr("Charts!$A$" + line + ":$A$" + last));
  EXPECT_THAT(book.charts[0], HasSubstr("Charts!$C$" + line + ":$C$" + last));
  EXPECT_THAT(book.charts[1], HasSubstr("Charts!$B$" + line + ":$B$" + last));
  EXPECT_THAT(book.charts[1], HasSubstr("Charts!$H$" + line + ":$H$" + last));
  EXPECT_EQ(sheet.at(top + 1, 0).value, "OpenVINO BF16");
  EXPECT_DOUBLE_EQ(std::stod(sheet.at(top + 1, 2).value), 1 / 0.0121);  // to deploy
  EXPECT_EQ(sheet.at(top + 1, 3).value, "");
  EXPECT_DOUBLE_EQ(std::stod(sheet.at(top + 2, 3).value), 1 / 0.0225);  // within its limit
  EXPECT_DOUBLE_EQ(std::stod(sheet.at(top + 6, 4).value), 1 / 0.0119);  // disagreed
  EXPECT_DOUBLE_EQ(std::stod(sheet.at(top + 2, 6).value), 1.2e-8);
  EXPECT_EQ(sheet.at(top + 3, 6).value, "");  // the original: no error, no place on the axis
}

TEST(XlsxReport, FormatsFollowTheFigures) {
  const ReadWorkbook book = written(testing::sample_run());
  const std::string& summary = book.sheets.at(0).xml;
  EXPECT_THAT(summary, HasSubstr("<conditionalFormatting sqref=\"C2:C11\"><cfRule type=\"dataBar\""));
  EXPECT_THAT(summary, HasSubstr("<conditionalFormatting sqref=\"I2:I11\"><cfRule type=\"colorScale\""));  // speed-up
  EXPECT_THAT(summary, HasSubstr("<cfvo type=\"num\" val=\"1\"/>"));
  EXPECT_THAT(summary, HasSubstr("operator=\"beginsWith\" text=\"suspect\""));
  EXPECT_THAT(book.sheet("Outputs").xml, HasSubstr("operator=\"beginsWith\" text=\"no\""));
}

TEST(XlsxReport, HostileTextIsText) {
  const ReadWorkbook book = written(testing::hostile_run());
  for (const ReadSheet& sheet : book.sheets) {
    EXPECT_THAT(sheet.xml, Not(HasSubstr("<f>")));  // no formula
    EXPECT_THAT(sheet.xml, Not(HasSubstr("<hyperlink")));
  }
  for (const std::string& text : book.strings) {
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_LE(text.size(), 32'767u);
  }
  const ReadSheet& summary = book.sheets.at(0);
  EXPECT_EQ(text_at(summary, "reason", 1), "=1+1");
  // Excel reads _x005F_ as an underscore: what is shown is `_x0041_`, not `A`.
  EXPECT_EQ(text_at(summary, "what ran", 1), "+1+1 _x005F_x0041_ nodes");
  EXPECT_EQ(text_at(book.sheet("Outputs"), "output", 1), "=HYPERLINK(\"http://x\")");
  EXPECT_THAT(text_at(summary, "reason", 9), HasSubstr("\\x1B[31mb"));
}

TEST(XlsxReport, NumbersThatExcelHasNotAreText) {
  autoaccel::Run run = testing::sample_run();
  run.records[0].agreement->sqnr_db = std::numeric_limits<double>::quiet_NaN();
  run.records[0].agreement->max_absolute_error = std::numeric_limits<double>::infinity();
  const ReadSheet summary = written(run).sheets.at(0);
  EXPECT_EQ(text_at(summary, "SQNR (dB)", 1), "nan");
  EXPECT_EQ(text_at(summary, "max absolute error", 1), "inf");
}

TEST(XlsxReport, AnEmptyRunIsAWorkbook) {
  const ReadWorkbook book = written(autoaccel::Run{});
  EXPECT_EQ(book.sheets.at(0).rows(), 1u);
  EXPECT_TRUE(book.charts.empty());
}

TEST(XlsxReport, ReplacesAnEarlierOneAndKeepsItWhenItCannot) {
  const base::TemporaryFolder folder("xlsx-test");
  const auto path = folder.path() / "summary.xlsx";
  std::ofstream(path) << "earlier";
  write_xlsx(testing::sample_run(), path);
  EXPECT_GT(std::filesystem::file_size(path), 1000u);
  try {
    write_xlsx(testing::sample_run(), folder.path() / "missing" / "summary.xlsx");
    FAIL() << "written into a folder that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::environment);
    EXPECT_THAT(error.message(), HasSubstr("summary.xlsx"));
  }
}

TEST(XlsxReport, TheSameRunIsTheSameFile) {
  const base::TemporaryFolder folder("xlsx-test");
  for (const char* name : {"a.xlsx", "b.xlsx"}) write_xlsx(testing::sample_run(), folder.path() / name);
  EXPECT_EQ(base::sha256_of_file(folder.path() / "a.xlsx"), base::sha256_of_file(folder.path() / "b.xlsx"));
}

}  // namespace
}  // namespace autoaccel::report
