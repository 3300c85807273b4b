#include "select/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "select/records.h"

namespace autoaccel::select {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Record variant_of(const std::string& runtime, double seconds, double sqnr_db, std::uint64_t bytes) {
  Record record = ran(runtime, "fp16", seconds);
  record.agreement->sqnr_db = sqnr_db;
  record.artifact->bytes = bytes;
  return record;
}

std::vector<std::string> front(const autoaccel::Run& run) {
  std::vector<std::string> ids;
  for (const Record& record : run.records)
    if (record.on_pareto_front) ids.push_back(record.variant.runtime);
  return ids;
}

std::vector<std::pair<std::string, std::string>> picks(const autoaccel::Run& run) {
  std::vector<std::pair<std::string, std::string>> picks;
  for (const Pick& pick : run.picks) picks.emplace_back(pick.question, pick.id);
  return picks;
}

TEST(ParetoFront, HoldsWhatNothingElseBeatsInAll) {
  Record disagreed = variant_of("z", 0.001, 10, 1);
  disagreed.outcome = Outcome::disagreed;
  disagreed.agreement->within_limit = false;
  autoaccel::Run run =
      run_of({original_at(0.010), variant_of("fast", 0.004, 25, 900), variant_of("faithful", 0.008, 50, 900),
              variant_of("small", 0.010, 25, 400),       // not faster, not slower
              variant_of("beaten", 0.009, 49, 900),      // by faithful in all
              variant_of("slower", 0.012, 59, 100),      // than the original: no choice
              variant_of("same_dB", 0.0085, 50.4, 900),  // the fraction of a dB tells nothing
              disagreed});
  rank(run);
  EXPECT_THAT(front(run), UnorderedElementsAre("fast", "faithful", "small"));
  EXPECT_THAT(picks(run),
              ElementsAre(std::pair("fastest", "fast-fp16"), std::pair("most faithful that is faster", "faithful-fp16"),
                          std::pair("smallest", "small-fp16")));
}

/// Of two that are equal in all, the one with the better rank stands on it.
TEST(ParetoFront, HoldsOneOfEquals) {
  autoaccel::Run run = run_of({original_at(0.010), variant_of("b", 0.004, 25, 900), variant_of("a", 0.004, 25, 900)});
  rank(run);
  EXPECT_EQ(front(run).size(), 1u);
  EXPECT_TRUE(run.records[0].on_pareto_front);
}

TEST(ParetoFront, IsEmptyWhereNothingIsAsFastAsTheOriginal) {
  autoaccel::Run run = run_of({original_at(0.010), variant_of("a", 0.020, 50, 1)});
  run.records[1].on_pareto_front = true;  // from an earlier call
  run.picks = {{"fastest", "a-fp16"}};
  rank(run);
  EXPECT_THAT(front(run), IsEmpty());
  EXPECT_THAT(run.picks, IsEmpty());
}

/// The original has no more than 1,000,000 bytes: a file of as many is not smaller.
TEST(Picks, AreThereOnlyWhereThereIsOne) {
  autoaccel::Run run = run_of({original_at(0.010), variant_of("a", 0.005, 50, 1'000'000)});
  rank(run);
  EXPECT_THAT(picks(run),
              ElementsAre(std::pair("fastest", "a-fp16"), std::pair("most faithful that is faster", "a-fp16")));
}

/// By its rough figure b was faster than anything; the final did not see it.
TEST(Picks, TheFastestTookPartInTheFinal) {
  autoaccel::Run run = run_of({original_at(0.010), variant_of("a", 0.006, 50, 900), variant_of("b", 0.003, 50, 900)});
  run.final_rounds = final_of({{"onnxruntime-original", 0.010}, {"a-fp16", 0.005}});
  rank(run);
  EXPECT_EQ(run.picks.at(0).id, "a-fp16");
}

}  // namespace
}  // namespace autoaccel::select
