// report.html in a real browser: headless Chromium opens the page, uses it, and prints what came of it.

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

fs::path find_chromium() {
  return testing::find_program("AUTOACCEL_CHROMIUM", {"chromium", "chromium-browser", "google-chrome", "chrome"});
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Notes what goes wrong from the first script on. The nonce lets it and the check past the page's own policy.
constexpr const char* kWatch = R"(<script nonce="check">
const problems = [];
addEventListener('error', event => problems.push(String(event.message)));
addEventListener('securitypolicyviolation', event => problems.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const kind of ['error', 'warn']) console[kind] = (...words) => problems.push(words.join(' '));
window.alert = () => problems.push('a text ran as a script');
</script>)";

void replace_first(std::string& text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

class Browser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (find_chromium().empty())
      GTEST_SKIP() << "no Chromium: install the package chromium, or set AUTOACCEL_CHROMIUM to the program";
  }

  /// What page_check.js says of the page in a window of that width.
  std::string check(const autoaccel::Run& run, int width = 1360) {
    const base::TemporaryFolder folder("browser-test");
    std::string page = html_report(run);
    replace_first(page, "script-src ", "script-src 'nonce-check' ");
    replace_first(page, "<title>", std::string(kWatch) + "<title>");
    const std::size_t end = page.rfind("</body>");
    page.insert(end, "<script nonce=\"check\">" +
                         text_of(fs::path(AUTOACCEL_SOURCE_DIR) / "tests" / "report" / "page_check.js") + "</script>");
    std::ofstream(folder.path() / "report.html") << page;
    base::ChildProcess chromium(
        {.executable = find_chromium(),
         .arguments = {"--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--disable-background-networking",
                       "--virtual-time-budget=10000", "--window-size=" + std::to_string(width) + ",1000",
                       "--user-data-dir=" + (folder.path() / "profile").string(),
                       "file://" + (folder.path() / "report.html").string()},
         .environment = {"HOME=" + folder.path().string()},
         .log = folder.path() / "log"});
    EXPECT_TRUE(chromium.wait_exit(120)) << "Chromium did not end";
    const std::string dom = text_of(folder.path() / "log");
    const std::size_t result = dom.find("<pre id=\"check\">");
    return result == std::string::npos
               ? "nothing came back:\n" + dom.substr(dom.size() - std::min<std::size_t>(dom.size(), 2000))
               : dom.substr(result, dom.find("</pre>", result) - result);
  }
};

#define EXPECT_A_GOOD_PAGE(result)               \
  do {                                           \
    const std::string text = (result);           \
    EXPECT_THAT(text, HasSubstr("\ndone\n"));    \
    EXPECT_THAT(text, Not(HasSubstr("FAILED"))); \
  } while (false)

TEST_F(Browser, SortsFiltersOpensAndNamesWhatIsHovered) { EXPECT_A_GOOD_PAGE(check(testing::sample_run())); }

TEST_F(Browser, HostileTextIsTextAndFitsANarrowWindow) { EXPECT_A_GOOD_PAGE(check(testing::hostile_run(), 500)); }

TEST_F(Browser, ShowsARunOfOneVariantAndAnEmptyOne) {
  autoaccel::Run run = testing::sample_run();
  run.records = {run.records[2]};
  run.recommended.reset();
  run.shapes.clear();
  run.final_rounds.reset();
  EXPECT_A_GOOD_PAGE(check(run));
  EXPECT_A_GOOD_PAGE(check(autoaccel::Run{}));
}

TEST_F(Browser, ShowsAThousandVariants) {
  autoaccel::Run run = testing::sample_run();
  const std::vector<Record> records = run.records;
  for (int i = 0; run.records.size() < 1000; ++i) {
    Record record = records[static_cast<std::size_t>(i) % records.size()];
    record.variant.settings["streams"] = std::to_string(i);
    run.records.push_back(record);
  }
  EXPECT_A_GOOD_PAGE(check(run));
}

}  // namespace
}  // namespace autoaccel::report
