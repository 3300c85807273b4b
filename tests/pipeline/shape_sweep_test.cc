#include "pipeline/shape_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace autoaccel::pipeline {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const std::vector<NamedShapes>& all) {
  std::vector<std::string> texts;
  for (const NamedShapes& named : all) {
    std::string text = named.where;
    for (const auto& [input, shape] : named.inputs) text += " " + input + to_text(shape);
    texts.push_back(text);
  }
  return texts;
}

TEST(ShapesToVisit, OneShapeLeavesNothing) {
  EXPECT_TRUE(shapes_to_visit({{"x", {.use = {1, 3}, .min = {1, 3}, .max = {1, 3}}}}).empty());
}

/// 320, 640 and 1280 are multiples of 320: (320 + 640) / 2 = 480 gives 320, which is min; (640 + 1280) / 2 = 960.
TEST(ShapesToVisit, StaysOnMultiplesOfWhatAllThreeAreMultiplesOf) {
  EXPECT_THAT(texts(shapes_to_visit({{"x", {.use = {1, 640}, .min = {1, 320}, .max = {1, 1280}}}})),
              ElementsAre("min_shape x[1, 320]", "between x[1, 960]", "max_shape x[1, 1280]"));
}

TEST(ShapesToVisit, AllInputsMoveTogether) {
  EXPECT_THAT(texts(shapes_to_visit({{"a", {.use = {2}, .min = {1}, .max = {8}}},
                                     {"b", {.use = {2, 7}, .min = {1, 7}, .max = {8, 7}}}})),
              ElementsAre("min_shape a[1] b[1, 7]", "between a[5] b[5, 7]", "max_shape a[8] b[8, 7]"));
}

TEST(ShapesToVisit, WhereUseIsAnEndThereAreTwo) {
  EXPECT_THAT(texts(shapes_to_visit({{"x", {.use = {1}, .min = {1}, .max = {4}}}})),
              ElementsAre("between x[2]", "max_shape x[4]"));
}

}  // namespace
}  // namespace autoaccel::pipeline
