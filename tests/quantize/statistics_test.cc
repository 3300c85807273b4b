#include "quantize/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/numeric.h"
#include "quantize/ranges_file.h"

namespace autoaccel::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Tensor tensor_of(Shape shape, const std::vector<float>& values) {
  Tensor tensor(ElementType::float32, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  return tensor;
}

Tensor random_tensor(Shape shape, unsigned seed) {
  Tensor tensor(ElementType::float32, std::move(shape));
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.5F, 2);
  for (float& value : tensor.as<float>()) value = normal(random);
  return tensor;
}

/// Every member, also of the histogram.
std::string text_of(const TensorStatistics& tensor) {
  Statistics statistics;
  statistics.merge("x", tensor);
  return to_json(statistics).dump();
}

TEST(TensorStatistics, CountsWhatIsThere) {
  TensorStatistics statistics;
  statistics.add(tensor_of({2, 4}, {1, -2, kNan, 0, kInfinity, 5, -kInfinity, kInfinity}), std::nullopt);
  EXPECT_EQ(statistics.min, -2);
  EXPECT_EQ(statistics.max, 5);
  EXPECT_EQ(statistics.tensors, 1);
  EXPECT_EQ(statistics.count, 4);
  EXPECT_EQ(statistics.nan, 1);
  EXPECT_EQ(statistics.infinite, 3);
  EXPECT_EQ(statistics.elements(), 8);
  EXPECT_EQ(statistics.sum, 1 - 2 + 0 + 5);
  EXPECT_EQ(statistics.sum_squares, 1 + 4 + 0 + 25);
  EXPECT_EQ(statistics.histogram.count(), 4);
  EXPECT_EQ(statistics.histogram.zeros, 1);
  EXPECT_EQ(statistics.channel_axis, -1);
  EXPECT_THAT(statistics.channel_min, IsEmpty());
  EXPECT_EQ(statistics.count_per_channel(), 0);
}

TEST(TensorStatistics, RangeIsOfWhatWasSeenAndNotOfZero) {
  TensorStatistics statistics;
  statistics.add(tensor_of({2}, {3, 4}), std::nullopt);
  statistics.add(tensor_of({1}, {3.5}), std::nullopt);
  EXPECT_EQ(statistics.min, 3);
  EXPECT_EQ(statistics.max, 4);
  EXPECT_EQ(statistics.tensors, 2);
}

TEST(TensorStatistics, HasNoRangeOfNothing) {
  TensorStatistics statistics;
  statistics.add(tensor_of({2}, {kNan, kInfinity}), std::nullopt);
  statistics.add(Tensor(ElementType::float32, {0, 3}), 1);
  EXPECT_EQ(statistics.min, 0);
  EXPECT_EQ(statistics.max, 0);
  EXPECT_EQ(statistics.count, 0);
  EXPECT_EQ(statistics.tensors, 2);
}

/// Against a loop over all indices, on every axis, with runs that are no multiple of the lanes.
TEST(TensorStatistics, FiguresByChannelAreThoseOfALoop) {
  const Shape shape{2, 3, 5, 7};
  const Tensor tensor = random_tensor(shape, 1);
  const std::int64_t strides[] = {3 * 5 * 7, 5 * 7, 7, 1};
  for (int axis = 0; axis < 4; ++axis) {
    const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
    std::vector<float> min(channels, kInfinity), max(channels, -kInfinity);
    std::vector<double> sum(channels, 0), squares(channels, 0);
    double total = 0;
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
      const auto channel = static_cast<std::size_t>(i / strides[axis]) % channels;
      const float value = tensor.as<float>()[static_cast<std::size_t>(i)];
      min[channel] = std::min(min[channel], value);
      max[channel] = std::max(max[channel], value);
      sum[channel] += value;
      squares[channel] += static_cast<double>(value) * value;
      total += value;
    }
    TensorStatistics statistics;
    statistics.add(tensor, axis);
    EXPECT_EQ(statistics.channel_axis, axis);
    EXPECT_EQ(statistics.channel_min, min);
    EXPECT_EQ(statistics.channel_max, max);
    EXPECT_EQ(statistics.min, *std::min_element(min.begin(), min.end()));
    EXPECT_EQ(statistics.max, *std::max_element(max.begin(), max.end()));
    ASSERT_EQ(statistics.channel_sum.size(), channels);
    for (std::size_t c = 0; c < channels; ++c) {  // another order of summation: some ulps
      EXPECT_NEAR(statistics.channel_sum[c], sum[c], 1e-11);
      EXPECT_NEAR(statistics.channel_sum_squares[c], squares[c], 1e-10);
    }
    EXPECT_NEAR(statistics.sum, total, 1e-10);
    EXPECT_EQ(statistics.count_per_channel(), 210 / shape[static_cast<std::size_t>(axis)]);
    TensorStatistics from_the_end;
    from_the_end.add(tensor, axis - 4);
    EXPECT_EQ(text_of(from_the_end), text_of(statistics));
  }
}

