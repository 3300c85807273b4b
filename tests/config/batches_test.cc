#include "config/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace autoaccel::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<TensorInfo> named(const std::map<std::string, InputShapes>& shapes) {
  std::vector<TensorInfo> inputs;
  for (const auto& [name, shape] : shapes)
    inputs.push_back({.name = name, .type = ElementType::float32, .shape = {}, .axes = {}});
  return inputs;
}

std::map<std::string, std::size_t> axes(const std::map<std::string, InputShapes>& shapes, std::int64_t batch) {
  return batch_axes(named(shapes), shapes, batch);
}

TEST(BatchAxes, TheLeadingAxisIsStackedAsFarAsMaxShapeAllows) {
  const std::map<std::string, InputShapes> image{{"x", {.use = {1, 3, 8}, .min = {1, 3, 8}, .max = {4, 3, 8}}}};
  EXPECT_THAT(axes(image, 4), ElementsAre(Pair("x", 0)));
  EXPECT_THAT(axes(image, 5), IsEmpty());
}

/// As silero-vad has them: 576 samples of sound, a state of [2, batch, 128], and a scalar that is none of it.
TEST(BatchAxes, AStateIsStackedAlongItsOnlyAxisOfTheSize) {
  const std::map<std::string, InputShapes> speech{
      {"input", {.use = {1, 576}, .min = {1, 576}, .max = {8, 576}}},
      {"sr", {.use = {}, .min = {}, .max = {}}},
      {"state", {.use = {2, 1, 128}, .min = {2, 1, 128}, .max = {2, 8, 128}}}};
  // Leading axes of 1 and 2 are not shared, so a request counts as one sample.
  EXPECT_EQ(samples_in_request(named(speech), speech), 1);
  EXPECT_THAT(axes(speech, 8), ElementsAre(Pair("input", 0), Pair("state", 1)));
}

TEST(BatchAxes, TwoAxesThatCouldCountSamplesAreNone) {
  EXPECT_THAT(axes({{"x", {.use = {3, 1, 1}, .min = {3, 1, 1}, .max = {3, 8, 8}}},
                    {"y", {.use = {1, 4}, .min = {1, 4}, .max = {8, 4}}}},
                   2),
              ElementsAre(Pair("y", 0)));
}

TEST(BatchAxes, ABatchIsAMultipleOfWhatUseShapeHas) {
  const std::map<std::string, InputShapes> pairs{{"x", {.use = {2, 5}, .min = {1, 5}, .max = {8, 5}}}};
  EXPECT_EQ(samples_in_request(named(pairs), pairs), 2);
  EXPECT_THAT(axes(pairs, 4), ElementsAre(Pair("x", 0)));
  EXPECT_THAT(axes(pairs, 3), IsEmpty());
}

}  // namespace
}  // namespace autoaccel::config
