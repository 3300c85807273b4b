// Every choice that a runtime gives to the search loads, runs, and changes nothing of the outputs.
#include <set>
#include <string>

#include "autoaccel/run.h"
#include "contract/driver.h"
#include "runtime/catalogue.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

class Choices : public Contract {
 protected:
  static onnx::ModelProto chain() {
    return test_support::proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 4] x) => (float[N, 4] y) <float[4, 4] w = {0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 0}> {
          a = MatMul(x, w)
          b = Relu(a)
          y = Add(b, x)
        })");
  }

  static TensorSet sample() {
    return {{"x", tensor<float>(ElementType::float32, {2, 4}, {1, -2, 3, -4, 5, 6, -7, 8})}};
  }

  // Of every objective, on a processor whose denormals cost time.
  std::set<Settings> choices() {
    Host host;
    host.threads = 2;
    host.processor = "Intel";
    std::set<Settings> all;
    for (const Objective objective :
         {Objective::latency, Objective::throughput, Objective::memory, Objective::first_inference}) {
      Config config;
      config.objective = objective;
      for (const plan::Dimension& dimension :
           runtime::find_runtime(GetParam())->dimensions(host, driver.client().probe(), config))
        all.insert(dimension.choices.begin(), dimension.choices.end());
    }
    return all;
  }
};

TEST_P(Choices, GiveTheSameOutputsOnEveryRequest) {
  for (const Settings& settings : choices()) {
    std::string shown;
    for (const auto& [name, value] : settings) shown += " " + name + "=" + value;
    SCOPED_TRACE(shown);
    const worker::Loaded loaded = driver.load(chain(), {{"x", {2, 4}, {1, 4}, {8, 4}}}, settings);
    const auto asked = settings.find("requests");
    if (asked != settings.end()) {
      EXPECT_EQ(loaded.requests, std::stoi(asked->second));
    }
    driver.bind({sample()});
    // x·w = {−2, 2, −12, 3} and {6, 10, 24, −7}; negative ones become 0, and x is added.
    for (int request = 0; request < loaded.requests; ++request)
      EXPECT_EQ(elements<float>(driver.run(0, request), "y", ElementType::float32, {2, 4}),
                (std::vector<float>{1, 0, 3, -1, 11, 16, 17, 8}))
          << "request " << request;
  }
}

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Choices);
INSTANTIATE_TEST_SUITE_P(Runtimes, Choices, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

}  // namespace
}  // namespace autoaccel::contract
