// summary.xlsx in a real spreadsheet program: LibreOffice opens it and writes what it read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/child_process.h"
#include "base/files.h"
#include "report/find_program.h"
#include "report/report.h"
#include "report/sample_run.h"

namespace autoaccel::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class LibreOffice : public ::testing::Test {
 protected:
  void SetUp() override {
    office_ = testing::find_program("AUTOACCEL_SOFFICE", {"soffice", "libreoffice"});
    if (office_.empty())
      GTEST_SKIP() << "no LibreOffice: install libreoffice-calc-nogui, or set AUTOACCEL_SOFFICE to the program";
  }

  /// The workbook's first sheet, converted.
  std::string converted(const autoaccel::Run& run, const std::string& format) {
    write_xlsx(run, folder_.path() / "summary.xlsx");
    base::ChildProcess office(
        {.executable = office_,
         .arguments = {"--headless", "-env:UserInstallation=file://" + folder_.path().string() + "/profile",
                       "--convert-to", format, "--outdir", folder_.path().string(),
                       (folder_.path() / "summary.xlsx").string()},
         .environment = {"HOME=" + folder_.path().string()},
         .log = folder_.path() / "log"});
    const auto exit = office.wait_exit(180);
    EXPECT_TRUE(exit && exit->code == 0) << text_of(folder_.path() / "log");
    return text_of(folder_.path() / ("summary." + format));
  }

  base::TemporaryFolder folder_{"libreoffice-test"};
  fs::path office_;
};

TEST_F(LibreOffice, MakesPages) { EXPECT_THAT(converted(testing::sample_run(), "pdf"), StartsWith("%PDF-")); }

TEST_F(LibreOffice, ReadsNumbersAsNumbersAndTextAsText) {
  const std::string csv = converted(testing::hostile_run(), "csv");
  EXPECT_THAT(csv, HasSubstr("OpenVINO BF16,4.812345,82.6446280991736,0.00042,12.1,"));
  EXPECT_THAT(csv, HasSubstr(",=1+1,"));              // not 2
  EXPECT_THAT(csv, HasSubstr("+1+1 _x0041_ nodes"));  // not A
  EXPECT_THAT(csv, Not(HasSubstr("#NAME?")));
}

}  // namespace
}  // namespace autoaccel::report