TEST(TensorStatistics, AChannelThatIsNotFiniteCountsAsZero) {
  TensorStatistics statistics;
  statistics.add(tensor_of({2, 2}, {kNan, 3, kInfinity, 4}), 1);
  EXPECT_THAT(statistics.channel_min, ElementsAre(0, 3));
  EXPECT_THAT(statistics.channel_max, ElementsAre(0, 4));
  EXPECT_THAT(statistics.channel_sum, ElementsAre(0, 7));
  EXPECT_EQ(statistics.min, 3) << "of all of them it does not";
}

TEST(TensorStatistics, GivesChannelsUpWhereTheyChange) {
  TensorStatistics fewer;
  fewer.add(random_tensor({1, 4}, 1), 1);
  fewer.add(random_tensor({1, 3}, 2), 1);
  EXPECT_EQ(fewer.channel_axis, -1);
  EXPECT_THAT(fewer.channel_sum, IsEmpty());
  fewer.add(random_tensor({1, 4}, 3), 1);
  EXPECT_EQ(fewer.channel_axis, -1) << "and they do not come back, since they would lack what came before";
  EXPECT_EQ(fewer.count, 11);

  TensorStatistics other_axis;
  other_axis.add(random_tensor({4, 4}, 1), 1);
  other_axis.add(random_tensor({4, 4}, 2), 0);
  EXPECT_EQ(other_axis.channel_axis, -1);

  TensorStatistics no_such_axis;
  no_such_axis.add(random_tensor({4}, 1), 1);
  EXPECT_EQ(no_such_axis.channel_axis, -1);
  EXPECT_EQ(no_such_axis.count, 4);
}

TEST(TensorStatistics, AnEmptyTensorDoesNotDisturbTheChannels) {
  TensorStatistics statistics;
  statistics.add(Tensor(ElementType::float32, {0, 2}), 1);
  statistics.add(tensor_of({1, 2}, {3, 4}), 1);
  statistics.add(Tensor(ElementType::float32, {0, 2}), 1);
  EXPECT_THAT(statistics.channel_min, ElementsAre(3, 4));
  EXPECT_EQ(statistics.tensors, 3);
}

TEST(TensorStatistics, TakesEveryFloatTypeAndNothingElse) {
  const Tensor exact = tensor_of({1, 3}, {1.5F, -2, 0.25F});  // the same in every float type
  TensorStatistics expected;
  expected.add(exact, 1);
  for (const ElementType type : {ElementType::float16, ElementType::bfloat16, ElementType::float64}) {
    TensorStatistics statistics;
    statistics.add(base::cast(exact, type), 1);
    EXPECT_EQ(text_of(statistics), text_of(expected)) << to_text(type);
  }
  const std::string before = text_of(expected);
  EXPECT_THROW(expected.add(base::cast(exact, ElementType::int32), 1), Error);
  EXPECT_EQ(text_of(expected), before) << "nothing was added";
}

TEST(TensorStatistics, KeepsTheLargestValuesFinite) {
  const float largest = std::numeric_limits<float>::max();
  TensorStatistics statistics;
  statistics.add(tensor_of({4}, {largest, -largest, largest, 1e-38F}), std::nullopt);
  EXPECT_EQ(statistics.min, -largest);
  EXPECT_EQ(statistics.max, largest);
  EXPECT_EQ(statistics.sum, static_cast<double>(largest) + 1e-38F);
  EXPECT_EQ(statistics.sum_squares, 3.0 * (static_cast<double>(largest) * largest));
}

