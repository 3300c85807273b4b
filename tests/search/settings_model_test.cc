#include "search/settings_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "search/odds.h"

namespace autoaccel::search {
namespace {

/// Two forms of a runtime and one of another, each with two dimensions of three choices.
class ModelTest : public ::testing::Test {
 protected:
  static Form form(const char* runtime, const char* recipe) {
    return {.variant = {.recipe = recipe, .runtime = runtime, .device = {}, .settings = {}}};
  }
  static std::vector<plan::Dimension> dimensions() {
    return {{.name = "x", .choices = {{}, {{"x", "1"}}, {{"x", "2"}}}},
            {.name = "y", .choices = {{}, {{"y", "1"}}, {{"y", "2"}}}}};
  }

  void tell(Space::Point point, double value, bool is_faithful = true, double seconds = 1) {
    trials_.add(point, {.is_faithful = is_faithful, .value = value, .half_width = 0.01, .seconds = seconds});
  }
  void fail(Space::Point point) { trials_.add(point, {.seconds = 1}); }

  Space space_{{form("r", "a"), form("r", "b"), form("s", "a")}, {{"r", dimensions()}, {"s", dimensions()}}};
  Trials trials_;
};

TEST_F(ModelTest, WhatASettingDidForAFormItPredictsForAnother) {
  tell({0, {0, 0}}, 1);
  tell({0, {1, 0}}, 0.5);
  tell({1, {0, 0}}, 0.8);
  tell({2, {0, 0}}, 0.8);
  const SettingsModel model(space_, trials_);
  const auto sibling = model.at({1, {1, 0}});
  const auto stranger = model.at({2, {1, 0}});
  EXPECT_LT(sibling.log_value, std::log(0.6));
  EXPECT_NEAR(stranger.log_value, std::log(0.8), 0.1);  // another runtime's settings are others, whatever their names
  EXPECT_LT(sibling.deviation, stranger.deviation);
}

TEST_F(ModelTest, EffectsAddUp) {
  tell({0, {0, 0}}, 1);
  tell({0, {1, 0}}, 0.8);
  tell({0, {0, 1}}, 0.8);
  const SettingsModel model(space_, trials_);
  EXPECT_LT(model.at({0, {1, 1}}).log_value, std::log(0.75));
  EXPECT_GT(model.at({0, {1, 1}}).log_value, std::log(0.55));
}

TEST_F(ModelTest, WhatWasMeasuredIsBelievedMoreThanWhatWasNot) {
  tell({0, {0, 0}}, 1);
  tell({0, {1, 0}}, 0.9);
  const SettingsModel model(space_, trials_);
  EXPECT_NEAR(model.at({0, {0, 0}}).log_value, 0, 0.02);
  EXPECT_LT(model.at({0, {0, 0}}).deviation, 0.02);
  EXPECT_GT(model.at({0, {2, 0}}).deviation, 0.02);
}

TEST_F(ModelTest, SettingsThatChangeNothingAreExpectedToGoOnSo) {
  for (const std::size_t x : {0, 1}) {
    for (const std::size_t y : {0, 1}) {
      tell({0, {x, y}}, 1);
      tell({1, {x, y}}, 1);
    }
  }
  const SettingsModel model(space_, trials_);
  EXPECT_LT(model.at({0, {2, 0}}).deviation, 0.05);
  EXPECT_NEAR(model.at({0, {2, 0}}).log_value, 0, 0.01);
}

TEST_F(ModelTest, AMeasurementWithoutAnIntervalSaysLittle) {
  tell({0, {0, 0}}, 1);
  trials_.add({0, {1, 0}}, {.is_faithful = true, .value = 3, .half_width = INFINITY, .seconds = 1});
  const SettingsModel model(space_, trials_);
  EXPECT_TRUE(std::isfinite(model.at({0, {1, 0}}).log_value));
  EXPECT_GT(model.at({0, {1, 0}}).deviation, 0.02);
}

TEST_F(ModelTest, OddsBlameTheChoiceThatFailed) {
  tell({0, {0, 0}}, 1);
  fail({0, {1, 0}});
  tell({1, {0, 0}}, 1);
  const Odds odds(space_, trials_);
  EXPECT_DOUBLE_EQ(odds.faithful({1, {1, 0}}), 0.25 / 1.25);        // of x = 1 on r: none of one
  EXPECT_DOUBLE_EQ(odds.faithful({1, {2, 2}}), 1);                  // never tried, and the form is faithful
  EXPECT_DOUBLE_EQ(odds.faithful({0, {2, 0}}), (1 + 0.25) / 2.25);  // form 0: one of two
  EXPECT_DOUBLE_EQ(odds.faithful({2, {1, 0}}), 1);
}

TEST_F(ModelTest, OddsDoNotBlameSettingsForAFormThatIsNeverFaithful) {
  tell({0, {0, 0}}, 1);
  fail({1, {0, 0}});
  const Odds odds(space_, trials_);
  EXPECT_DOUBLE_EQ(odds.faithful({0, {0, 1}}), 1);
  EXPECT_DOUBLE_EQ(odds.faithful({1, {0, 1}}), 0.25 / 1.25);
  EXPECT_TRUE(odds.is_tried(*space_.dimensions(0)[0], 0));
  EXPECT_FALSE(odds.is_tried(*space_.dimensions(0)[0], 1));
}

TEST_F(ModelTest, OnlyTheFirstTrialOfAFormPaysForTheConversion) {
  tell({0, {0, 0}}, 1, true, 60);
  EXPECT_EQ(Odds(space_, trials_).seconds(0), 60);
  tell({0, {1, 0}}, 1, true, 2);
  tell({0, {2, 0}}, 1, true, 3);
  tell({0, {0, 1}}, 1, true, 5);
  tell({1, {0, 0}}, 1, true, 30);
  const Odds odds(space_, trials_);
  EXPECT_EQ(odds.seconds(0), 3);  // the median of 2, 3 and 5
  EXPECT_EQ(odds.seconds(1), 3);  // as others after their first
}

}  // namespace
}  // namespace autoaccel::search
