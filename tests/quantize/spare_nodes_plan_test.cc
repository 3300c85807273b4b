#include "quantize/spare_nodes_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "autoaccel/error.h"

namespace autoaccel::quantize {
namespace {

using ::testing::ElementsAre;

Noise noise(std::vector<double> by_sample, double more_db = 0) {
  return {.is_broken = false, .outputs = {{std::move(by_sample), more_db}}};
}

const Noise kBroken{.is_broken = true, .outputs = {}};

TEST(SlackDb, IsTheLesserOfMeanAndWorstSample) {
  EXPECT_DOUBLE_EQ(slack_db_of(std::vector<double>{0.1, 0.001}, 0), 10);    // worst 10, mean 20
  EXPECT_DOUBLE_EQ(slack_db_of(std::vector<double>{0.1, 0.001}, 10), 20);   // worst 10 + 10, mean 20
  EXPECT_DOUBLE_EQ(slack_db_of(std::vector<double>{10, 1e-5}, 10), 0);      // worst -10 + 10, mean 20
  EXPECT_DOUBLE_EQ(slack_db_of(std::vector<double>{100, 1e-12}, 10), -10);  // one sample hides nothing
  EXPECT_DOUBLE_EQ(slack_db_of(std::vector<double>{0}, 10), 200);
  EXPECT_DOUBLE_EQ(slack_db_of({}, 10), 200);
}

TEST(Noise, AddsUpBySample) {
  const Noise sum = noise({0.25, 0.5}) + noise({0.25, 0.25});
  ASSERT_EQ(sum.outputs.size(), 1u);
  EXPECT_THAT(sum.outputs[0].by_sample, ElementsAre(0.5, 0.75));
  EXPECT_THAT((Noise() + noise({2})).outputs[0].by_sample, ElementsAre(2));
  EXPECT_THAT((noise({2}) + Noise()).outputs[0].by_sample, ElementsAre(2));
  EXPECT_TRUE((noise({2}) + kBroken).is_broken);
  EXPECT_THROW(noise({1, 2}) + noise({1}), Error);
}

TEST(Noise, IsDividedEvenly) {
  EXPECT_THAT(divided(noise({3, 6}), 3).outputs[0].by_sample, ElementsAre(1, 2));
  EXPECT_TRUE(divided(kBroken, 3).is_broken);
}

TEST(Noise, IsAShareOfTheLimit) {
  EXPECT_DOUBLE_EQ(share_of_limit(noise({0.5, 0.25})), 0.5);        // the worst sample's
  EXPECT_DOUBLE_EQ(share_of_limit(noise({0.04, 0.01}, 10)), 0.02);  // the geometric mean
}

TEST(Noise, HasTheSlackOfItsWorstOutput) {
  Noise two = noise({0.01});
  two.outputs.push_back({{10}, 0});
  EXPECT_DOUBLE_EQ(slack_db(two), -10);
  EXPECT_DOUBLE_EQ(slack_db(Noise()), 200);
  EXPECT_DOUBLE_EQ(slack_db(kBroken), kBrokenSlackDb);
}

TEST(Noise, IsTypicallyTheGeometricMean) {
  EXPECT_DOUBLE_EQ(typical_share(noise({0.25, 4, 1})), 1);
  Noise two = noise({0.01});
  two.outputs.push_back({{9, 4}, 0});
  EXPECT_DOUBLE_EQ(typical_share(two), 6);  // of the output that has most
  EXPECT_EQ(typical_share(kBroken), 1e20);
  EXPECT_EQ(typical_share(Noise()), 0);
}

TEST(ExpectedSlack, IsTheForetoldOneAtTheLevelOfTheJudged) {
  // Twice as much on two samples and a quarter, by luck, on the third: the level is (2 · 2 · 1/4)^(1/3) = 1.
  EXPECT_NEAR(expected_slack_db(noise({0.01, 0.02, 0.1}), noise({0.02, 0.04, 0.025})), 10, 1e-9);
  EXPECT_NEAR(expected_slack_db(noise({0.01, 0.1}), noise({0.1, 1})), 0, 1e-9);  // ten times as much
}

TEST(ExpectedSlack, IsTheJudgedOneWhereNothingIsForetold) {
  EXPECT_DOUBLE_EQ(expected_slack_db(Noise(), noise({0.1})), 10);
  EXPECT_DOUBLE_EQ(expected_slack_db(noise({0}), noise({0.1})), 10);
  EXPECT_DOUBLE_EQ(expected_slack_db(kBroken, noise({0.1})), 10);
  EXPECT_DOUBLE_EQ(expected_slack_db(noise({0.1}), kBroken), kBrokenSlackDb);
}

TEST(Foretold, IsTheSumOfTheGroupsThatHaveALowNode) {
  const std::vector<NodeGroup> groups{{.first = 0, .end = 2, .alone = noise({1})},
                                      {.first = 2, .end = 3, .alone = noise({2})},
                                      {.first = 3, .end = 4, .alone = noise({4})}};
  EXPECT_THAT(foretold(groups, {false, true, false, true}).outputs[0].by_sample, ElementsAre(5));
  EXPECT_TRUE(foretold(groups, {false, false, false, false}).outputs.empty());
}

TEST(Foretold, IsNotLessOnAHardSampleThanItIsForMostGroups) {
  // On the third sample the first two groups have 8 times their noise on the others, the last none too many. Their
  // typical noises are 2, 2 and 1 (the geometric means of 1, 1, 8 and of ones); the sample's hardness is
  // (4 · 4 · 1)^(1/3) = 2.52, so that the last group is to have 2.52 there, and 2 · 2.52 + 1 · 2.52 with the first.
  const std::vector<NodeGroup> groups{{.first = 0, .end = 1, .alone = noise({1, 1, 8})},
                                      {.first = 1, .end = 2, .alone = noise({1, 1, 8})},
                                      {.first = 2, .end = 3, .alone = noise({1, 1, 1})}};
  EXPECT_NEAR(foretold(groups, {false, false, true}).outputs[0].by_sample[2], std::cbrt(16), 1e-9);
  EXPECT_NEAR(foretold(groups, {true, false, true}).outputs[0].by_sample[2], 9, 1e-9);  // the sum is more
  EXPECT_NEAR(foretold(groups, {false, false, true}).outputs[0].by_sample[0], 1, 1e-9);
}

TEST(Remainder, IsWhatThePartLeaves) {
  EXPECT_THAT(remainder(noise({1, 8}), noise({0.25, 8.5}))->outputs[0].by_sample, ElementsAre(0.75, 0));
}

TEST(Remainder, IsUnknownWhereThereIsDoubt) {
  EXPECT_FALSE(remainder(noise({1}), noise({1.3})).has_value());  // the two cancel each other out
  EXPECT_TRUE(remainder(noise({1}), noise({1.2})).has_value());
  EXPECT_FALSE(remainder(kBroken, kBroken).has_value());
  EXPECT_FALSE(remainder(noise({1}), kBroken).has_value());
  EXPECT_TRUE(remainder(kBroken, noise({1}))->is_broken);
}

TEST(Plan, KeepsTheMostDamagePerCost) {
  // Damage per cost 0.5 / 1, 0.6 / 4, 0.3 / 1: low from the least, 0.6, then 0.3 (0.9), then 0.5 (1.4: outside).
  const std::vector<NodeGroup> groups{{.first = 0, .end = 1, .alone = noise({0.5})},
                                      {.first = 1, .end = 3, .alone = noise({0.6})},
                                      {.first = 3, .end = 4, .alone = noise({0.3})}};
  const std::vector<double> costs{1, 2, 2, 1};
  const SparePlan plan = plan_of(groups, costs, std::vector<bool>(4, false), 0);
  EXPECT_THAT(plan.low, ElementsAre(false, true, true, true));
  EXPECT_NEAR(plan.foretold_db, 0.4576, 1e-4);  // -10 log10 0.9
  EXPECT_THAT(by_damage(groups, costs), ElementsAre(1, 2, 0));
}

TEST(Plan, TakesASmallerOneWhereThatWouldNotFit) {
  // By damage per cost: 0.5 / 4, 0.7 / 4, 0.4 / 1; 0.5 + 0.7 does not fit, 0.5 + 0.4 does.
  const std::vector<NodeGroup> groups{{.first = 0, .end = 1, .alone = noise({0.5})},
                                      {.first = 1, .end = 2, .alone = noise({0.7})},
                                      {.first = 2, .end = 3, .alone = noise({0.4})}};
  EXPECT_THAT(plan_of(groups, {4, 4, 1}, std::vector<bool>(3, false), 0).low, ElementsAre(true, false, true));
}

TEST(Plan, LeavesFloatWhatFailsOrIsForced) {
  const std::vector<NodeGroup> groups{{.first = 0, .end = 1, .alone = kBroken},
                                      {.first = 1, .end = 3, .alone = noise({0.1})}};
  EXPECT_THAT(plan_of(groups, {1, 1, 1}, {false, false, true}, -100).low, ElementsAre(false, true, false));
  EXPECT_THAT(plan_of(groups, {1, 1, 1}, {false, false, false}, 11).low, ElementsAre(false, false, false));
}

}  // namespace
}  // namespace autoaccel::quantize
