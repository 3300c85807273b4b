#include "samples/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "support/models.h"
#include "zip_bytes.h"

namespace autoaccel::samples {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kModel = R"(
  <ir_version: 8, opset_import: ["" : 17]>
  net (float[2, 3] x, int32[2] n, float16[4] half) => (float[2, 3] y, int32[2] m, float16[4] h) { y = Relu(x)
    m = Abs(n)  h = Relu(half) })";
const std::map<std::string, Shape> kShapes = {{"x", {2, 3}}, {"n", {2}}, {"half", {4}}};

class MakeSamplesTest : public testing::Test {
 protected:
  MakeSamplesTest() {
    config_.search.samples = 3;
    for (const char* name : {"half", "x"}) config_.inputs.push_back({.name = name});
  }

  InputConfig& input(const std::string& name) {
    for (InputConfig& each : config_.inputs) {
      if (each.name == name) return each;
    }
    return config_.inputs.emplace_back(InputConfig{.name = name});
  }

  void give(const std::string& name, const std::string& file, const std::string& bytes) {
    input(name).data.push_back({write_bytes(folder_.path() / file, bytes), SourceLocation{"config.yml", 4, 7, 1, "x"}});
  }

  Samples make() { return make_samples(model_, kShapes, config_); }

  template <typename T>
  static std::vector<T> elements(const Samples& samples, std::size_t set, std::string_view name) {
    const Tensor& tensor = *find(samples.sets.at(set), name);
    return {tensor.as<T>().begin(), tensor.as<T>().end()};
  }

  base::TemporaryFolder folder_{"samples"};
  model::Model model_ = test_support::model_from_text(kModel);
  Config config_;
};

std::string bytes_of(const Samples& samples) {
  std::string bytes;
  for (const TensorSet& set : samples.sets) {
    for (const NamedTensor& each : set)
      bytes.append(reinterpret_cast<const char*>(each.tensor.bytes().data()), each.tensor.bytes().size());
  }
  return bytes;
}

TEST_F(MakeSamplesTest, MadeUpInTheModelsOrderAndTypes) {
  const Samples samples = make();
  ASSERT_EQ(samples.sets.size(), 3u);
  EXPECT_EQ(samples.summary.count, 3);
  EXPECT_EQ(samples.summary.seed, 1u);
  for (const TensorSet& set : samples.sets) {
    ASSERT_EQ(set.size(), 3u);
    EXPECT_EQ(set[0].name, "x");
    EXPECT_EQ(set[1].tensor.type(), ElementType::int32);
    EXPECT_EQ(set[2].tensor.type(), ElementType::float16);
    EXPECT_EQ(set[2].tensor.shape(), (Shape{4}));
  }
  EXPECT_THAT(samples.summary.origins, ElementsAre("x: normal numbers, mean 0, deviation 1", "n: integers in [0, 10)",
                                                   "half: normal numbers, mean 0, deviation 1"));
}

TEST_F(MakeSamplesTest, ASeedGivesTheSameBytesAndSetsDiffer) {
  const std::string first = bytes_of(make());
  EXPECT_EQ(bytes_of(make()), first);
  const std::size_t set = first.size() / 3;
  EXPECT_NE(first.substr(0, set), first.substr(set, set));
  EXPECT_NE(first.substr(set, set), first.substr(2 * set));
  config_.search.seed = 2;
  EXPECT_NE(bytes_of(make()), first);
  config_.search.seed = 1;
  EXPECT_EQ(base::sha256_of_text(first).substr(0, 16), "34a17b85465882b2") << "on every machine";
}

TEST_F(MakeSamplesTest, AnInputsValuesDoNotDependOnTheOthers) {
  const auto before = elements<std::int32_t>(make(), 2, "n");
  input("x").value = 1;
  EXPECT_EQ(elements<std::int32_t>(make(), 2, "n"), before);
}

TEST_F(MakeSamplesTest, AValueFillsTheInput) {
  input("x").value = 0.25;
  input("half").value = -2;
  input("n").value = 7;
  const Samples samples = make();
  EXPECT_THAT(elements<float>(samples, 2, "x"), Each(0.25f));
  EXPECT_THAT(elements<std::uint16_t>(samples, 0, "half"), Each(0xc000));
  EXPECT_THAT(elements<std::int32_t>(samples, 1, "n"), Each(7));
  EXPECT_EQ(samples.summary.origins[1], "n: 7, as configured");
}

