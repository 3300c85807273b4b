#include "report/changes_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sample_run.h"

namespace autoaccel::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The sample run, and the same with its recommended a third slower, another one less faithful, a third crashed.
class ChangesReport : public ::testing::Test {
 protected:
  ChangesReport() {
    now_ = before_;
    now_.records[0].measurement->latency_seconds.median = 0.0121 * 4 / 3;
    now_.records[1].agreement->sqnr_db = 42;
    now_.records[2] =
        testing::sample_failure("onnxruntime", "original", {{"threads", "2"}}, Outcome::crashed, "signal 11");
    before_.final_rounds.reset();
    now_.final_rounds.reset();
    before_.drift.reset();
    now_.drift.reset();
  }

  select::Changes changes() const { return select::changes_between(before_, now_, 0.05); }

  std::vector<std::string> found(const std::vector<std::string>& kinds, bool deployed_only = false) const {
    std::vector<std::string> ids;
    for (const select::Change& change : regressions(changes(), kinds, deployed_only)) ids.push_back(change.new_id);
    return ids;
  }

  autoaccel::Run before_ = testing::sample_run();
  autoaccel::Run now_;
};

TEST_F(ChangesReport, FailsOnWhatIsAskedFor) {
  const std::string best = before_.records[0].variant.id(), fp32 = before_.records[1].variant.id();
  EXPECT_THAT(found({}), IsEmpty());
  EXPECT_THAT(found({"slower"}), ElementsAre(best));
  EXPECT_THAT(found({"less-faithful"}), ElementsAre(fp32));
  EXPECT_THAT(found({"failing"}), ElementsAre(before_.records[2].variant.id()));
  EXPECT_THAT(found({"slower", "less-faithful"}), ElementsAre(best, fp32));
  EXPECT_THAT(found({"slower", "less-faithful", "failing"}, true), ElementsAre(best)) << "what is deployed";
  EXPECT_THAT(regression_names(), ElementsAre("slower", "less-faithful", "failing"));
}

TEST_F(ChangesReport, SaysWhatChangedAndByHowMuch) {
  now_.host.threads = 4;
  const std::string text = changes_text(changes());
  EXPECT_THAT(text, HasSubstr("not like for like, these differ:\n  threads: 2 → 4\n"));
  EXPECT_THAT(text, HasSubstr("12.1 ms → 16.1 ms, +33.3 %"));
  EXPECT_THAT(text, HasSubstr("less faithful (1)\n  openvino-original-precision=f32-threads=2\n"));
  EXPECT_THAT(text, HasSubstr("118.4 dB → 42.0 dB"));
  EXPECT_THAT(text, HasSubstr("ok → crashed: signal 11\n"));
  EXPECT_THAT(changes_text(select::changes_between(before_, before_, 0.05)), Not(HasSubstr("slower")));
}

TEST_F(ChangesReport, IsTheSameAsJson) {
  const base::Json json = json_from_changes(changes());
  EXPECT_EQ(json.at("like_for_like"), true);
  EXPECT_EQ(json.at("deployed").at("speed"), "worse");
  EXPECT_EQ(json.at("variants").at(1).at("fidelity"), "worse");
  EXPECT_EQ(json.at("variants").at(2).at("failing"), true);
  EXPECT_TRUE(json.at("variants").at(2).at("seconds").is_null());
}

TEST_F(ChangesReport, HostileTextIsShownAsText) {
  now_.records[2].reason = "\x1b[31mred\n";
  now_.host.processor = "\x1b[2J";
  for (const char c : changes_text(changes())) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

}  // namespace
}  // namespace autoaccel::report