TEST(TensorStatistics, MergesAsIfAllHadBeenAddedHere) {
  const Tensor first = random_tensor({2, 3, 4}, 1), second = random_tensor({5, 3, 4}, 2);
  TensorStatistics added, merged, other;
  added.add(first, 1);
  added.add(second, 1);
  merged.add(first, 1);
  other.add(second, 1);
  merged.merge(other);
  EXPECT_EQ(text_of(merged), text_of(added));
  TensorStatistics into_nothing;
  into_nothing.merge(added);
  EXPECT_EQ(text_of(into_nothing), text_of(added));
}

TEST(Statistics, FindsByName) {
  Statistics statistics(SampleOrigin::user);
  statistics.add("b", tensor_of({1}, {2}), std::nullopt);
  statistics.add("a", tensor_of({1}, {3}), std::nullopt);
  statistics.add("b", tensor_of({1}, {4}), std::nullopt);
  EXPECT_THAT(statistics.names(), ElementsAre("a", "b"));
  ASSERT_NE(statistics.find("b"), nullptr);
  EXPECT_EQ(statistics.find("b")->sum, 6);
  EXPECT_EQ(statistics.find("c"), nullptr);
  Statistics other;
  other.add("b", tensor_of({1}, {1}), std::nullopt);
  other.add("c", tensor_of({1}, {1}), std::nullopt);
  statistics.merge(other);
  EXPECT_THAT(statistics.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(statistics.find("b")->tensors, 3);
  EXPECT_EQ(statistics.origin(), SampleOrigin::user);
  EXPECT_THROW(statistics.add("d", Tensor(ElementType::int64, {1}), std::nullopt), Error);
  EXPECT_EQ(statistics.find("d"), nullptr);
}

Statistics sample_statistics() {
  Statistics statistics(SampleOrigin::user);
  statistics.add("conv/1", random_tensor({2, 3, 5, 5}, 1), 1);
  statistics.add("plain \"name\" ü", random_tensor({17}, 2), std::nullopt);
  statistics.add("zeros", Tensor(ElementType::float32, {4}), std::nullopt);
  statistics.add("bad", tensor_of({3}, {kNan, std::numeric_limits<float>::max(), 1e-45F}), std::nullopt);
  return statistics;
}

TEST(StatisticsJson, ComesBackBitForBit) {
  const Statistics statistics = sample_statistics();
  const std::string text = to_json(statistics).dump();
  const Statistics again = statistics_from(base::Json::parse(text), "ranges.json: ");
  EXPECT_EQ(to_json(again).dump(), text);
  EXPECT_EQ(again.origin(), SampleOrigin::user);
  const TensorStatistics &before = *statistics.find("conv/1"), &after = *again.find("conv/1");
  EXPECT_EQ(after.min, before.min);
  EXPECT_EQ(after.sum, before.sum);
  EXPECT_EQ(after.sum_squares, before.sum_squares);
  EXPECT_EQ(after.histogram.bins, before.histogram.bins);
  EXPECT_EQ(after.histogram.exponent, before.histogram.exponent);
  EXPECT_EQ(after.channel_max, before.channel_max);
  EXPECT_EQ(after.channel_sum_squares, before.channel_sum_squares);
  EXPECT_EQ(again.find("bad")->max, std::numeric_limits<float>::max());
  EXPECT_EQ(again.find("bad")->min, 1e-45F);
}

/// The message for a document with one member changed.
std::string message_with(const std::string& pointer, const base::Json& value) {
  base::Json json = to_json(sample_statistics());
  json[base::Json::json_pointer(pointer)] = value;
  try {
    statistics_from(json, "ranges.json: ");
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    return error.message();
  }
  return "read";
}

TEST(StatisticsJson, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(message_with("/origin", "user"), "read") << "nothing changed";
  EXPECT_EQ(message_with("/origin", "guessed"), "ranges.json: /origin: expected 'user' or 'generated'");
  EXPECT_EQ(message_with("/values", 3), "ranges.json: /values: expected an object");
  EXPECT_EQ(message_with("/values/zeros", 3), "ranges.json: /values/zeros: expected an object");
  EXPECT_EQ(message_with("/values/zeros", base::Json::object()), "ranges.json: /values/zeros/min: is missing");
  EXPECT_EQ(message_with("/values/zeros/min", "0"), "ranges.json: /values/zeros/min: expected a number");
  EXPECT_EQ(message_with("/values/zeros/max", 1e39), "ranges.json: /values/zeros/max: out of range");
  EXPECT_EQ(message_with("/values/zeros/max", -1), "ranges.json: /values/zeros/max: below min");
  EXPECT_EQ(message_with("/values/zeros/nan", -1), "ranges.json: /values/zeros/nan: out of range");
  EXPECT_EQ(message_with("/values/zeros/nan", 1.5), "ranges.json: /values/zeros/nan: expected an integer");
  EXPECT_EQ(message_with("/values/zeros/count", 18446744073709551615u),
            "ranges.json: /values/zeros/count: expected an integer");
  EXPECT_EQ(message_with("/values/zeros/count", 5),
            "ranges.json: /values/zeros/histogram/bins: fewer than the elements counted");
  EXPECT_EQ(message_with("/values/zeros/histogram/zeros", 5),
            "ranges.json: /values/zeros/histogram/zeros: out of range");
  EXPECT_EQ(message_with("/values/zeros/histogram/exponent", 129),
            "ranges.json: /values/zeros/histogram/exponent: out of range");
  EXPECT_EQ(message_with("/values/zeros/histogram/bins", {1}),
            "ranges.json: /values/zeros/histogram/bins: more than the elements counted");
  EXPECT_EQ(message_with("/values/zeros/histogram/bins", std::vector<int>(4097, 0)),
            "ranges.json: /values/zeros/histogram/bins: more than there are bins");
  EXPECT_EQ(message_with("/values/conv~11/channel_axis", -2), "ranges.json: /values/conv/1/channel_axis: out of range");
  EXPECT_EQ(message_with("/values/conv~11/channel_max", {1, 2}),
            "ranges.json: /values/conv/1/channel_max: expected 3 numbers");
  EXPECT_EQ(message_with("/values/conv~11/channel_sum", {1, 2, "3"}),
            "ranges.json: /values/conv/1/channel_sum: expected a number");
}

class RangesFileTest : public ::testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "ranges.json"; }

  /// The error of reading a file of this text.
  Error error_of(const std::string& text, const std::string& digest = "abc") const {
    base::write_file_atomically(path(), text);
    try {
      read_statistics(path(), digest);
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), HasSubstr(path().string()));
      EXPECT_FALSE(error.hint().empty());
      return error;
    }
    ADD_FAILURE() << "it was read: " << text;
    return Error(Cause::defect, "");
  }

  base::TemporaryFolder folder_{"ranges_file_test"};
};