TEST_F(MakeSamplesTest, ARangeIsUniformAndItsWholeNumbersIncludeBothEnds) {
  config_.search.samples = 200;
  input("x").range = {2, 4};
  input("n").range = {-1.5, 1.5};
  const Samples samples = make();
  double sum = 0, least = 9, most = 0;
  std::set<std::int32_t> seen;
  for (std::size_t set = 0; set < 200; ++set) {
    for (const float value : elements<float>(samples, set, "x"))
      sum += value, least = std::min<double>(least, value), most = std::max<double>(most, value);
    for (const std::int32_t value : elements<std::int32_t>(samples, set, "n")) seen.insert(value);
  }
  EXPECT_NEAR(sum / 1200, 3, 0.084);  // 5 · 2/√12/√1200
  EXPECT_GE(least, 2);
  EXPECT_LE(most, 4);
  EXPECT_GT(most - least, 1.9);
  EXPECT_EQ(seen, (std::set<std::int32_t>{-1, 0, 1}));
  EXPECT_EQ(samples.summary.origins[0], "x: uniform in [2, 4], as configured");
  EXPECT_EQ(samples.summary.origins[1], "n: integers in [-1.500000, 1.500000], as configured");
}

TEST_F(MakeSamplesTest, WhatNoWholeNumberCanBeIsTheUsersMistake) {
  input("n").location = SourceLocation{"config.yml", 9, 3, 1, "  n:"};
  input("n").range = {0.2, 0.8};
  const auto error_of = [&] {
    try {
      make();
      return std::string("no error");
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::usage);
      EXPECT_EQ(error.location().value().line, 9);
      return error.message();
    }
  };
  EXPECT_EQ(error_of(), "the input 'n' holds int32, of which none lies in [0.200000, 0.800000]");
  input("n").range.reset();
  input("n").value = 0.5;
  EXPECT_EQ(error_of(), "the input 'n' holds int32, which cannot be 0.500000");
}

TEST_F(MakeSamplesTest, TheKthArrayIsInTheKthSetAndFewerAreRepeated) {
  give("x", "a.npy", npy_bytes("2, 3", {1, 1, 1, 1, 1, 1}));
  give("x", "b.npy", npy_bytes("2, 3", {2, 2, 2, 2, 2, 2}));
  const Samples samples = make();
  ASSERT_EQ(samples.sets.size(), 3u) << "others are made up: as many as asked for";
  EXPECT_THAT(elements<float>(samples, 0, "x"), Each(1));
  EXPECT_THAT(elements<float>(samples, 1, "x"), Each(2));
  EXPECT_THAT(elements<float>(samples, 2, "x"), Each(1));
  EXPECT_THAT(samples.summary.origins[0], HasSubstr("a.npy, "));
}

TEST_F(MakeSamplesTest, MoreArraysThanAskedForAreAllUsed) {
  give("x", "a.npy", npy_bytes("10, 3", std::vector<float>(30, 1)));
  EXPECT_EQ(make().sets.size(), 5u);  // ten rows in batches of two
}

TEST_F(MakeSamplesTest, WithFilesForAllThereAreAsManySetsAsTheyHave) {
  give("x", "a.npy", npy_bytes("2, 3", {1, 1, 1, 1, 1, 1}));
  give("half", "h.npy", npy_bytes("4,", {1, 2, 3, 4}));
  Tensor n(ElementType::int64, {4});
  n.as<std::int64_t>()[2] = 5;
  base::write_npy(folder_.path() / "n.npy", n);
  input("n").data.push_back({folder_.path() / "n.npy", {}});
  const Samples samples = make();
  ASSERT_EQ(samples.sets.size(), 2u);
  EXPECT_THAT(elements<std::int32_t>(samples, 1, "n"), ElementsAre(5, 0));
  EXPECT_THAT(elements<float>(samples, 1, "x"), Each(1));
  EXPECT_THAT(samples.summary.origins[1],
              HasSubstr("n.npy; int64 cast to int32, not scaled; 4 rows cut into sets of 2"));
  EXPECT_THAT(samples.summary.origins[2], HasSubstr("h.npy; float32 rounded to float16"));
}

TEST_F(MakeSamplesTest, ADamagedFileIsAnErrorWithItsPlaceInTheConfig) {
  give("x", "a.npy", "garbage");
  try {
    make();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("a.npy"));
    EXPECT_EQ(error.location().value().line, 4);
    EXPECT_THAT(error.context(), ElementsAre("reading the samples of the input 'x'"));
  }
}

TEST(AffordableSets, StayBelowAGibibyteButAtLeastTwo) {
  EXPECT_EQ(affordable_sets(8, 0), 8u);
  EXPECT_EQ(affordable_sets(8, kMaxSampleBytes / 8), 8u);
  EXPECT_EQ(affordable_sets(8, kMaxSampleBytes / 8 + 1), 7u);
  EXPECT_EQ(affordable_sets(8, 3 * kMaxSampleBytes), 2u);
  EXPECT_EQ(affordable_sets(1, 3 * kMaxSampleBytes), 1u);
}

TEST_F(MakeSamplesTest, AMissingShapeIsOurDefect) {
  try {
    make_samples(model_, {}, config_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::defect);
  }
}

}  // namespace
}  // namespace autoaccel::samples
