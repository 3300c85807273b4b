// Repeating, requests in flight, measuring, and the proof of what ran.
#include <algorithm>
#include <numeric>

#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

using test_support::proto_from_text;

class Running : public Contract {
 protected:
  static constexpr int kSamples = 3;

  // A small image network with every weight from a seed.
  static onnx::ModelProto conv_net() {
    auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 3, H, W] x) => (float[N, 8, H2, W2] features, float[N, 5] scores) {
          a = Conv<pads = [1, 1, 1, 1]>(x, w1, b1)
          b = Relu(a)
          c = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(b)
          features = Conv<pads = [1, 1, 1, 1], group = 4>(c, w2)
          d = Sigmoid(features)
          e = GlobalAveragePool(d)
          f = Flatten(e)
          g = Gemm<transB = 1>(f, w3, b3)
          scores = Softmax<axis = 1>(g)
        })");
    auto& graph = *model.mutable_graph();
    test_support::add_random_initializer(graph, "w1", ElementType::float32, {16, 3, 3, 3}, 1);
    test_support::add_random_initializer(graph, "b1", ElementType::float32, {16}, 2);
    test_support::add_random_initializer(graph, "w2", ElementType::float32, {8, 4, 3, 3}, 3);
    test_support::add_random_initializer(graph, "w3", ElementType::float32, {5, 8}, 4);
    test_support::add_random_initializer(graph, "b3", ElementType::float32, {5}, 5);
    return model;
  }

  static std::vector<TensorSet> images() {
    std::vector<TensorSet> samples;
    for (int k = 0; k < kSamples; ++k) {
      Tensor image(ElementType::float32, {1, 3, 32, 48});
      for (std::int64_t i = 0; i < image.size(); ++i) {
        // Multiples of 1/64 in [-1, 1) that differ by sample.
        image.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>((i * (2 * k + 37)) % 128 - 64) / 64;
      }
      samples.push_back({{"x", std::move(image)}});
    }
    return samples;
  }

  worker::Loaded load_conv_net(Driver& on, const Settings& settings = {}) {
    const auto samples = images();
    const worker::Loaded loaded = on.load(conv_net(), shapes_of(samples.front()), settings);
    on.bind(samples);
    return loaded;
  }

  static double largest_difference(const TensorSet& left, const TensorSet& right) {
    double largest = 0;
    for (const auto& [name, tensor] : left) {
      const Tensor* other = find(right, name);
      if (other == nullptr || other->shape() != tensor.shape()) {
        ADD_FAILURE() << name;
        continue;
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
        largest = std::max(largest, std::abs(double{tensor.as<float>()[i]} - double{other->as<float>()[i]}));
      }
    }
    return largest;
  }
};

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Running);
INSTANTIATE_TEST_SUITE_P(Runtimes, Running, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

TEST_P(Running, WatchesWhatItsRunsGive) {
  load_conv_net(driver);
  quantize::Statistics expected;
  std::vector<std::filesystem::path> folders;
  for (int k = 0; k < kSamples; ++k) {
    folders.push_back(driver.folder() / ("sample" + std::to_string(k)));
    const TensorSet outputs = driver.run(k);
    expected.add("features", *find(outputs, "features"), 1);
    expected.add("scores", *find(outputs, "scores"), std::nullopt);
  }
  const quantize::Statistics watched = driver.client().watch(folders, {"x"}, {{"features", 1}});
  EXPECT_EQ(quantize::to_json(watched).dump(), quantize::to_json(expected).dump());
  EXPECT_EQ(watched.find("features")->channel_sum.size(), 8U);
  EXPECT_EQ(watched.find("features")->count, kSamples * 8 * 16 * 24);
}

TEST_P(Running, TheSameSampleGivesTheSameBits) {
  load_conv_net(driver);
  const TensorSet first = driver.run(0);
  const TensorSet between = driver.run(1);
  const TensorSet second = driver.run(0);
  EXPECT_EQ(largest_difference(first, second), 0);
  EXPECT_GT(largest_difference(first, between), 0) << "samples differ, and so must outputs";
}

TEST_P(Running, RequestsInFlightKeepTheirOutputsApart) {
  load_conv_net(driver);
  std::vector<TensorSet> alone;
  for (int k = 0; k < kSamples; ++k) alone.push_back(driver.run(k));

  const worker::Loaded loaded = load_conv_net(driver, {{"requests", "3"}});
  ASSERT_EQ(loaded.requests, 3);
  const auto check = [&](const char* when) {
    for (int request = 0; request < loaded.requests; ++request) {
      const int sample = (request + 1) % kSamples;
      // Other threads may sum in another order; outputs are below 10 in size.
      EXPECT_LT(largest_difference(driver.run(sample, request), alone[static_cast<std::size_t>(sample)]), 1e-4)
          << "request " << request << " " << when;
    }
  };
  check("before");
  const Measurement together =
      driver.client().measure({.min_warm_up_seconds = 0.01, .min_seconds = 0.05, .max_seconds = 0.5},
                              {.requests_in_flight = 3, .samples = kSamples, .batch = 1});
  EXPECT_EQ(together.requests_in_flight, 3);
  check("after all ran at once");
}

TEST_P(Running, MeasuringGivesSamples) {
  load_conv_net(driver);
  const measure::Rules rules{.min_warm_up_seconds = 0.01, .min_samples = 12, .min_seconds = 0.02, .max_seconds = 1};
  const Measurement measurement =
      driver.client().measure(rules, {.requests_in_flight = 1, .samples = kSamples, .batch = 1});
  EXPECT_GE(measurement.samples_seconds.size(), 12u);
  EXPECT_GE(measurement.runs, 12);
  EXPECT_GT(measurement.throughput_per_second, 0);
  EXPECT_TRUE(measurement.latency_seconds.median.has_value());
}

TEST_P(Running, PlacementProvesFloat32) {
  load_conv_net(driver);
  const Placement placement = driver.client().placement();
  EXPECT_FALSE(placement.summary.empty());
  EXPECT_TRUE(placement.warnings.empty()) << placement.warnings.front();
  int nodes = 0;
  for (const auto& [kind, count] : placement.nodes_by_kind) {
    nodes += count;
    EXPECT_TRUE(kind.ends_with("f32")) << kind;
  }
  EXPECT_GE(nodes, 6) << "two Conv, pooling, Sigmoid, Gemm and Softmax cannot become fewer kernels";
}

TEST_P(Running, PlacementDoesNotChangeWhatIsLoaded) {
  load_conv_net(driver);
  const TensorSet before = driver.run(2);
  const Placement first = driver.client().placement();
  EXPECT_EQ(largest_difference(before, driver.run(2)), 0);
  EXPECT_EQ(driver.client().placement().nodes_by_kind, first.nodes_by_kind);
}

TEST_P(Running, ProbeSaysWhatThereIs) {
  const RuntimeInfo info = driver.client().probe();
  EXPECT_TRUE(info.available) << info.reason;
  EXPECT_EQ(info.name, GetParam());
  EXPECT_EQ(std::ranges::count(info.version, '.'), 2) << info.version;
  EXPECT_EQ(std::ranges::count(info.devices, "cpu"), 1);
  EXPECT_EQ(std::ranges::count(info.precisions, "f32"), 1);
}

TEST_P(Running, AgreesWithTheOtherRuntimes) {
  load_conv_net(driver);
  for (const std::string& name : runtimes_under_test()) {
    if (name == GetParam()) continue;
    Driver other(name);
    load_conv_net(other);
    for (int k = 0; k < kSamples; ++k) {
      // 27 and 36 products of numbers below 1 a sum: float32 keeps them to about 1e-6.
      EXPECT_LT(largest_difference(driver.run(k), other.run(k)), 1e-4) << name << ", sample " << k;
    }
  }
}

}  // namespace
}  // namespace autoaccel::contract
