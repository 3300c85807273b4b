// What a runtime cannot do is an outcome with words in it, and the worker lives on.
#include <algorithm>

#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

using test_support::proto_from_text;

class Refusals : public Contract {
 protected:
  void expect_alive() { EXPECT_TRUE(driver.client().probe().available); }

  static onnx::ModelProto small_model() {
    return proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[2] x) => (float[2] y) { y = Neg(x) })");
  }
};

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Refusals);
INSTANTIATE_TEST_SUITE_P(Runtimes, Refusals, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

bool refused(const worker::Failure& failure) {
  return failure.outcome() == Outcome::not_converted || failure.outcome() == Outcome::not_compiled;
}

TEST_P(Refusals, OperatorOfAnUnknownDomain) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
      net (float[2] x) => (float[2] y) { y = com.acme.Frobnicate(x) })");
  const worker::Failure failure = failure_of([&] { driver.load(model, {{"x", {2}, {2}, {2}}}); });
  EXPECT_TRUE(refused(failure)) << to_text(failure.outcome());
  EXPECT_NE(failure.reason().find("com.acme"), std::string::npos) << failure.reason();
  EXPECT_NE(failure.reason().find("Frobnicate"), std::string::npos) << failure.reason();
  EXPECT_EQ(failure.reason().find(".cpp:"), std::string::npos) << "the vendor's sources: " << failure.reason();
  EXPECT_EQ(failure.reason().find('\n'), std::string::npos) << failure.reason();
  expect_alive();
}

TEST_P(Refusals, FileThatIsNoModel) {
  const auto path = driver.folder() / "broken.onnx";
  base::write_file_atomically(path, "this is no model");
  const worker::Failure failure = failure_of([&] { driver.load(path, {}); });
  EXPECT_TRUE(refused(failure)) << words_of(failure);
  expect_alive();
}

TEST_P(Refusals, FileThatIsCutShort) {
  auto model = small_model();
  test_support::add_random_initializer(*model.mutable_graph(), "w", ElementType::float32, {64, 64}, 1);
  const std::string whole = model.SerializeAsString();
  const auto path = driver.folder() / "short.onnx";
  base::write_file_atomically(path, whole.substr(0, whole.size() / 2));  // in the middle of the weight
  EXPECT_TRUE(refused(failure_of([&] { driver.load(path, {}); })));
  expect_alive();
}

TEST_P(Refusals, FileThatIsNotThere) {
  const worker::Failure failure = failure_of([&] { driver.load(driver.folder() / "absent.onnx", {}); });
  EXPECT_TRUE(refused(failure)) << words_of(failure);
  EXPECT_NE(words_of(failure).find("absent.onnx"), std::string::npos) << words_of(failure);
  expect_alive();
}

TEST_P(Refusals, WeightsFileThatIsNotThere) {
  auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 2] x) => (float[1, 2] y) <float[2, 2] w = {0, 0, 0, 0}> { y = MatMul(x, w) })");
  onnx::TensorProto& weight = *model.mutable_graph()->mutable_initializer(0);
  weight.clear_float_data();
  weight.clear_raw_data();
  weight.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = weight.add_external_data();
  entry->set_key("location");
  entry->set_value("gone.bin");
  EXPECT_TRUE(refused(failure_of([&] { driver.load(model, {{"x", {1, 2}, {1, 2}, {1, 2}}}); })));
  expect_alive();
}

TEST_P(Refusals, TensorsOfStrings) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (string[2] words) => (string[2] same) { same = Identity(words) })");
  const worker::Failure failure = failure_of([&] { driver.load(model, {{"words", {2}, {2}, {2}}}); });
  EXPECT_TRUE(refused(failure)) << to_text(failure.outcome());
  EXPECT_NE(failure.reason().find("'words' is a tensor of strings"), std::string::npos) << failure.reason();
  expect_alive();
}

TEST_P(Refusals, SettingThatIsNotInTheTable) {
  const worker::Failure failure = failure_of([&] { driver.load(small_model(), {}, {{"thread", "2"}}); });
  EXPECT_NE(failure.reason().find("unknown setting 'thread'"), std::string::npos) << failure.reason();
  EXPECT_NE(words_of(failure).find("did you mean 'threads'?"), std::string::npos) << words_of(failure);
}

TEST_P(Refusals, SettingOfAnImpossibleValue) {
  const worker::Failure failure = failure_of([&] { driver.load(small_model(), {}, {{"threads", "0"}}); });
  EXPECT_NE(failure.reason().find("setting 'threads' cannot be '0'"), std::string::npos) << failure.reason();
}

TEST_P(Refusals, DeviceThatItDoesNotDrive) {
  const auto path = driver.folder() / "model.onnx";
  test_support::write_proto(small_model(), path);
  const worker::Failure failure = failure_of([&] { driver.load(path, {}, {}, Device{.gpu = 0}); });
  const bool is_named =
      failure.reason().find("GPU 0") != std::string::npos || failure.reason().find("CPU") != std::string::npos;
  EXPECT_TRUE(is_named) << failure.reason();
}

TEST_P(Refusals, SampleOfAShapeThatTheModelDoesNotTake) {
  driver.load(small_model(), {{"x", {2}, {2}, {2}}});
  driver.bind({{{"x", tensor<float>(ElementType::float32, {3}, {1, 2, 3})}}});
  const worker::Failure failure = failure_of([&] { driver.run(0); });
  EXPECT_NE(failure.outcome(), Outcome::ok) << words_of(failure);
  expect_alive();
}

}  // namespace
}  // namespace autoaccel::contract
