// What only OpenVINO has: its conversion, precision hint, streams and shapes.
#include <algorithm>
#include <string>

#include "base/host.h"
#include "base/numeric.h"
#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

namespace fs = std::filesystem;
using test_support::proto_from_text;

class OpenVino : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto built = runtimes_under_test();
    if (std::ranges::find(built, "openvino") == built.end()) GTEST_SKIP() << "this build has no openvino worker";
    driver = std::make_unique<Driver>("openvino");
  }

  // Large enough that OpenVINO has reduced kernels for it.
  static onnx::ModelProto matmuls(ElementType weights = ElementType::float32) {
    auto model = proto_from_text(weights == ElementType::float32 ? R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 64] x) => (float[N, 64] y) {
          a = MatMul(x, w1)
          b = Relu(a)
          y = MatMul(b, w2)
        })"
                                                                 : R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 64] x) => (float[N, 64] y) {
          v1 = Cast<to = 1>(w1)
          v2 = Cast<to = 1>(w2)
          a = MatMul(x, v1)
          b = Relu(a)
          y = MatMul(b, v2)
        })");
    test_support::add_random_initializer(*model.mutable_graph(), "w1", weights, {64, 64}, 1);
    test_support::add_random_initializer(*model.mutable_graph(), "w2", weights, {64, 64}, 2);
    return model;
  }

  static TensorSet rows(std::int64_t count) {
    Tensor x(ElementType::float32, {count, 64});
    for (std::int64_t i = 0; i < x.size(); ++i)
      x.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i % 17) / 16;
    return {{"x", std::move(x)}};
  }

  static std::vector<runtime::InputShapes> from_one_to_eight() { return {{"x", {4, 64}, {1, 64}, {8, 64}}}; }

  bool has(const char* precision) { return std::ranges::count(driver->client().probe().precisions, precision) > 0; }

  std::unique_ptr<Driver> driver;
};

TEST_F(OpenVino, AnAxisWithOneSizeBecomesStatic) {
  EXPECT_EQ(driver->load(matmuls(), {{"x", {4, 64}, {4, 64}, {4, 64}}}).inputs[0].shape, (Shape{4, 64}));
  EXPECT_EQ(driver->load(matmuls(), from_one_to_eight()).inputs[0].shape, (Shape{-1, 64}));
}

TEST_F(OpenVino, RefusesAShapeOutsideItsRange) {
  driver->load(matmuls(), from_one_to_eight());
  driver->bind({rows(9)});
  EXPECT_NE(failure_of([&] { driver->run(0); }).reason().find("OpenVINO failed"), std::string::npos);
}

TEST_F(OpenVino, ShapesUseFixesTheModelAtLoad) {
  const worker::Loaded loaded = driver->load(matmuls(), from_one_to_eight(), {{"shapes", "use"}});
  EXPECT_EQ(loaded.inputs[0].shape, (Shape{4, 64}));
}

TEST_F(OpenVino, EverySettingLoadsAndWrongValuesAreSaid) {
  for (const Settings& settings :
       {Settings{{"partitioner", "auto"}}, Settings{{"partitioner", "static"}}, Settings{{"denormals_as_zero", "on"}},
        Settings{{"dynamic_quantization_group", "0"}}, Settings{{"dynamic_quantization_group", "128"}},
        Settings{{"pinning", "off"}}, Settings{{"batch", "2"}}}) {
    SCOPED_TRACE(settings.begin()->first + "=" + settings.begin()->second);
    EXPECT_EQ(driver->load(matmuls(), from_one_to_eight(), settings).requests, 1);
  }
  const auto reason = [&](const Settings& settings) {
    return words_of(failure_of([&] { driver->load(matmuls(), from_one_to_eight(), settings); }));
  };
  EXPECT_NE(reason({{"partitioner", "none"}}).find("setting 'partitioner' cannot be 'none'"), std::string::npos);
  EXPECT_NE(reason({{"dynamic_quantization_group", "-1"}}).find("an integer of at least 0"), std::string::npos);
}

TEST_F(OpenVino, GroupsOfDynamicQuantizationChangeHowCompressedWeightsCompute) {
  // 8-bit weights with a scale a row, decompressed in the graph, as int8_weights writes them.
  auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 256] x) => (float[N, 256] y) {
        v = DequantizeLinear<axis = 1>(w, scale, zero)
        y = MatMul(x, v)
      })");
  onnx::TensorProto& weights = *model.mutable_graph()->add_initializer();
  weights.set_name("w");
  weights.set_data_type(onnx::TensorProto::INT8);
  weights.add_dims(256);
  weights.add_dims(256);
  for (int i = 0; i < 256 * 256; ++i) weights.mutable_raw_data()->push_back(static_cast<char>(i * 37 % 251 - 125));
  onnx::TensorProto& scale = *model.mutable_graph()->add_initializer();
  scale.set_name("scale");
  scale.set_data_type(onnx::TensorProto::FLOAT);
  scale.add_dims(256);
  onnx::TensorProto& zero = *model.mutable_graph()->add_initializer();
  zero.set_name("zero");
  zero.set_data_type(onnx::TensorProto::INT8);
  zero.add_dims(256);
  for (int i = 0; i < 256; ++i) scale.add_float_data(0.01F);
  for (int i = 0; i < 256; ++i) zero.add_int32_data(0);
  Tensor x(ElementType::float32, {4, 256});
  for (std::int64_t i = 0; i < x.size(); ++i)
    x.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i * 13 % 97) / 97;
  const TensorSet sample{{"x", std::move(x)}};
  const auto outputs = [&](const char* group) {
    driver->load(model, {{"x", {4, 256}, {4, 256}, {4, 256}}}, {{"dynamic_quantization_group", group}});
    driver->bind({sample});
    return driver->run(0)[0].tensor;
  };
  const Tensor exact = outputs("0"), grouped = outputs("128");
  if (!base::read_host().has("avx512_vnni")) GTEST_SKIP() << "this processor may have no kernels for it";
  EXPECT_FALSE(std::ranges::equal(exact.bytes(), grouped.bytes())) << "nothing was quantized";
  for (std::size_t i = 0; i < static_cast<std::size_t>(exact.size()); ++i)
    EXPECT_NEAR(exact.as<float>()[i], grouped.as<float>()[i], 2) << "8 bits of 256 products up to 1.25";
}

