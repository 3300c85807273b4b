#include "search/strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "autoaccel/error.h"
#include "support/search/landscape.h"

namespace autoaccel::search {
namespace {

using testing::Course;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Landscape;
using Point = Space::Point;

Landscape small() { return testing::make_landscape({.name = "small", .interaction = 0.05}); }

std::set<Point> distinct(const Course& course) { return {course.points.begin(), course.points.end()}; }

TEST(StrategyTest, NamesAreThoseThatCanBeMade) {
  EXPECT_THAT(strategy_names(), ElementsAre("racing", "random", "exhaustive"));
  const Space space({}, {});
  for (const std::string& name : strategy_names()) EXPECT_FALSE(make_strategy(name, space, {})->next()) << name;
}

TEST(StrategyTest, AnUnknownNameIsTheUsersErrorWithTheNearestOne) {
  const Space space({}, {});
  try {
    make_strategy("exaustive", space, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage);
    EXPECT_THAT(error.message(), HasSubstr("exaustive"));
    EXPECT_THAT(error.hint(), HasSubstr("exhaustive"));
  }
}

TEST(StrategyTest, NoneRepeatsAPointNorOneThatItWasTold) {
  const Landscape landscape = small();
  for (const std::string& name : strategy_names()) {
    const auto strategy = make_strategy(name, landscape.space, {});
    std::set<Point> seen{landscape.space.start(0), landscape.space.start(3)};
    for (const Point& point : seen) strategy->tell(point, landscape.truth.at(point));
    for (int trial = 0; trial < 60; ++trial) {
      const auto step = strategy->next();
      if (!step) break;
      ASSERT_TRUE(seen.insert(step->point).second) << name << " repeats " << landscape.space.variant(step->point).id();
      strategy->tell(step->point, landscape.truth.at(step->point));
    }
  }
}

TEST(StrategyTest, AskingTwiceGivesTheSame) {
  const Landscape landscape = small();
  for (const std::string& name : strategy_names()) {
    const auto strategy = make_strategy(name, landscape.space, {});
    for (int trial = 0; trial < 25; ++trial) {
      const auto step = strategy->next();
      ASSERT_TRUE(step);
      EXPECT_EQ(strategy->next()->point, step->point) << name;
      strategy->tell(step->point, landscape.truth.at(step->point));
    }
  }
}

TEST(StrategyTest, TheSameSeedGivesTheSameCourse) {
  const Landscape landscape = small();
  for (const std::string& name : strategy_names())
    EXPECT_EQ(testing::play(landscape, name, 7, 50).points, testing::play(landscape, name, 7, 50).points) << name;
  EXPECT_NE(testing::play(landscape, "random", 7, 50).points, testing::play(landscape, "random", 8, 50).points);
}

TEST(StrategyTest, ExhaustiveTriesTheFormsAndThenEveryPoint) {
  const Landscape landscape = small();
  const Course course = testing::play(landscape, "exhaustive", 1, landscape.space.size() + 1);
  for (std::size_t form = 0; form < landscape.space.forms().size(); ++form)
    EXPECT_EQ(course.points[form], landscape.space.start(form));
  EXPECT_EQ(distinct(course).size(), landscape.space.size());
  EXPECT_EQ(course.points.size(), landscape.space.size());
  EXPECT_EQ(course.stopped_because, "everything was tried");
  EXPECT_EQ(course.trials.back().regret, 0);
  // Everything once, and each form's conversion once.
  EXPECT_NEAR(course.trials.back().seconds, landscape.seconds(), 1e-6);
}

TEST(StrategyTest, RandomTriesTheOriginalAndThenEveryPointInAnyOrder) {
  const Landscape landscape = small();
  const Course course = testing::play(landscape, "random", 1, landscape.space.size() + 1);
  EXPECT_EQ(course.points.front(), landscape.space.start(0));
  EXPECT_EQ(distinct(course).size(), landscape.space.size());
  // Were it the order of the forms, the second runtime's would all come last.
  std::size_t second = 0;
  for (std::size_t i = 0; i < 100; ++i) second += course.points[i].form >= 6;
  EXPECT_GT(second, 30u);  // of 100 where 6 / 11 of the points are its: 55 ± 5
  EXPECT_LT(second, 80u);
}

}  // namespace
}  // namespace autoaccel::search