TEST_F(RangesFileTest, ComesBackAsItWas) {
  const Statistics statistics = sample_statistics();
  write_statistics(path(), statistics, "abc");
  EXPECT_EQ(to_json(read_statistics(path(), "abc")).dump(), to_json(statistics).dump());
}

TEST_F(RangesFileTest, RefusesWhatIsNotOurs) {
  write_statistics(path(), sample_statistics(), "abc");
  const std::string good = base::read_file(path());
  const Error other = error_of(good, "abd");
  EXPECT_EQ(other.cause(), Cause::usage);
  EXPECT_THAT(other.message(), HasSubstr("another model"));
  EXPECT_EQ(error_of(good.substr(0, good.size() / 2)).cause(), Cause::model);
  EXPECT_THAT(error_of("{}").message(), HasSubstr("no file of ranges"));
  EXPECT_THAT(error_of("[1]").message(), HasSubstr("no file of ranges"));
  EXPECT_THAT(error_of(R"({"ranges_version": 2})").message(), HasSubstr("ranges_version 2, not 1"));
  EXPECT_THAT(error_of(R"({"ranges_version": 1})").message(), HasSubstr("model_sha256"));
  EXPECT_THAT(error_of(R"({"ranges_version": 1, "model_sha256": "abc", "origin": "user"})").message(),
              HasSubstr("ranges.json: /values: is missing"));
  EXPECT_THROW(read_statistics(folder_.path() / "none", "abc"), Error);
}

}  // namespace
}  // namespace autoaccel::quantize
