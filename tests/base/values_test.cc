#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/record.h"
#include "autoaccel/run.h"
#include "autoaccel/variant.h"

namespace autoaccel {
namespace {

TEST(Names, OfOutcomesReadBack) {
  const std::vector<std::string> expected = {"ok",      "skipped",   "not_converted", "not_compiled", "crashed",
                                             "timed_out", "out_of_memory", "disagreed", "suspect"};
  EXPECT_EQ(outcome_names(), expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(to_text(static_cast<Outcome>(i)), expected[i]);
    EXPECT_EQ(outcome_from_text(expected[i]), static_cast<Outcome>(i));
  }
  EXPECT_EQ(outcome_from_text("OK"), std::nullopt);
  EXPECT_EQ(outcome_from_text(""), std::nullopt);
}

TEST(Names, OfObjectivesMetricsAndIoTypesReadBack) {
  EXPECT_EQ(objective_names(),
            (std::vector<std::string>{"latency", "throughput", "size", "memory", "first_inference"}));
  EXPECT_EQ(objective_from_text("size"), Objective::size);
  EXPECT_EQ(objective_from_text("memory"), Objective::memory);
  EXPECT_EQ(to_text(Objective::first_inference), "first_inference");
  EXPECT_EQ(to_text(Objective::throughput), "throughput");
  EXPECT_EQ(objective_from_text("speed"), std::nullopt);

  const std::vector<std::string> metrics = {"mean_absolute_error", "max_absolute_error", "relative_error",
                                            "cosine_similarity",   "sqnr_db",            "top1"};
  EXPECT_EQ(accuracy_metric_names(), metrics);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    EXPECT_EQ(to_text(static_cast<AccuracyMetric>(i)), metrics[i]);
    EXPECT_EQ(accuracy_metric_from_text(metrics[i]), static_cast<AccuracyMetric>(i));
  }
  EXPECT_EQ(io_types_from_text("reduced"), IoTypes::reduced);
  EXPECT_EQ(to_text(IoTypes::original), "original");
  EXPECT_EQ(io_types_names(), (std::vector<std::string>{"original", "reduced", "uint8"}));
}

TEST(AccuracyMetric, KnowsItsDirection) {
  EXPECT_FALSE(larger_is_better(AccuracyMetric::mean_absolute_error));
  EXPECT_FALSE(larger_is_better(AccuracyMetric::max_absolute_error));
  EXPECT_FALSE(larger_is_better(AccuracyMetric::relative_error));
  EXPECT_TRUE(larger_is_better(AccuracyMetric::cosine_similarity));
  EXPECT_TRUE(larger_is_better(AccuracyMetric::sqnr_db));
  EXPECT_TRUE(larger_is_better(AccuracyMetric::top1));
}

Variant variant(std::string runtime, std::string recipe, Settings settings = {}) {
  return {.recipe = std::move(recipe), .runtime = std::move(runtime), .device = {}, .io = IoTypes::original,
          .settings = std::move(settings)};
}

TEST(VariantId, IsReadable) {
  Variant fp16 = variant("onnxruntime", "fp16");
  EXPECT_EQ(fp16.id(), "onnxruntime-fp16");
  fp16.io = IoTypes::reduced;
  EXPECT_EQ(fp16.id(), "onnxruntime-fp16-io16");
  fp16.io = IoTypes::uint8;
  EXPECT_EQ(fp16.id(), "onnxruntime-fp16-io8");
  EXPECT_EQ(variant("openvino", "original", {{"streams", "2"}, {"precision", "bf16"}}).id(),
            "openvino-original-precision=bf16-streams=2");
  Variant gpu = variant("tensorrt", "int8_static", {{"a.b", "0.5"}});
  gpu.device.gpu = 1;
  gpu.io = IoTypes::reduced;
  EXPECT_EQ(gpu.id(), "tensorrt-int8_static-io16-gpu1-a.b=0.5");
}

TEST(VariantId, TellsDifferentVariantsApartEvenWithSeparatorsInside) {
  std::vector<Variant> variants = {
      variant("a", "b", {{"x", "1-y=2"}}),       variant("a", "b", {{"x", "1"}, {"y", "2"}}),
      variant("a", "b-x=1"),                     variant("a", "b", {{"x", "1"}}),
      variant("a-b", "c"),                       variant("a", "b-c"),
      variant("a", "b", {{"x=1", "2"}}),         variant("a", "b", {{"x", "1=2"}}),
      variant("a", "b-io16"),                    variant("a", "b", {{"io16", ""}}),
      variant("a", "b", {{"x", "%2D"}}),         variant("a", "b", {{"x", "-"}}),
      variant("a", "b", {{"x", ""}}),            variant("a", "b"),
      variant("", "b"),                          variant("b", ""),
  };
  variants.push_back(variant("a", "b"));
  variants.back().io = IoTypes::reduced;
  variants.push_back(variant("a", "b"));
  variants.back().io = IoTypes::uint8;
  variants.push_back(variant("a", "b"));
  variants.back().device.gpu = 0;
  std::set<std::string> ids;
  for (const Variant& v : variants) {
    EXPECT_TRUE(ids.insert(v.id()).second) << v.id();
    EXPECT_EQ(v.id().find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-=%~"),
              std::string::npos)
        << v.id();
  }
}

TEST(VariantId, IsSafeAsAFileName) {
  EXPECT_EQ(variant("..", "/etc", {{"p", "a b\n\xc3\xa4"}}).id(), "..-%2Fetc-p=a%20b%0A%C3%A4");
  const std::string prefix(300, 'x');
  const Variant one = variant("a", prefix + "1"), two = variant("a", prefix + "2");
  EXPECT_EQ(one.id().size(), 200u);
  EXPECT_NE(one.id(), two.id());
  EXPECT_EQ(one.id().substr(0, 183), two.id().substr(0, 183));
  EXPECT_EQ(variant("a", std::string(198, 'x')).id(), "a-" + std::string(198, 'x'));  // 200: as it is
}

TEST(Host, KnowsItsFeatures) {
  Host host;
  host.features = {"avx2", "avx512_bf16"};
  EXPECT_TRUE(host.has("avx2"));
  EXPECT_FALSE(host.has("avx512"));
  EXPECT_FALSE(host.has(""));
}

}  // namespace
}  // namespace autoaccel
