#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <regex>

#include "base/json_values.h"
#include "report/report.h"
#include "report/sample_run.h"

namespace autoaccel::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// What the page's scripts read.
base::Json data_of(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const std::size_t begin = page.find(open) + open.size();
  return base::Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

/// The page without what is not ours.
std::string without_chart_library(std::string page) {
  const std::size_t begin = page.find("/*!\n * Chart.js");
  page.erase(begin, page.find("</script>", begin) - begin);
  return page;
}

TEST(HtmlReport, SaysTheVerdictWithoutAnyScript) {
  const std::string page = html_report(testing::sample_run());
  EXPECT_THAT(page, HasSubstr("<h1 id=\"headline\">2.81 × as fast as the original</h1>"));  // 34.0 / 12.1
  EXPECT_THAT(page, HasSubstr("<p class=\"lead\">Deploy OpenVINO BF16, 2 threads: 2.81 ×"));
  EXPECT_THAT(page, HasSubstr("<title>Auto Acceleration: ppocr_det.onnx</title>"));
}

TEST(HtmlReport, TheHeadlineFollowsTheRun) {
  autoaccel::Run run = testing::sample_run();
  run.config.objective = Objective::size;
  EXPECT_THAT(html_report(run), HasSubstr(">Deploy OpenVINO BF16</h1>"));
  run.recommended = run.original;
  EXPECT_THAT(html_report(run), HasSubstr(">The original is the one to deploy</h1>"));
  run.recommended.reset();
  EXPECT_THAT(html_report(run), HasSubstr(">No recommendation</h1>"));
  run.finished.clear();
  EXPECT_THAT(html_report(run), HasSubstr(">The search goes on</h1>"));
}

TEST(HtmlReport, AsksForNothing) {
  const std::string page = html_report(testing::sample_run());
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe")));
  const std::string ours = without_chart_library(page);
  for (const char* what : {" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "eval("})
    EXPECT_THAT(ours, Not(HasSubstr(what)));
  EXPECT_FALSE(std::regex_search(ours, std::regex("href=\"[^#]")));
  EXPECT_EQ(count(page, "</script>"), 3u);  // the data, the chart library, ours
  EXPECT_EQ(count(page, "</style>"), 1u);
}

TEST(HtmlReport, CarriesTheLicenceOfTheChartLibrary) {
  const std::string page = html_report(testing::sample_run());
  EXPECT_THAT(page, HasSubstr("Chart.js v3."));
  EXPECT_THAT(page, HasSubstr("Chart.js Contributors"));
  EXPECT_THAT(page, HasSubstr("this permission notice shall be included"));
}

TEST(HtmlReport, HostileTextIsText) {
  const std::string page = html_report(testing::hostile_run());
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_EQ(count(page, "</script>"), 3u);
  const std::string data = page.substr(page.find("id=\"data\">"));
  const std::string json = data.substr(0, data.find("</script>"));
  EXPECT_THAT(json, Not(HasSubstr("<")));
  for (const char c : json) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  EXPECT_THAT(json, HasSubstr("\\u003cimg src=x onerror=alert(1)>"));
  EXPECT_THAT(json, Not(HasSubstr("\xE2\x80\xAE")));  // right-to-left override
}

TEST(HtmlReport, NoTextEndsTheData) {
  autoaccel::Run run = testing::sample_run();
  run.warnings = {"</script><!--<script>\xE2\x80\xA8{{data}}"};
  const base::Json data = data_of(html_report(run));
  EXPECT_EQ(data["warnings"][0], "</script><!--<script>\\u{2028}{{data}}");
}

TEST(HtmlReport, RowsHaveTheFiguresAndTheirTexts) {
  const base::Json data = data_of(html_report(testing::sample_run()));
  ASSERT_EQ(data["rows"].size(), 10u);
  const auto cell = [&](std::size_t row, const std::string& key) {
    for (std::size_t i = 0; i < data["columns"].size(); ++i)
      if (data["columns"][i]["key"] == key) return data["rows"][row]["cells"][i];
    return base::Json("no such column");
  };
  EXPECT_EQ(cell(0, "task"), "OpenVINO BF16");
  EXPECT_DOUBLE_EQ(cell(0, "median")[0], 12.1);
  EXPECT_EQ(cell(0, "median")[1], "12.100");
  EXPECT_EQ(cell(2, "sqnr")[1], "equal");
  EXPECT_TRUE(cell(0, "p99").is_null());
  EXPECT_TRUE(data["rows"][0]["recommended"]);
  EXPECT_TRUE(data["rows"][2]["original"]);
  EXPECT_EQ(data["rows"][6]["outcome_text"], "skipped");
  EXPECT_EQ(data["rows"][0]["only_command"],
            "autoaccel optimize ppocr_det.onnx --config config.yml --out output --only "
            "openvino-original-precision=bf16-threads=2");
  EXPECT_EQ(data["rows"][0]["outputs"].size(), 1u);
  EXPECT_EQ(data["rows"][0]["outputs"][0].size() + 1, data["output_columns"].size());
}

TEST(HtmlReport, ThinsSamplesAndKeepsTheEnds) {
  autoaccel::Run run = testing::sample_run();
  std::vector<double>& samples = run.records[0].measurement->samples_seconds;
  samples.clear();
  for (int i = 0; i < 10'000; ++i)
    samples.push_back(0.010 + (i * 7919 % 10'000) * 1e-7);  // 10 ms to 10.9999 ms, shuffled
  const base::Json strip = data_of(html_report(run))["latency"][0];
  EXPECT_EQ(strip["count"], 10'000);
  EXPECT_EQ(strip["samples"].size(), 400u);
  EXPECT_DOUBLE_EQ(strip["samples"].front(), 10);
  EXPECT_DOUBLE_EQ(strip["samples"].back(), 10.9999);
  EXPECT_NEAR(strip["samples"][200], 10.5, 0.003);  // evenly spaced in rank: 1 ms / 399 apart
}

TEST(HtmlReport, ShowsTheCourseTheFinalAndTheShapes) {
  const base::Json data = data_of(html_report(testing::sample_run()));
  EXPECT_EQ(data["course"].dump(), "[[2,2.5],[1,6.0],[0,11.25]]");  // rows by rank, in the order of the trials
  EXPECT_EQ(data["final"]["rows"][0].dump(),
            R"(["ONNX Runtime original","3","34.0 ms","33.8 ms","34.2 ms","1.00 ×","–"])");
  EXPECT_EQ(data["shapes"]["rows"][1].dump(),
            R"(["OpenVINO BF16","max_shape","[4, 3, 640, 640]","50.0 ms","2.80 ×","31.5","yes","110 ms",""])");
  EXPECT_EQ(data["front_runners"].dump(), "[0,1,2,3]");
}

TEST(HtmlReport, AThousandVariantsMakeAPageThatCanBeMailed) {
  autoaccel::Run run = testing::sample_run();
  for (Record& record : run.records) {
    record.details = std::string(20'000, 'd');
    if (record.measurement) record.measurement->samples_seconds.assign(5'000, 0.0123456789);
  }
  const std::vector<Record> records = run.records;
  for (int i = 0; run.records.size() < 1000; ++i) {
    run.records.push_back(records[static_cast<std::size_t>(i) % records.size()]);
    run.records.back().variant.settings["streams"] = std::to_string(i);
  }
  EXPECT_LT(html_report(run).size(), 5'000'000u);
}

TEST(HtmlReport, NumbersThatJsonHasNotAreTexts) {
  autoaccel::Run run = testing::sample_run();
  run.records[0].agreement->sqnr_db = std::numeric_limits<double>::quiet_NaN();
  const base::Json data = data_of(html_report(run));
  EXPECT_THAT(data["rows"][0]["cells"].dump(), HasSubstr("[null,\"nan\"]"));
}

}  // namespace
}  // namespace autoaccel::report
