#include "select/luck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "select/finalists.h"
#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Held to 30 dB in the mean and 20 dB on the worst sample.
Record agreeing(const std::string& runtime, double mean, double worst, double latency = 0.005) {
  Record record = ran(runtime, "fp16", latency);
  record.agreement->outputs.push_back(
      {.name = "y", .sqnr_db = {.mean = mean, .worst = worst}, .worst_sqnr_limit_db = 20});
  record.agreement->within_limit = mean >= 30 && worst >= 20;
  if (!record.agreement->within_limit) record.outcome = Outcome::disagreed;
  return record;
}

/// Variants of like noise fall 30, 27 and 25 dB below their mean: at 43 dB that would be 16 dB.
TEST(Luck, IsToPassWhereVariantsOfLikeNoiseDoNot) {
  const autoaccel::Run run = run_of({original_at(0.010), agreeing("a", 40, 10), agreeing("b", 42, 15),
                                     agreeing("c", 43, 23), agreeing("d", 39, 14), agreeing("e", 47.1, 22)});
  EXPECT_THAT(
      luck_reason(run, run.records[3]),
      HasSubstr("output 'y': agrees by luck: its worst sample has 23.0 dB, but 4 variants of about as much noise "
                "fall 27.0 dB below their mean there (the median), so 16.0 < 20.0 has to be expected"));
  EXPECT_EQ(luck_reason(run, run.records[5]), "");  // 27 dB below 47.1 is 20.1
  EXPECT_EQ(luck_reason(run, run.records[1]), "");  // outside its limit anyway
}

TEST(Luck, IsNotSeenInFewOrInOthers) {
  const Record lucky = agreeing("c", 43, 23);
  const Record like = agreeing("a", 40, 10), more = agreeing("b", 42, 15);
  // The same outputs with other settings count once; 33 to 53 dB are alike; the original has no figures of its own.
  EXPECT_EQ(luck_reason(run_of({original_at(0.010), lucky, like, like, like, more}), lucky), "");
  EXPECT_EQ(luck_reason(run_of({original_at(0.010), lucky, like, more, agreeing("d", 32, 2)}), lucky), "");
  EXPECT_NE(luck_reason(run_of({original_at(0.010), lucky, like, more, agreeing("d", 34, 4)}), lucky), "");
}

TEST(Luck, IsNoMatterWhereOtherFiguresDecide) {
  Record record = agreeing("c", 43, 23);
  record.agreement->outputs[0].worst_sqnr_limit_db.reset();
  EXPECT_EQ(luck_reason(run_of({agreeing("a", 40, 10), agreeing("b", 42, 15), agreeing("d", 41, 14), record}), record),
            "");
}

TEST(Luck, IsNotRecommended) {
  autoaccel::Run run = run_of({original_at(0.010), agreeing("a", 40, 10), agreeing("b", 42, 15),
                               agreeing("c", 43, 23, 0.004), agreeing("d", 39, 14), agreeing("e", 70, 60, 0.006)});
  EXPECT_THAT(finalists(run, 4), Not(Contains("c-fp16")));
  EXPECT_THAT(finalists(run, 4), Contains("e-fp16"));
  rank(run);
  EXPECT_EQ(run.recommended, "e-fp16");
  for (const Record& record : run.records) {
    if (record.variant.runtime != "c") continue;
    EXPECT_EQ(record.outcome, Outcome::suspect);
    EXPECT_THAT(record.reason, HasSubstr("agrees by luck"));
  }
}

}  // namespace
}  // namespace autoaccel::select
