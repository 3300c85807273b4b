// What only ONNX Runtime has: its settings, and what it says of reduced precision.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/numeric.h"
#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

using test_support::proto_from_text;

class OnnxRuntime : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto built = runtimes_under_test();
    if (std::ranges::find(built, "onnxruntime") == built.end()) GTEST_SKIP() << "this build has no onnxruntime worker";
    driver = std::make_unique<Driver>("onnxruntime");
  }

  static onnx::ModelProto chain() {
    return proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[2, 4] x) => (float[2, 4] y) <float[4, 4] w = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}> {
          a = MatMul(x, w)
          b = Relu(a)
          y = Add(b, b)
        })");
  }
  static TensorSet chain_sample() {
    return {{"x", tensor<float>(ElementType::float32, {2, 4}, {1, -2, 3, -4, 5, -6, 7, -8})}};
  }

  std::unique_ptr<Driver> driver;
};

TEST_F(OnnxRuntime, EverySettingLoadsAndComputesTheSame) {
  const Settings rows[] = {{{"optimization", "disabled"}}, {{"optimization", "basic"}}, {{"optimization", "extended"}},
                           {{"optimization", "all"}},      {{"spinning", "off"}},       {{"arena", "off"}},
                           {{"denormals_as_zero", "on"}},  {{"threads", "1"}},          {{"sessions", "2"}},
                           {{"memory_pattern", "off"}},    {{"prepacking", "off"}},     {{"batch", "2"}}};
  for (const Settings& settings : rows) {
    SCOPED_TRACE(settings.begin()->first + "=" + settings.begin()->second);
    driver->load(chain(), shapes_of(chain_sample()), settings);
    driver->bind({chain_sample()});
    // An identity matrix, Relu, doubled.
    EXPECT_EQ(elements<float>(driver->run(0), "y", ElementType::float32, {2, 4}),
              (std::vector<float>{2, 0, 6, 0, 10, 0, 14, 0}));
  }
}

TEST_F(OnnxRuntime, SessionsTimesRequestsAreInFlight) {
  EXPECT_EQ(driver->load(chain(), {}, {{"sessions", "2"}, {"requests", "3"}, {"threads", "1"}}).requests, 6);
  driver->bind({chain_sample()});
  for (int request = 0; request < 6; ++request) {
    EXPECT_EQ(elements<float>(driver->run(0, request), "y", ElementType::float32, {2, 4})[4], 10) << request;
  }
}

TEST_F(OnnxRuntime, OptimizationChangesTheKernelsThatRun) {
  // MatMul and the Add of a bias are the simplest pair that it fuses.
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 4] x) => (float[2, 4] y) <float[4] b = {1, 2, 3, 4}> {
        w = Constant<value = float[4, 4] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}>()
        a = MatMul(x, w)
        y = Add(a, b)
      })");
  const auto nodes_at = [&](const char* level) {
    driver->load(model, {}, {{"optimization", level}});
    driver->bind({chain_sample()});
    return driver->client().placement().nodes_by_kind.at("CPUExecutionProvider f32");
  };
  EXPECT_EQ(nodes_at("disabled"), 2);
  EXPECT_EQ(nodes_at("all"), 1) << "MatMul and Add become one Gemm";
}

TEST_F(OnnxRuntime, SaysThatFloat16RanInAnotherPrecision) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float16[2, 4] x) => (float16[2, 4] y) {
        a = Sigmoid(x)
        y = Add(a, a)
      })");
  Tensor x(ElementType::float16, {2, 4});
  driver->load(model, {});
  driver->bind({{{"x", std::move(x)}}});
  const std::uint16_t one = base::float16_from_float32(1);  // 2 · sigmoid(0)
  EXPECT_EQ(elements<std::uint16_t>(driver->run(0), "y", ElementType::float16, {2, 4}),
            std::vector<std::uint16_t>(8, one));
  const Placement placement = driver->client().placement();
  if (placement.nodes_by_kind.contains("CPUExecutionProvider f16"))
    GTEST_SKIP() << "this processor has float16 kernels";
  ASSERT_EQ(placement.warnings.size(), 1u);
  EXPECT_EQ(placement.warnings[0],
            "ONNX Runtime inserted 2 casts to run nodes in another precision than the file's: 2 f32");
}

TEST_F(OnnxRuntime, HasNoBfloat16AsTheOfferSays) {
  const auto model = proto_from_text(R"(<ir_version: 10, opset_import: ["" : 22]>
      net (bfloat16[2, 4] x) => (bfloat16[2, 4] y) { y = Add(x, x) })");
  const worker::Failure failure = failure_of([&] { driver->load(model, {}); });
  EXPECT_EQ(failure.outcome(), Outcome::not_compiled);
  EXPECT_NE(failure.reason().find("Could not find an implementation for Add"), std::string::npos) << failure.reason();
  EXPECT_NE(failure.reason().find("optimization=all"), std::string::npos) << failure.reason();
}

TEST_F(OnnxRuntime, SaysWhichLibraryItRuns) {
  const RuntimeInfo found = driver->client().probe();
  EXPECT_TRUE(found.available);
  EXPECT_NE(found.library.find("libonnxruntime.so"), std::string::npos) << found.library;
  EXPECT_FALSE(found.version.empty());
}

TEST_F(OnnxRuntime, TakesTheLibraryOfTheFolderThatTheUserNames) {
  // Another library under that name: it is the one that is taken, and it is refused for what it is.
  const base::TemporaryFolder folder("autoaccel-named-");
  std::filesystem::copy_file(std::filesystem::path(AUTOACCEL_FAKE_LIBRARIES) / "libnvidia-ml.so.1",
                             folder.path() / "libonnxruntime.so.9");
  ::setenv("AUTOACCEL_LIBRARIES", folder.path().c_str(), 1);
  Driver named("onnxruntime");
  ::unsetenv("AUTOACCEL_LIBRARIES");
  const RuntimeInfo found = named.client().probe();
  EXPECT_FALSE(found.available);
  EXPECT_NE(found.reason.find((folder.path() / "libonnxruntime.so.9").string() + " is no ONNX Runtime"),
            std::string::npos)
      << found.reason;
}

TEST_F(OnnxRuntime, ConvertsNothing) {
  const worker::Failure failure =
      failure_of([&] { driver->client().convert({.model = "a.onnx", .artifact = "b.onnx"}); });
  EXPECT_EQ(failure.outcome(), Outcome::not_converted);
}

}  // namespace
}  // namespace autoaccel::contract
