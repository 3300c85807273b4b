#include "compare/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "compare/tensors.h"

namespace autoaccel::compare {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

constexpr Limit kLimit = {.user = std::nullopt, .sqnr_db = 20, .probability_error = 0.25};

Limit user_limit(AccuracyMetric metric, double limit) {
  Limit all = kLimit;
  all.user = AccuracyLimit{metric, limit};
  return all;
}

using Samples = std::vector<std::pair<Tensor, Tensor>>;

/// One output over several samples of (reference, candidate).
Agreement agreement_of(Samples samples, const Limit& limit = kLimit) {
  AgreementBuilder builder;
  for (auto& [reference, candidate] : samples) builder.add(set_of(std::move(reference)), set_of(std::move(candidate)));
  return builder.finish(limit);
}

Agreement agreement_of(Tensor reference, Tensor candidate, const Limit& limit = kLimit) {
  Samples samples;
  samples.emplace_back(std::move(reference), std::move(candidate));
  return agreement_of(std::move(samples), limit);
}

TEST(Agreement, OfEqualOutputsIsPerfect) {
  const Agreement agreement = agreement_of(floats({1, -2, 3}), floats({1, -2, 3}));
  EXPECT_TRUE(agreement.within_limit);
  EXPECT_EQ(agreement.reason, "");
  EXPECT_EQ(agreement.samples, 1);
  EXPECT_EQ(agreement.sqnr_db, 200);
  EXPECT_EQ(agreement.cosine_similarity, 1);
  EXPECT_EQ(agreement.mean_absolute_error, 0);
  EXPECT_EQ(agreement.max_absolute_error, 0);
  ASSERT_EQ(agreement.outputs.size(), 1u);
  EXPECT_EQ(agreement.outputs[0].kind, "values");
  EXPECT_EQ(agreement.outputs[0].judged_by, "sqnr_db 200 ≥ 20");
  EXPECT_EQ(agreement.outputs[0].worst_sqnr_limit_db, 10);
}

TEST(Agreement, HasMeanAndWorstSampleOfEachFigure) {
  // Sample 1: r = (4, 0), c = (4, 1): Σ|d| = 1, Σd² = 1, Σr² = 16. Sample 2: r = (0, 2), c = (3, 2): 3, 9, 4.
  Samples samples;
  samples.emplace_back(floats({4, 0}), floats({4, 1}));
  samples.emplace_back(floats({0, 2}), floats({3, 2}));
  const OutputAgreement o = agreement_of(std::move(samples)).outputs[0];
  EXPECT_EQ(o.mean_absolute_error.mean, 1);  // (0.5 + 1.5) / 2
  EXPECT_EQ(o.mean_absolute_error.worst, 1.5);
  EXPECT_EQ(o.max_absolute_error.mean, 2);
  EXPECT_EQ(o.max_absolute_error.worst, 3);
  EXPECT_EQ(o.relative_error.mean, (0.25 + 1.5) / 2);
  EXPECT_EQ(o.relative_error.worst, 1.5);
  EXPECT_DOUBLE_EQ(o.sqnr_db.worst, 10 * std::log10(4.0 / 9));
  EXPECT_DOUBLE_EQ(o.sqnr_db.mean, (10 * std::log10(16.0) + 10 * std::log10(4.0 / 9)) / 2);
  const double first = 16 / std::sqrt(16.0 * 17), second = 4 / std::sqrt(4.0 * 13);
  EXPECT_DOUBLE_EQ(o.cosine_similarity.mean, (first + second) / 2);
  EXPECT_DOUBLE_EQ(o.cosine_similarity.worst, second);
}

TEST(Agreement, SumsUpTheWorstOutput) {
  AgreementBuilder builder;
  TensorSet reference, candidate;
  reference.push_back({"a", floats({4, 4})});
  reference.push_back({"b", floats({100, 0})});
  candidate.push_back({"b", floats({90, 0})});  // another order: matched by name
  candidate.push_back({"a", floats({4, 3})});
  candidate.push_back({"extra", floats({1})});
  builder.add(reference, candidate);
  const Agreement agreement = builder.finish(kLimit);
  ASSERT_EQ(agreement.outputs.size(), 2u);
  EXPECT_EQ(agreement.mean_absolute_error, 5);
  EXPECT_EQ(agreement.max_absolute_error, 10);
  EXPECT_DOUBLE_EQ(agreement.sqnr_db, 10 * std::log10(32.0));  // of a; b has 20
  EXPECT_DOUBLE_EQ(agreement.cosine_similarity, 28 / std::sqrt(32.0 * 25));
  EXPECT_FALSE(agreement.within_limit);
  EXPECT_EQ(agreement.reason, "output 'a': sqnr_db 15.1 < 20");
  EXPECT_TRUE(agreement.outputs[1].within_limit);
}

TEST(Values, AreHeldAgainstTheMeanAndTenDbBelowItForTheWorst) {
  // Each sample is r = 10, c = 10 + e: SQNR = 20 - 20 log10(e).
  const auto with_errors = [](std::vector<float> errors) {
    Samples samples;
    for (const float e : errors) samples.emplace_back(floats({-10}), floats({-10 + e}));
    return agreement_of(std::move(samples));
  };
  EXPECT_TRUE(with_errors({1}).within_limit);  // exactly 20 dB
  EXPECT_FALSE(with_errors({1.0625f}).within_limit);
  // 40 and 11.0 dB (e = 2.8125): mean 25.5, worst above 10.
  EXPECT_TRUE(with_errors({0.1f, 2.8125f}).within_limit);
  // 60 and 7.96 dB: the mean is fine, the worst is not.
  const Agreement bad = with_errors({0.01f, 4});
  EXPECT_FALSE(bad.within_limit);
  EXPECT_EQ(bad.reason, "output 'y': sqnr_db of the worst sample 7.96 < 10");
}

// 0 dB in the mean and −10 dB on the worst sample, so that the error decides.
constexpr Limit kLoudLimit = {.user = std::nullopt, .sqnr_db = 0, .probability_error = 0.25};

TEST(Probabilities, AreHeldAgainstTheErrorOfThoseThatCount) {
  Samples good;
  // Σd² = 0.25², one element of 0.05 or more.
  good.emplace_back(floats({0, 0, 1}), floats({0, 0, 0.75}));
  good.emplace_back(floats({0, 0, 0.125}), floats({0, 0, 0}));
  const Agreement within = agreement_of(std::move(good), kLoudLimit);
  EXPECT_TRUE(within.within_limit);
  EXPECT_EQ(within.outputs[0].kind, "probabilities");
  EXPECT_EQ(within.outputs[0].judged_by, "error of the probabilities 0.25 ≤ 0.25");

  Samples bad;
  bad.emplace_back(floats({0, 0.5, 1}), floats({0, 0.5, 1}));
  // Σd² = 2 · 0.28125², two elements of 0.05 or more.
  bad.emplace_back(floats({0.5, 0, 0}), floats({0.21875, 0, 0.28125}));
  const Agreement outside = agreement_of(std::move(bad), kLoudLimit);
  EXPECT_FALSE(outside.within_limit);
  EXPECT_EQ(outside.reason, "output 'y': error of the probabilities 0.281 > 0.25");
}

TEST(Probabilities, AreHeldAgainstTheirSignalToNoiseToo) {
  // An error of 0.2 is within 0.25, and 10 · log10(0.25 / 0.08) = 4.95 dB are not within 20.
  const Agreement changed = agreement_of(floats({0.5f, 0}), floats({0.3f, 0.2f}));
  EXPECT_FALSE(changed.within_limit);
  EXPECT_EQ(changed.reason, "output 'y': sqnr_db 4.95 < 20");
}

TEST(Probabilities, AreSoOverAllSamplesOrNotAtAll) {
  Samples samples;
  samples.emplace_back(floats({0, 1}), floats({0, 1}));
  samples.emplace_back(floats({0, 1.5}), floats({0, 1.5}));
  EXPECT_EQ(agreement_of(std::move(samples)).outputs[0].kind, "values");
  EXPECT_EQ(agreement_of(floats({-0.001f, 1}), floats({0, 1})).outputs[0].kind, "values");
  EXPECT_EQ(agreement_of(floats({kInf, 1}), floats({kInf, 1})).outputs[0].kind, "values");
  EXPECT_EQ(agreement_of(floats({kNaN, 1}), floats({kNaN, 1})).outputs[0].kind, "probabilities");
}

TEST(Probabilities, ThatAreNearlySilentAreJudgedBySignalToNoise) {
  // All below 0.05: an absolute limit of 0.25 would let an output of zeros pass.
  const Agreement zeros = agreement_of(floats({0.04f, 0.01f}), floats({0, 0}));
  EXPECT_EQ(zeros.outputs[0].kind, "values");
  EXPECT_FALSE(zeros.within_limit);
  EXPECT_EQ(zeros.reason, "output 'y': sqnr_db 0 < 20");
  EXPECT_TRUE(agreement_of(floats({0.04f, 0.01f}), floats({0.04f, 0.0101f})).within_limit);
  EXPECT_EQ(agreement_of(floats({0.05f, 0}), floats({0.05f, 0})).outputs[0].kind, "probabilities");
  EXPECT_EQ(agreement_of(floats({0.0499f, 0}), floats({0.0499f, 0})).outputs[0].kind, "values");
  // One sample that is not silent makes them probabilities.
  Samples samples;
  samples.emplace_back(floats({0.04f, 0.01f}), floats({0.04f, 0.0101f}));
  samples.emplace_back(floats({0.9f, 0.01f}), floats({0.9f, 0}));
  EXPECT_EQ(agreement_of(std::move(samples)).outputs[0].kind, "probabilities");
}

TEST(Labels, AreHeldAgainstTheFractionThatIsEqual) {
  // Three of four, exactly 1 - 0.25.
  const Agreement within = agreement_of(int64s({1, 2, 3, 4}), int64s({1, 2, 3, 9}));
  EXPECT_EQ(within.outputs[0].kind, "labels");
  EXPECT_TRUE(within.within_limit);
  EXPECT_EQ(within.outputs[0].judged_by, "fraction of equal labels 0.75 ≥ 0.75");
  EXPECT_EQ(within.outputs[0].top1_agreement->mean, 0.75);
  const Agreement outside = agreement_of(int64s({1, 2, 3, 4}), int64s({1, 2, 8, 9}));
  EXPECT_EQ(outside.reason, "output 'y': fraction of equal labels 0.5 < 0.75");
  EXPECT_FALSE(outside.within_limit);
  // Another integer type is no difference; booleans are labels too.
  EXPECT_TRUE(agreement_of(int64s({1, 2}), floats({1, 2}, {}, ElementType::int32)).within_limit);
  EXPECT_EQ(agreement_of(floats({1}, {}, ElementType::boolean), floats({1}, {}, ElementType::boolean)).outputs[0].kind,
            "labels");
}

TEST(Agreement, FailsOnNewNaNOrInfinityUnderAnyLimit) {
  const Limit lenient = user_limit(AccuracyMetric::sqnr_db, -1000);
  const Agreement nan = agreement_of(floats({1, 2, 3}), floats({kNaN, 2, kNaN}), lenient);
  EXPECT_FALSE(nan.within_limit);
  EXPECT_EQ(nan.outputs[0].nan_count, 2u);
  EXPECT_EQ(nan.reason, "output 'y': 2 NaN where the original has none");
  const Agreement inf = agreement_of(floats({1, 2, 3}), floats({1, -kInf, 3}), lenient);
  EXPECT_FALSE(inf.within_limit);
  EXPECT_EQ(inf.outputs[0].inf_count, 1u);
  EXPECT_EQ(inf.reason, "output 'y': 1 infinities where the original has none");
  const Agreement lost = agreement_of(floats({kNaN, 2}), floats({1, 2}), lenient);
  EXPECT_FALSE(lost.within_limit);
  EXPECT_EQ(lost.reason, "output 'y': 1 values where the original has NaN or another infinity");
}

TEST(Agreement, TakesEqualNaNAndInfinitiesAsEqual) {
  const Agreement agreement = agreement_of(floats({kNaN, kInf, -kInf, 2}), floats({kNaN, kInf, -kInf, 2}));
  EXPECT_TRUE(agreement.within_limit);
  EXPECT_EQ(agreement.outputs[0].nan_count, 0u);
  EXPECT_EQ(agreement.sqnr_db, 200);
}

TEST(Agreement, FailsByNameWhenAnOutputIsMissingOrHasAnotherShape) {
  AgreementBuilder builder;
  builder.add(set_of(floats({1}), "scores"), set_of(floats({1}), "other"));
  builder.add(set_of(floats({1}), "scores"), set_of(floats({1}), "scores"));  // too late
  EXPECT_EQ(builder.finish(kLimit).reason, "output 'scores': it is missing");

  const Agreement shape = agreement_of(floats({1, 2}, {1, 2}), floats({1, 2}, {2, 1}));
  EXPECT_FALSE(shape.within_limit);
  EXPECT_EQ(shape.reason, "output 'y': its shape [2, 1] is not the original's [1, 2]");
  EXPECT_EQ(shape.outputs[0].judged_by, "its shape [2, 1] is not the original's [1, 2]");

  const Agreement type = agreement_of(Tensor(ElementType::complex64, {1}), Tensor(ElementType::complex64, {1}));
  EXPECT_EQ(type.reason, "output 'y': elements of type complex64 cannot be compared");
}

TEST(Agreement, ShowsNothingWithoutASample) {
  const Agreement agreement = AgreementBuilder().finish(kLimit);
  EXPECT_FALSE(agreement.within_limit);
  EXPECT_EQ(agreement.reason, "no outputs were compared");
  EXPECT_EQ(agreement.samples, 0);
}

TEST(Agreement, MakesNamesSafeToShow) {
  AgreementBuilder builder;
  builder.add(set_of(floats({1}), "a\x1b[2J"), {});
  EXPECT_EQ(builder.finish(kLimit).reason, "output 'a\\x1B[2J': it is missing");
}

TEST(Agreement, TakesScalarsAndEmptyOutputs) {
  EXPECT_TRUE(agreement_of(Tensor(ElementType::float32, {}), Tensor(ElementType::float32, {})).within_limit);
  const Agreement empty = agreement_of(Tensor(ElementType::float32, {0, 4}), Tensor(ElementType::float32, {0, 4}));
  EXPECT_TRUE(empty.within_limit);
  EXPECT_EQ(empty.sqnr_db, 200);
  EXPECT_EQ(empty.cosine_similarity, 1);
  EXPECT_TRUE(agreement_of(int64s({}), int64s({})).within_limit);
}

TEST(Agreement, ComparesHalvesWithFloats) {
  const std::vector<float> values = {-1.1f, 2.7f, 3.3f};
  const Agreement half = agreement_of(floats(values), floats(values, {}, ElementType::float16));
  EXPECT_TRUE(half.within_limit);
  EXPECT_GT(half.sqnr_db, 66);  // 11 bits
  EXPECT_LT(half.sqnr_db, 90);
  const Agreement brain = agreement_of(floats(values), floats(values, {}, ElementType::bfloat16));
  EXPECT_GT(brain.sqnr_db, 48);  // 8 bits
  EXPECT_LT(brain.sqnr_db, 66);
}

TEST(Sqnr, OfAnOutputThatIsZeroOnOneSampleIsAgainstTheOthers) {
  // Mean power per element over the samples: (400 + 0) / 4 = 100; the dead sample is held against 1e-6 of it, 2 * 1e-4.
  Samples samples;
  samples.emplace_back(floats({-10, std::sqrt(300.0f)}), floats({-10, std::sqrt(300.0f)}));
  samples.emplace_back(floats({0, 0}), floats({0.001f, 0}));
  const OutputAgreement o = agreement_of(std::move(samples)).outputs[0];
  EXPECT_NEAR(o.sqnr_db.worst, 10 * std::log10(2e-4 / 1e-6), 1e-4);
  EXPECT_TRUE(o.within_limit);
}

TEST(Sqnr, OfAnOutputThatIsAlwaysZeroIsAgainstOnes) {
  const Agreement small = agreement_of(floats({0, 0}), floats({0.01f, 0}));
  EXPECT_NEAR(small.sqnr_db, 10 * std::log10(2 / 1e-4), 1e-5);
  EXPECT_TRUE(small.within_limit);
  EXPECT_FALSE(agreement_of(floats({0, 0}), floats({1, 0})).within_limit);
  EXPECT_EQ(agreement_of(floats({0, 0}), floats({0, 0})).sqnr_db, 200);
}

TEST(UserLimit, OverridesTheRuleOfTheKind) {
  const auto probabilities = [](const Limit& limit) {
    Samples samples;
    samples.emplace_back(floats({0, 1}), floats({0.5, 1}));
    samples.emplace_back(floats({0, 1}), floats({0, 1}));
    return agreement_of(std::move(samples), limit);
  };
  // Means over the samples: absolute 0.125, relative 0.25; the largest error 0.5; cosine (1 / sqrt(1.25) + 1) / 2 =
  // 0.947.
  EXPECT_TRUE(probabilities(user_limit(AccuracyMetric::mean_absolute_error, 0.125)).within_limit);
  EXPECT_FALSE(probabilities(user_limit(AccuracyMetric::mean_absolute_error, 0.124)).within_limit);
  EXPECT_TRUE(probabilities(user_limit(AccuracyMetric::max_absolute_error, 0.5)).within_limit);
  EXPECT_FALSE(probabilities(user_limit(AccuracyMetric::max_absolute_error, 0.499)).within_limit);
  EXPECT_TRUE(probabilities(user_limit(AccuracyMetric::relative_error, 0.25)).within_limit);
  EXPECT_FALSE(probabilities(user_limit(AccuracyMetric::relative_error, 0.249)).within_limit);
  EXPECT_TRUE(probabilities(user_limit(AccuracyMetric::cosine_similarity, 0.947)).within_limit);
  EXPECT_FALSE(probabilities(user_limit(AccuracyMetric::cosine_similarity, 0.948)).within_limit);
  EXPECT_FALSE(probabilities(user_limit(AccuracyMetric::sqnr_db, 20)).within_limit);  // worst sample 6 dB
  EXPECT_TRUE(probabilities(user_limit(AccuracyMetric::sqnr_db, 16)).within_limit);
  EXPECT_EQ(probabilities(user_limit(AccuracyMetric::cosine_similarity, 0.948)).reason,
            "output 'y': cosine_similarity 0.947 < 0.948");
}

TEST(UserLimit, OnTopOneNeedsClassScores) {
  const auto logits = [](const Limit& limit) {
    return agreement_of(floats({1, 9, 8, 2, 3, 9}, {3, 2}), floats({1, 9, 8, 2, 9, 3}, {3, 2}), limit);
  };
  EXPECT_TRUE(logits(user_limit(AccuracyMetric::top1, 0.66)).within_limit);  // two of three
  EXPECT_FALSE(logits(user_limit(AccuracyMetric::top1, 0.67)).within_limit);
  // Without class scores the rule of the kind stays.
  const Agreement features = agreement_of(floats({1, 9, -3}), floats({1, 9, -3}), user_limit(AccuracyMetric::top1, 1));
  EXPECT_EQ(features.outputs[0].judged_by, "sqnr_db 200 ≥ 20");
}

TEST(UserLimit, OnARatioDoesNotConcernLabels) {
  const Agreement labels = agreement_of(int64s({1, 2}), int64s({1, 2}), user_limit(AccuracyMetric::sqnr_db, 50));
  EXPECT_EQ(labels.outputs[0].judged_by, "fraction of equal labels 1 ≥ 0.75");
  EXPECT_FALSE(labels.outputs[0].worst_sqnr_limit_db);
  const Agreement top1 = agreement_of(int64s({1, 2}), int64s({1, 3}), user_limit(AccuracyMetric::top1, 0.5));
  EXPECT_EQ(top1.outputs[0].judged_by, "top1 0.5 ≥ 0.5");
  const Agreement absolute =
      agreement_of(int64s({1, 2}), int64s({1, 3}), user_limit(AccuracyMetric::max_absolute_error, 0.5));
  EXPECT_EQ(absolute.reason, "output 'y': max_absolute_error 1 > 0.5");
}

TEST(JudgedBy, ShowsOnWhichSideOfTheLimitAValueIs) {
  const Agreement agreement = agreement_of(floats({0, 1}), floats({0, 0.74999f}));
  EXPECT_EQ(agreement.outputs[0].judged_by, "error of the probabilities 0.25001 > 0.25");
}

TEST(TopOne, IsReportedWhereTheOutputLooksLikeClassScores) {
  Samples samples;
  samples.emplace_back(floats({1, 9, 8, 2}, {2, 2}), floats({1, 9, 8, 2}, {2, 2}));
  samples.emplace_back(floats({1, 9, 8, 2}, {2, 2}), floats({9, 1, 8, 2}, {2, 2}));
  const OutputAgreement o = agreement_of(std::move(samples)).outputs[0];
  ASSERT_TRUE(o.top1_agreement);
  EXPECT_EQ(o.top1_agreement->mean, 0.75);
  EXPECT_EQ(o.top1_agreement->worst, 0.5);
  EXPECT_FALSE(agreement_of(floats({1, 2, 3}), floats({1, 2, 3})).outputs[0].top1_agreement);
}

std::vector<Margin> margins_of(Samples samples, const Limit& limit = kLimit) {
  AgreementBuilder builder;
  for (auto& [reference, candidate] : samples) builder.add(set_of(std::move(reference)), set_of(std::move(candidate)));
  return builder.margins(limit);
}

/// Of an output that one limit holds for.
Margin margin_of(Samples samples, const Limit& limit = kLimit) {
  const std::vector<Margin> margins = margins_of(std::move(samples), limit);
  EXPECT_EQ(margins.size(), 1u);
  return margins.at(0);
}

/// The rule that Margin states, to hold it against the verdict.
bool is_within(const Margin& margin) {
  double sum = 0, least = HUGE_VAL;
  for (const double share : margin.noise) {
    sum += -10 * std::log10(share);
    least = std::min(least, -10 * std::log10(share));
  }
  return std::min(sum / static_cast<double>(margin.noise.size()), least + margin.one_sample_more_db) >= 0;
}

TEST(Margin, OfValuesIsAShareOfThePowerBySample) {
  // Σd² / Σr²: 1 / 200 and 0.01 / 1. 20 dB allow 1 / 100: shares 0.5 and 1. Float32 rounds the inputs by 1e-7.
  Samples samples;
  samples.emplace_back(floats({10, -10}), floats({11, -10}));
  samples.emplace_back(floats({-1, 0}), floats({-1.1f, 0}));
  const Margin margin = margin_of(std::move(samples));
  ASSERT_EQ(margin.noise.size(), 2u);
  EXPECT_NEAR(margin.noise[0], 0.5, 1e-6);
  EXPECT_NEAR(margin.noise[1], 1, 1e-6);
  EXPECT_EQ(margin.one_sample_more_db, 10);
  EXPECT_EQ(margin.failure, "");
  EXPECT_EQ(margin.agreement.name, "y");
}

TEST(Margin, OfProbabilitiesIsAShareOfThePowerAndOneOfTheSquaredError) {
  // Σr² = 0.8125, Σd² = 0.0625, 1 / 13; 20 dB allow 1 / 100.
  // √(0.25² / 2) over the two that count: 0.03125; allowed 0.25² = 0.0625.
  const auto outputs = [] {
    Samples samples;
    samples.emplace_back(floats({0.5f, 0.75f, 0}), floats({0.5f, 0.5f, 0}));
    return samples;
  };
  const std::vector<Margin> margins = margins_of(outputs());
  ASSERT_EQ(margins.size(), 2u);
  EXPECT_NEAR(margins[0].noise.at(0), 100.0 / 13, 1e-12);
  EXPECT_EQ(margins[0].one_sample_more_db, 10);
  EXPECT_DOUBLE_EQ(margins[1].noise.at(0), 0.5);
  EXPECT_EQ(margins[1].one_sample_more_db, 0);
  for (const Margin& margin : margins) EXPECT_DOUBLE_EQ(margin.probability_error, 0.25 / std::sqrt(2));
  // A user's SQNR alone: 10 dB allow 1 / 10.
  const Margin by_user = margin_of(outputs(), user_limit(AccuracyMetric::sqnr_db, 10));
  EXPECT_NEAR(by_user.noise.at(0), 10.0 / 13, 1e-12);
  EXPECT_EQ(by_user.one_sample_more_db, 10);
}

TEST(Margin, OfOtherFiguresIsOneShare) {
  const auto share = [](AccuracyMetric metric, double limit) {
    Samples samples;
    samples.emplace_back(floats({0, 4}), floats({0, 3}));  // errors 0 and 1
    samples.emplace_back(floats({0, 2}), floats({0, 2}));
    const Margin margin = margin_of(std::move(samples), user_limit(metric, limit));
    EXPECT_EQ(margin.noise.size(), 1u);
    return margin.noise.at(0);
  };
  EXPECT_DOUBLE_EQ(share(AccuracyMetric::mean_absolute_error, 0.5), 0.25);  // (0.25 / 0.5)²
  EXPECT_DOUBLE_EQ(share(AccuracyMetric::max_absolute_error, 0.5), 4);
  EXPECT_DOUBLE_EQ(share(AccuracyMetric::relative_error, 0.25), 0.25);  // (0.125 / 0.25)²
  EXPECT_DOUBLE_EQ(share(AccuracyMetric::cosine_similarity, 0.9), 0);
  EXPECT_EQ(share(AccuracyMetric::max_absolute_error, 0), 1e20);  // nothing is allowed
  Samples labels;
  labels.emplace_back(int64s({1, 2, 3, 4}), int64s({1, 2, 3, 5}));
  EXPECT_DOUBLE_EQ(margin_of(std::move(labels)).noise.at(0), 1);  // a quarter differs, a quarter may
}

TEST(Margin, AgreesWithTheVerdict) {
  for (const double limit : {5.0, 10.0, 11.1, 11.2, 15.0, 16.0, 17.0, 25.0}) {
    for (const float error : {0.1f, 0.2f, 0.4f, 2.0f}) {
      const auto outputs = [error] {
        Samples samples;
        samples.emplace_back(floats({1, -1}), floats({1 + error, -1}));
        samples.emplace_back(floats({1, -1}), floats({1.01f, -1}));
        return samples;
      };
      const Limit sqnr{.user = std::nullopt, .sqnr_db = limit, .probability_error = 0};
      EXPECT_EQ(is_within(margin_of(outputs(), sqnr)), agreement_of(outputs(), sqnr).within_limit)
          << limit << ' ' << error;
    }
  }
}

TEST(Margin, OfBrokenOutputsIsAFailure) {
  Samples nan, shape;
  nan.emplace_back(floats({1, 2}), floats({1, kNaN}));
  EXPECT_EQ(margin_of(std::move(nan)).failure, "1 NaN where the original has none");
  shape.emplace_back(floats({1, 2}), floats({1, 2, 3}));
  EXPECT_EQ(margin_of(shape).failure, "its shape [3] is not the original's [2]");
  EXPECT_TRUE(margin_of(std::move(shape)).noise.empty());
}

TEST(AgreementBuilder, CanBeMoved) {
  AgreementBuilder builder;
  builder.add(set_of(floats({1})), set_of(floats({1})));
  AgreementBuilder moved = std::move(builder);
  EXPECT_EQ(moved.finish(kLimit).samples, 1);
}

}  // namespace
}  // namespace autoaccel::compare
