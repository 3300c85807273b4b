#include "select/finalists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Record with_settings(Record record, const std::string& name, const std::string& value) {
  record.variant.settings = {{name, value}};
  return record;
}

/// Half-widths are 1 %: the best reaches to 5.05 ms, so that 5.05 · 1.1 = 5.555 is what an interval has to reach below:
/// 5.6 · 0.99 = 5.544 does, 5.7 · 0.99 = 5.643 does not.
TEST(Finalists, AreThoseWithinReachOfTheBest) {
  autoaccel::Run run =
      run_of({original_at(0.010), ran("c", "fp16", 0.0057), ran("b", "fp16", 0.0056), ran("a", "fp16", 0.005)});
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16", "b-fp16"));
  EXPECT_THAT(finalists(run, 1), ElementsAre("a-fp16"));
  EXPECT_THAT(finalists(run, 0), IsEmpty());
}

/// Three settings of a's form are the fastest of all; two of them take part, behind the best of each other kind.
TEST(Finalists, AreNotAllSettingsOfOneForm) {
  autoaccel::Run run = run_of({original_at(0.010), with_settings(ran("a", "fp16", 0.0050), "threads", "1"),
                               with_settings(ran("a", "fp16", 0.0051), "threads", "2"),
                               with_settings(ran("a", "fp16", 0.0052), "threads", "3"), ran("b", "fp16", 0.0053),
                               ran("a", "exotic", 0.0054)});
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16-threads=1", "b-fp16", "a-exotic", "a-fp16-threads=2"));
  EXPECT_THAT(finalists(run, 2), ElementsAre("a-fp16-threads=1", "b-fp16"));
}

/// f is far behind, but the most faithful of what is faster than the original: it gets the last place. g is as faithful
/// within 1 dB, and slower; h is more faithful, and not faster than the original.
TEST(Finalists, IncludeTheMostFaithfulThatIsFaster) {
  const auto faithful = [](const std::string& runtime, double seconds, double sqnr_db) {
    Record record = ran(runtime, "fp16", seconds);
    record.agreement->sqnr_db = sqnr_db;
    return record;
  };
  autoaccel::Run run = run_of({original_at(0.010), ran("a", "fp16", 0.0050), ran("b", "fp16", 0.0051),
                               faithful("g", 0.0090, 58.5), faithful("f", 0.0080, 58), faithful("h", 0.0101, 60)});
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16", "b-fp16", "f-fp16"));
  EXPECT_THAT(finalists(run, 2), ElementsAre("a-fp16", "f-fp16"));
}

TEST(Finalists, AreFaithfulTrustedAndWithinTheConstraints) {
  Record disagreed = ran("a", "fp16", 0.001);
  disagreed.outcome = Outcome::disagreed;
  Record suspect = ran("b", "fp16", 0.001);
  suspect.outcome = Outcome::suspect;
  Record unbounded = ran("c", "fp16", 0.001);
  unbounded.agreement->within_limit = false;
  Record large = ran("d", "fp16", 0.001);
  large.artifact->bytes = 2'000'001;
  autoaccel::Run run = run_of({original_at(0.010), disagreed, suspect, unbounded, large, ran("e", "fp16", 0.005),
                               ran("slower", "fp16", 0.011)});
  run.config.constraints.size_bytes = 2'000'000;
  EXPECT_THAT(finalists(run, 4), ElementsAre("e-fp16"));
}

/// Other processes disturbed the trials: the final measures again. What fell back to another precision stays suspect.
TEST(Finalists, MayBeSuspectForTheLoadOfTheMachine) {
  const auto suspect = [](Record record, std::vector<std::string> warnings) {
    record.outcome = Outcome::suspect;
    record.placement.emplace().warnings = std::move(warnings);
    return record;
  };
  autoaccel::Run run = run_of({suspect(original_at(0.010), {}), suspect(ran("a", "fp16", 0.005), {}),
                               suspect(ran("b", "fp16", 0.004), {"4 casts inserted"})});
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16"));
  run.records[0].placement->warnings = {"fell back"};
  EXPECT_THAT(finalists(run, 4), IsEmpty());
}

/// For size, what is smaller comes first, unless it is slower than the original beyond doubt.
TEST(Finalists, OfSizeAreTheSmallestThatAreNotSlower) {
  Record small = ran("a", "fp16", 0.010);
  small.artifact->bytes = 500'000;
  Record smaller_and_slower = ran("b", "fp16", 0.015);
  smaller_and_slower.artifact->bytes = 100'000;
  autoaccel::Run run = run_of({original_at(0.010), small, smaller_and_slower, ran("c", "fp16", 0.010)});
  run.config.objective = Objective::size;
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16"));
}

TEST(Finalists, NeedAnOriginalThatRan) {
  autoaccel::Run run = run_of({ran("a", "fp16", 0.005)});
  EXPECT_THAT(finalists(run, 4), IsEmpty());
  run.records.push_back(original_at(0.010));
  EXPECT_THAT(finalists(run, 4), ElementsAre("a-fp16"));
  run.records.back().outcome = Outcome::crashed;
  run.records.back().measurement.reset();
  EXPECT_THAT(finalists(run, 4), IsEmpty());
}

}  // namespace
}  // namespace autoaccel::select
