#include "search/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace autoaccel::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Point = Space::Point;

Variant variant(const std::string& recipe, Settings settings, const std::string& runtime = "r") {
  return {.recipe = recipe, .runtime = runtime, .device = {}, .settings = std::move(settings)};
}

Form form(Variant variant) { return {.variant = std::move(variant)}; }

/// The README example of a dimension that varies two names together, and one that varies a name from its default.
std::vector<plan::Dimension> dimensions() {
  return {{.name = "threads and requests", .choices = {{{"threads", "2"}}, {{"requests", "2"}, {"threads", "1"}}}},
          {.name = "optimization", .choices = {{}, {{"optimization", "extended"}}, {{"optimization", "basic"}}}}};
}

TEST(SpaceTest, AFormStartsAtTheChoicesThatItHas) {
  const Space space({form(variant("a", {{"optimization", "basic"}, {"requests", "2"}, {"threads", "1"}}))},
                    {{"r", dimensions()}});
  EXPECT_EQ(space.start(0), (Point{0, {1, 2}}));
  EXPECT_EQ(space.variant(space.start(0)), space.forms()[0].variant);
}

TEST(SpaceTest, AFormThatSaysNothingStartsAtTheFirstChoiceAndStaysAsItIs) {
  const Space space({form(variant("a", {}))}, {{"r", dimensions()}});
  EXPECT_EQ(space.start(0), (Point{0, {0, 0}}));
  EXPECT_EQ(space.variant({0, {0, 0}}), variant("a", {}));
  EXPECT_EQ(space.variant({0, {0, 1}}), variant("a", {{"optimization", "extended"}}));
}

TEST(SpaceTest, AChoiceClearsTheNamesOfTheOthers) {
  const Settings planned{{"requests", "2"}, {"threads", "1"}, {"precision", "bf16"}};
  const Space space({form(variant("a", planned))}, {{"r", dimensions()}});
  EXPECT_EQ(space.variant({0, {0, 2}}),
            variant("a", {{"optimization", "basic"}, {"precision", "bf16"}, {"threads", "2"}}));
}

TEST(SpaceTest, ADimensionIsFixedForAFormWithAValueOfItsOwn) {
  const Space space({form(variant("a", {{"threads", "7"}}))}, {{"r", dimensions()}});
  ASSERT_EQ(space.dimensions(0).size(), 1u);
  EXPECT_EQ(space.dimensions(0)[0]->name, "optimization");
  EXPECT_EQ(space.variant({0, {1}}), variant("a", {{"optimization", "extended"}, {"threads", "7"}}));
}

TEST(SpaceTest, ADimensionThatDoesNotApplyOrLeavesNoChoiceIsNotThere) {
  std::vector<plan::Dimension> rows = dimensions();
  rows[0].applies = [](const Variant& v) { return v.recipe == "b"; };
  rows.push_back({.name = "arena", .choices = {{}}});
  const Space space({form(variant("a", {})), form(variant("b", {})), form(variant("a", {}, "other"))}, {{"r", rows}});
  EXPECT_EQ(space.dimensions(0).size(), 1u);
  EXPECT_EQ(space.dimensions(1).size(), 2u);
  EXPECT_THAT(space.dimensions(2), IsEmpty());
  EXPECT_THAT(space.points(2), ElementsAre(Point{2, {}}));
  EXPECT_EQ(space.size(), 3 + 2 * 3 + 1u);
}

TEST(SpaceTest, NeighboursDifferInOneDimension) {
  const Space space({form(variant("a", {}))}, {{"r", dimensions()}});
  EXPECT_THAT(space.neighbours({0, {1, 1}}), ElementsAre(Point{0, {0, 1}}, Point{0, {1, 0}}, Point{0, {1, 2}}));
}

TEST(SpaceTest, PointsAreAllCombinationsWithTheStartFirst) {
  const Space space({form(variant("a", {{"optimization", "extended"}}))}, {{"r", dimensions()}});
  EXPECT_THAT(space.points(0), ElementsAre(Point{0, {0, 1}}, Point{0, {0, 0}}, Point{0, {0, 2}}, Point{0, {1, 0}},
                                           Point{0, {1, 1}}, Point{0, {1, 2}}));
  EXPECT_EQ(space.size(), 6u);
}

TEST(SpaceTest, AFormThatAnEarlierOneReachesIsAPointOfThatOne) {
  const Space space({form(variant("a", {{"threads", "2"}})), form(variant("a", {{"requests", "2"}, {"threads", "1"}})),
                     form(variant("b", {{"requests", "2"}, {"threads", "1"}}))},
                    {{"r", dimensions()}});
  EXPECT_EQ(space.start(1), (Point{0, {1, 0}}));
  EXPECT_EQ(space.variant(space.start(1)), space.forms()[1].variant);
  EXPECT_THAT(space.points(1), IsEmpty());
  EXPECT_THAT(space.dimensions(1), IsEmpty());
  EXPECT_EQ(space.start(2), (Point{2, {1, 0}}));  // another recipe
  EXPECT_EQ(space.size(), 6 + 6u);
}

TEST(SpaceTest, ItStaysWholeWhenItIsMoved) {
  Space first({form(variant("a", {}))}, {{"r", dimensions()}});
  const Space second = std::move(first);
  EXPECT_EQ(second.dimensions(0)[1]->choices.size(), 3u);
  EXPECT_EQ(second.variant({0, {1, 0}}), variant("a", {{"requests", "2"}, {"threads", "1"}}));
}

}  // namespace
}  // namespace autoaccel::search
