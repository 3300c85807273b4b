#include "samples/sample_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "autoaccel/error.h"

namespace autoaccel::samples {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename T>
SampleArray array(ElementType type, Shape shape, std::initializer_list<T> values) {
  SampleArray made{Tensor(type, std::move(shape)), "a.npy"};
  std::copy(values.begin(), values.end(), made.tensor.template as<T>().begin());
  return made;
}

SampleArray counting(Shape shape) {
  SampleArray made{Tensor(ElementType::float32, std::move(shape)), "a.npy"};
  std::iota(made.tensor.as<float>().begin(), made.tensor.as<float>().end(), 0.0f);
  return made;
}

template <typename T>
std::vector<T> elements(const Tensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

FittedArrays fit(const SampleArray& given, ElementType type, const Shape& shape, const ByteMapping* mapping = nullptr) {
  FittedArrays fitted;
  fit_array(given, {"x", type, {}, {}}, shape, mapping, fitted);
  return fitted;
}

std::string error_of(const SampleArray& given, ElementType type, const Shape& shape) {
  try {
    fit(given, type, shape);
    return "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    return error.message();
  }
}

TEST(FitArray, TheSameTypeAndShapeIsOneSetAsItIs) {
  const auto fitted = fit(counting({2, 2}), ElementType::float32, {2, 2});
  ASSERT_EQ(fitted.sets.size(), 1u);
  EXPECT_THAT(elements<float>(fitted.sets[0]), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(fitted.remarks, IsEmpty());
}

TEST(FitArray, Scalars) {
  const auto fitted = fit(array<std::int64_t>(ElementType::int64, {}, {16000}), ElementType::int64, {});
  EXPECT_THAT(elements<std::int64_t>(fitted.sets[0]), ElementsAre(16000));
}

TEST(FitArray, OneRowIsRepeatedToTheBatch) {
  const auto fitted = fit(counting({1, 2}), ElementType::float32, {3, 2});
  ASSERT_EQ(fitted.sets.size(), 1u);
  EXPECT_THAT(elements<float>(fitted.sets[0]), ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(fitted.remarks, ElementsAre("one row repeated to the batch of 3"));
}

TEST(FitArray, MoreRowsAreCutIntoSets) {
  const auto fitted = fit(counting({5, 2}), ElementType::float32, {2, 2});
  ASSERT_EQ(fitted.sets.size(), 2u);
  EXPECT_THAT(elements<float>(fitted.sets[0]), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(elements<float>(fitted.sets[1]), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(fitted.remarks, ElementsAre("5 rows cut into sets of 2", "1 rows left over"));
}

TEST(FitArray, NoMoreSetsThanAreUsed) {
  const auto fitted = fit(counting({100, 1}), ElementType::float32, {1, 1});
  EXPECT_EQ(fitted.sets.size(), kMaxSets);
  EXPECT_THAT(fitted.remarks, ElementsAre("100 rows cut into sets of 1", "the first 64 sets are used"));
}

TEST(FitArray, OtherShapesAreErrors) {
  EXPECT_EQ(error_of(counting({2, 3}), ElementType::float32, {2, 2}),
            "a.npy has shape [2, 3], the input 'x' is measured at [2, 2]");
  EXPECT_EQ(error_of(counting({2}), ElementType::float32, {1, 2}),
            "a.npy has shape [2], the input 'x' is measured at [1, 2]");
  EXPECT_EQ(error_of(counting({2, 2}), ElementType::float32, {4, 2}),
            "a.npy has shape [2, 2], the input 'x' is measured at [4, 2]");
  EXPECT_EQ(error_of(counting({0, 2}), ElementType::float32, {4, 2}),
            "a.npy has shape [0, 2], the input 'x' is measured at [4, 2]");
  EXPECT_EQ(error_of(counting({4, 2}), ElementType::float32, {0, 2}),
            "a.npy has shape [4, 2], the input 'x' is measured at [0, 2]");
  EXPECT_EQ(error_of(counting({1}), ElementType::float32, {}), "a.npy has shape [1], the input 'x' is measured at []");
}

TEST(FitArray, AnInputWithoutElements) {
  const auto fitted = fit(counting({0, 2}), ElementType::float32, {0, 2});
  ASSERT_EQ(fitted.sets.size(), 1u);
  EXPECT_EQ(fitted.sets[0].size(), 0);
}

TEST(FitArray, FloatsAreRoundedToOtherFloats) {
  auto fitted = fit(array<double>(ElementType::float64, {2}, {0.1, 1e300}), ElementType::float32, {2});
  EXPECT_THAT(elements<float>(fitted.sets[0]), ElementsAre(0.1f, INFINITY));
  EXPECT_THAT(fitted.remarks, ElementsAre("float64 rounded to float32"));
  fitted = fit(array<float>(ElementType::float32, {2}, {1.0f, NAN}), ElementType::float16, {2});
  EXPECT_EQ(elements<std::uint16_t>(fitted.sets[0])[0], 0x3c00);
  fitted = fit(array<float>(ElementType::float32, {1}, {NAN}), ElementType::float64, {1});
  EXPECT_TRUE(std::isnan(elements<double>(fitted.sets[0])[0]));
  EXPECT_THAT(fitted.remarks, ElementsAre("float32 cast to float64"));
}

TEST(FitArray, IntegersAreCastWhenEveryValueSurvives) {
  auto fitted = fit(array<std::uint8_t>(ElementType::uint8, {2}, {0, 255}), ElementType::float32, {2});
  EXPECT_THAT(elements<float>(fitted.sets[0]), ElementsAre(0, 255));
  EXPECT_THAT(fitted.remarks, ElementsAre("uint8 cast to float32, not scaled"));
  fitted = fit(array<std::int64_t>(ElementType::int64, {2}, {-5, 7}), ElementType::int32, {2});
  EXPECT_THAT(elements<std::int32_t>(fitted.sets[0]), ElementsAre(-5, 7));
  fitted = fit(array<std::uint8_t>(ElementType::uint8, {2}, {0, 1}), ElementType::boolean, {2});
  EXPECT_THAT(elements<bool>(fitted.sets[0]), ElementsAre(false, true));
  EXPECT_EQ(error_of(array<std::int64_t>(ElementType::int64, {1}, {std::int64_t{1} << 31}), ElementType::int32, {1}),
            "a.npy holds int64, the input 'x' wants int32, which would change its values");
  EXPECT_EQ(
      error_of(array<std::int64_t>(ElementType::int64, {1}, {(std::int64_t{1} << 53) + 1}), ElementType::float64, {1}),
      "a.npy holds int64, the input 'x' wants float64, which would change its values");
  EXPECT_EQ(error_of(array<std::int64_t>(ElementType::int64, {1}, {INT64_MAX}), ElementType::float64, {1}),
            "a.npy holds int64, the input 'x' wants float64, which would change its values");
  EXPECT_EQ(error_of(array<std::int64_t>(ElementType::int64, {1}, {-1}), ElementType::uint64, {1}),
            "a.npy holds int64, the input 'x' wants uint64, which would change its values");
  EXPECT_EQ(error_of(array<std::uint8_t>(ElementType::uint8, {1}, {2}), ElementType::boolean, {1}),
            "a.npy holds uint8, the input 'x' wants boolean, which would change its values");
}

TEST(FitArray, FloatsAreNotMadeIntegers) {
  EXPECT_EQ(error_of(array<float>(ElementType::float32, {1}, {1}), ElementType::int64, {1}),
            "a.npy holds float32, the input 'x' wants int64");
}

const ByteMapping kByChannel{.scale = {0.5, 2}, .mean = {10, 0}, .axis = 1};

TEST(FitArray, BytesBecomeTheirNumbers) {
  SampleArray given{Tensor(ElementType::uint8, {2, 2, 2}), "u.npy"};
  for (int i = 0; i < 8; ++i) given.tensor.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(10 * i);
  const FittedArrays fitted = fit(given, ElementType::float32, {1, 2, 2}, &kByChannel);
  ASSERT_EQ(fitted.sets.size(), 2u);
  EXPECT_EQ(elements<float>(fitted.sets[0]), (std::vector<float>{-5, 0, 40, 60}));  // (0, 10 - 10) / 2; 20, 30 times 2
  EXPECT_EQ(elements<float>(fitted.sets[1]), (std::vector<float>{15, 20, 120, 140}));
  EXPECT_EQ(fitted.remarks[0], "bytes u as (u - [10, 0]) * [0.5, 2]");
}

TEST(FitArray, NumbersBecomeThoseOfTheNearestBytes) {
  SampleArray given{Tensor(ElementType::float64, {1, 2, 2}), "x.npy"};
  const std::vector<double> values{-5, 122.5, 0.9, 510};
  std::ranges::copy(values, given.tensor.as<double>().begin());
  const FittedArrays fitted = fit(given, ElementType::float32, {1, 2, 2}, &kByChannel);
  EXPECT_EQ(elements<float>(fitted.sets[0]), (std::vector<float>{-5, 122.5, 0, 510}));  // byte 0.45 is byte 0
  EXPECT_EQ(fitted.remarks, (std::vector<std::string>{"rounded to bytes u as (u - [10, 0]) * [0.5, 2]"}));

  given.tensor.as<double>()[2] = 2;
  EXPECT_TRUE(fit(given, ElementType::float32, {1, 2, 2}, &kByChannel).remarks.empty());
}

TEST(FitArray, RefusesWhatNoByteStandsFor) {
  const auto message = [](double value, ElementType type) {
    SampleArray given{Tensor(type, {1}), "x.npy"};
    if (type == ElementType::float64) given.tensor.as<double>()[0] = value;
    const ByteMapping unit{.scale = {1 / 255.0}};
    try {
      fit(given, ElementType::float32, {1}, &unit);
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model);
      return error.message();
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message(2, ElementType::float64),
            "x.npy holds numbers that no byte of the input 'x' stands for: bytes u as u * 0.00392157, here of u = 510");
  EXPECT_EQ(message(-0.01, ElementType::float64).substr(0, 41), "x.npy holds numbers that no byte of the i");
  EXPECT_EQ(message(NAN, ElementType::float64).substr(0, 41), "x.npy holds numbers that no byte of the i");
  EXPECT_EQ(message(1.001, ElementType::float64), "accepted");  // byte 255.255
  EXPECT_EQ(message(0, ElementType::int32), "x.npy holds int32, the input 'x' wants bytes u as u * 0.00392157");
}

}  // namespace
}  // namespace autoaccel::samples
