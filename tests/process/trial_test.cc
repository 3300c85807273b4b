// A trial as it should go: probe, convert, load, bind, run, measure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fake_worker.h"

namespace autoaccel::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class TrialTest : public FakeWorkerTest {
 protected:
  static std::vector<float> floats(const Tensor* tensor) {
    const auto values = tensor->as<float>();
    return {values.begin(), values.end()};
  }
};

TEST_F(TrialTest, ProbesTheRuntime) {
  Client client = start();
  const RuntimeInfo info = client.probe();
  EXPECT_EQ(info.name, "fake");
  EXPECT_TRUE(info.available);
  EXPECT_EQ(info.version, "1.0");
  EXPECT_THAT(info.precisions, ElementsAre("f32", "f16"));
}

TEST_F(TrialTest, GivesTheOutputsOfEverySample) {
  Client client = start();
  prepare(client, job());
  const Client::Ran ran = client.run(0, 0, folder() / "out0");
  EXPECT_THAT(ran.names, ElementsAre("y", "n"));
  EXPECT_GE(ran.seconds, 0);
  const TensorSet first = read_output_set(folder() / "out0", ran.names);
  EXPECT_EQ(find(first, "y")->shape(), (Shape{1, 3}));
  EXPECT_THAT(floats(find(first, "y")), ElementsAre(3, 5, 7));  // 2 · {1, 2, 3} + 1
  EXPECT_EQ(find(first, "n")->shape(), Shape{});
  EXPECT_EQ(find(first, "n")->as<std::int32_t>()[0], -4);

  client.run(1, 0, folder() / "out1");
  const TensorSet second = read_output_set(folder() / "out1", ran.names);
  EXPECT_THAT(floats(find(second, "y")), ElementsAre(1, -1, 2));  // 2 · {0, −1, 0.5} + 1
  EXPECT_EQ(find(second, "n")->as<std::int32_t>()[0], 7);
}

TEST_F(TrialTest, TellsWhatIsLoaded) {
  Client client = start();
  runtime::Job two = job();
  two.settings["requests"] = "2";
  const Loaded loaded = client.load(two);
  EXPECT_EQ(loaded.requests, 2);
  EXPECT_GE(loaded.load_seconds, 0);
  ASSERT_EQ(loaded.inputs.size(), 2u);
  EXPECT_EQ(loaded.inputs[1].name, "k");
  EXPECT_EQ(loaded.inputs[1].type, ElementType::int32);
  EXPECT_EQ(loaded.inputs[1].shape, Shape{});
  ASSERT_EQ(loaded.outputs.size(), 2u);
  EXPECT_EQ(loaded.outputs[0].shape, (Shape{1, 3}));
}

TEST_F(TrialTest, GivesWrongOutputsWhenTold) {
  Client client = start();
  runtime::Job wrong = job();
  wrong.settings["offset"] = "0.5";
  wrong.settings["nan"] = "on";
  prepare(client, wrong);
  const Client::Ran ran = client.run(0, 0, folder() / "out");
  const TensorSet outputs = read_output_set(folder() / "out", ran.names);
  const std::vector<float> y = floats(find(outputs, "y"));
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 5.5F);
  EXPECT_EQ(find(outputs, "n")->as<std::int32_t>()[0], -4) << "integers stay right";
}

TEST_F(TrialTest, WatchesFloatOutputsOverSamples) {
  Client client = start();
  prepare(client, job());
  const std::vector<std::filesystem::path> folders{folder() / "sample0", folder() / "sample1"};
  const quantize::Statistics statistics = client.watch(folders, {"x", "k"}, {{"y", -1}, {"absent", 0}});
  EXPECT_THAT(statistics.names(), ElementsAre("y")) << "n holds integers";
  // y is {3, 5, 7}, then {1, −1, 2}; column by column 4, 4, 9.
  const quantize::TensorStatistics& y = *statistics.find("y");
  EXPECT_EQ(y.tensors, 2);
  EXPECT_EQ(y.count, 6);
  EXPECT_EQ(y.min, -1);
  EXPECT_EQ(y.max, 7);
  EXPECT_EQ(y.sum, 17);
  EXPECT_EQ(y.sum_squares, 9 + 25 + 49 + 1 + 1 + 4);
  EXPECT_EQ(y.channel_axis, 1);
  EXPECT_THAT(y.channel_sum, ElementsAre(4, 4, 9));
  EXPECT_THAT(y.channel_min, ElementsAre(1, -1, 2));
  EXPECT_EQ(y.histogram.count(), 6);

  EXPECT_EQ(failure_of([&] { client.run(0, 0, folder() / "out"); }).reason(), "sample 0 is not below 0")
      << "the pool gave way";
  const quantize::Statistics again = client.watch({folders[1]}, {"x", "k"}, {});
  EXPECT_EQ(again.find("y")->max, 2) << "a request begins anew";
  EXPECT_EQ(again.find("y")->channel_axis, -1);
  EXPECT_EQ(failure_of([&] { client.watch({folder() / "missing"}, {"x", "k"}, {}); }).outcome(), Outcome::crashed);
  EXPECT_TRUE(client.watch({}, {"x", "k"}, {}).find("y")->tensors == 0);
}