TEST_F(OpenVino, WritesTheArtifactAndItsWeights) {
  driver->load(matmuls(), from_one_to_eight());
  const auto weights = driver->folder() / "artifact.bin";
  ASSERT_TRUE(fs::exists(driver->folder() / "artifact.xml"));
  ASSERT_TRUE(fs::exists(weights));
  EXPECT_GE(fs::file_size(weights), 2u * 64 * 64 * 4);  // float32 stays float32
}

TEST_F(OpenVino, KeepsFloat16WeightsAsTheyAre) {
  driver->load(matmuls(ElementType::float16), from_one_to_eight());
  const auto bytes = fs::file_size(driver->folder() / "artifact.bin");
  EXPECT_GE(bytes, 2u * 64 * 64 * 2);
  EXPECT_LT(bytes, 2u * 64 * 64 * 3);
  driver->bind({rows(4)});
  const Placement placement = driver->client().placement();
  EXPECT_TRUE(placement.warnings.empty()) << placement.warnings.front();
  EXPECT_FALSE(placement.nodes_by_kind.contains("f16")) << placement.summary;
}

TEST_F(OpenVino, AFailedConversionLeavesNoFile) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 64] x) => (float[N, 32] y) <int64[2] to = {-1, 32}> { y = Reshape(x, to) })");
  failure_of([&] { driver->load(model, {{"x", {4, 65}, {4, 65}, {4, 65}}}); });  // 64 is fixed in the model
  EXPECT_FALSE(fs::exists(driver->folder() / "artifact.xml"));
  EXPECT_FALSE(fs::exists(driver->folder() / "artifact.bin"));
}

TEST_F(OpenVino, PrecisionIsWhatWasAskedFor) {
  driver->load(matmuls(), from_one_to_eight());
  driver->bind({rows(4)});
  const Tensor exact = driver->run(0)[0].tensor;
  EXPECT_FALSE(driver->client().placement().nodes_by_kind.contains("bf16"));
  if (!has("bf16")) GTEST_SKIP() << "this processor has no bfloat16";

  driver->load(matmuls(), from_one_to_eight(), {{"precision", "bf16"}});
  driver->bind({rows(4)});
  const Tensor reduced = driver->run(0)[0].tensor;
  const Placement placement = driver->client().placement();
  EXPECT_GE(placement.nodes_by_kind.at("bf16"), 2) << placement.summary;
  EXPECT_TRUE(placement.warnings.empty()) << placement.warnings.front();
  double error = 0, size = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(exact.size()); ++i) {
    const double difference = double{exact.as<float>()[i]} - double{reduced.as<float>()[i]};
    error += difference * difference;
    size += double{exact.as<float>()[i]} * double{exact.as<float>()[i]};
  }
  EXPECT_GT(error, 0) << "bf16 gave float32's bits";
  EXPECT_LT(error, 1e-3 * size) << "8 bits of mantissa keep more than 30 dB here";
}

TEST_F(OpenVino, APrecisionThatTheProcessorLacksIsAWarning) {
  if (has("f16")) GTEST_SKIP() << "this processor has float16";
  driver->load(matmuls(), from_one_to_eight(), {{"precision", "f16"}});
  driver->bind({rows(4)});
  const Placement placement = driver->client().placement();
  ASSERT_EQ(placement.warnings.size(), 1u);
  EXPECT_TRUE(placement.warnings[0].starts_with("asked for f16, and no node ran in it")) << placement.warnings[0];
}

TEST_F(OpenVino, RequestsAndStreams) {
  EXPECT_EQ(driver->load(matmuls(), from_one_to_eight()).requests, 1);
  EXPECT_EQ(driver->load(matmuls(), from_one_to_eight(), {{"mode", "throughput"}, {"requests", "3"}}).requests, 3);
  EXPECT_EQ(driver->load(matmuls(), from_one_to_eight(), {{"streams", "2"}}).requests, 2);
  driver->bind({rows(4)});
  EXPECT_EQ(driver->run(0, 1)[0].tensor.shape(), (Shape{4, 64}));
}

TEST_F(OpenVino, LoadsAnOnnxFileToo) {
  const auto path = driver->folder() / "model.onnx";
  test_support::write_proto(matmuls(), path);
  const worker::Loaded loaded = driver->client().load(
      {.model = path, .artifact = {}, .device = {}, .settings = driver->exact_settings(), .inputs = {}});
  EXPECT_EQ(loaded.inputs[0].shape, (Shape{-1, 64}));
}

TEST_F(OpenVino, Bfloat16InputsAndOutputs) {
  const auto model = proto_from_text(R"(<ir_version: 10, opset_import: ["" : 22]>
      net (bfloat16[2] x) => (bfloat16[2] y) { y = Add(x, x) })");
  const TensorSet sample{{"x", tensor<std::uint16_t>(ElementType::bfloat16, {2}, {0x3fc0, 0xc040})}};  // 1.5, −3
  EXPECT_EQ(elements<std::uint16_t>(run_once(*driver, model, sample), "y", ElementType::bfloat16, {2}),
            (std::vector<std::uint16_t>{0x4040, 0xc0c0}));  // 3, −6
}

}  // namespace
}  // namespace autoaccel::contract