TEST_F(TrialTest, MeasuresOneRequest) {
  Client client = start();
  runtime::Job slow = job();
  slow.settings["run_seconds"] = "0.002";
  prepare(client, slow);
  const Measurement measurement =
      client.measure({.min_warm_up_seconds = 0.01, .max_warm_up_seconds = 0.1, .min_seconds = 0.05, .max_seconds = 0.2},
                     {.requests_in_flight = 1, .samples = 2, .batch = 4});
  EXPECT_GE(measurement.runs, 11);
  EXPECT_EQ(measurement.samples_seconds.size(), static_cast<std::size_t>(measurement.runs));
  EXPECT_EQ(measurement.batch, 4);
  EXPECT_EQ(measurement.requests_in_flight, 1);
  // The fake never takes less than 2 ms, however slow the machine is.
  EXPECT_GE(*measurement.latency_seconds.min, 0.002);
  EXPECT_LE(measurement.throughput_per_second, 4 / 0.002);
  EXPECT_GT(measurement.warm_up_runs, 0);
  EXPECT_TRUE(measurement.conditions.foreign_cpu_fraction);
  EXPECT_TRUE(measurement.conditions.involuntary_switches);
  EXPECT_TRUE(measurement.conditions.load_average_before);
}

TEST_F(TrialTest, MeasuresRequestsInFlight) {
  Client client = start();
  runtime::Job two = job();
  two.settings["requests"] = "2";
  two.settings["run_seconds"] = "0.002";
  prepare(client, two);
  const measure::Rules rules{
      .min_warm_up_seconds = 0.01, .max_warm_up_seconds = 0.1, .min_seconds = 0.05, .max_seconds = 0.2};
  const Measurement measurement = client.measure(rules, {.requests_in_flight = 2, .samples = 2, .batch = 1});
  EXPECT_EQ(measurement.requests_in_flight, 2);
  const Failure failure =
      failure_of([&] { client.measure(rules, {.requests_in_flight = 3, .samples = 2, .batch = 1}); });
  EXPECT_THAT(failure.reason(), HasSubstr("more samples or requests"));
}

TEST_F(TrialTest, ReportsPlacementAndMemory) {
  Client client = start();
  client.load(job());
  const Placement placement = client.placement();
  EXPECT_THAT(placement.nodes_by_kind, ElementsAre(Pair("f16", 5), Pair("f32", 2)));
  EXPECT_EQ(placement.summary, "5 nodes f16, 2 nodes f32");
  const auto peak = client.peak_bytes();
  ASSERT_TRUE(peak);
  EXPECT_GT(*peak, 500'000u);
  EXPECT_LT(*peak, 2'000'000'000u);
}

TEST_F(TrialTest, ConvertsAndRunsWhatItConverted) {
  // The model inside another file, as a doc_string of an ONNX file holds it.
  std::ofstream(folder() / "model.onnx", std::ios::binary)
      << "\x08\x07 binary \xff autoaccel-fake-model: " << kModel << "\x10";
  Client client = start();
  runtime::Job conversion = job();
  conversion.model = folder() / "model.onnx";
  EXPECT_THAT(client.convert(conversion), ElementsAre(folder() / "artifact.json"));
  runtime::Job converted = job();
  converted.model = folder() / "artifact.json";
  prepare(client, converted);
  const Client::Ran ran = client.run(0, 0, folder() / "out");
  EXPECT_THAT(floats(find(read_output_set(folder() / "out", ran.names), "y")), ElementsAre(3, 5, 7));
}

TEST_F(TrialTest, GoesOnAfterARefusedRequest) {
  Client client = start();
  EXPECT_EQ(failure_of([&] { client.run(0, 0, folder() / "out"); }).reason(), "nothing is loaded; send load first");
  EXPECT_EQ(failure_of([&] { client.load(job("load:refuse")); }).outcome(), Outcome::not_compiled);
  runtime::Job unknown = job();
  unknown.settings["thread"] = "2";
  EXPECT_THAT(failure_of([&] { client.load(unknown); }).reason(), HasSubstr("thread"));
}

TEST_F(TrialTest, RefusesSamplesThatDoNotFit) {
  Client client = start();
  prepare(client, job());
  const Failure failure = failure_of([&] { client.run(2, 0, folder() / "out"); });
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "sample 2 is not below 2");
  EXPECT_EQ(failure_of([&] { client.run(0, 1, folder() / "out"); }).reason(), "request 1 is not below 1");
  EXPECT_EQ(failure_of([&] { client.bind({folder() / "missing"}, {"x", "k"}); }).outcome(), Outcome::crashed);
  EXPECT_EQ(failure_of([&] {
              client.bind({folder() / "sample0"}, {"k", "x"});
            }).outcome(),
            Outcome::crashed)
      << "types in the wrong order";
  EXPECT_EQ(failure_of([&] { client.run(0, 0, folder() / "out"); }).reason(), "sample 0 is not below 0");
  prepare(client, job());
  client.run(1, 0, folder() / "out");
}

TEST_F(TrialTest, EndsWhenAsked) {
  Client client = start();
  const pid_t pid = client.pid();
  client.probe();
  EXPECT_TRUE(is_alive(pid));
  client.quit();
  EXPECT_FALSE(is_alive(pid));
  EXPECT_THROW(client.probe(), Failure);
}

}  // namespace
}  // namespace autoaccel::worker
