// Static INT8 in the dialect of each runtime: it loads, agrees with the original, and runs on integers.
#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <set>

#include "contract/driver.h"
#include "quantize/int8_static.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

// A build without vendors' libraries (sanitizers) has no runtime to try.
class Int8 : public Contract {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Int8);
INSTANTIATE_TEST_SUITE_P(Runtimes, Int8, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

/// What stands between layers in real networks: a residual, a swish, a pool, a transposed convolution, an attention.
onnx::ModelProto network() {
  onnx::ModelProto model = test_support::proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[1,3,16,16] x) => (float[1,64,32] y) <int64[3] rows = {1, 32, 64}, float[1] scale = {0.25}> {
        a = Conv<pads = [1, 1, 1, 1]>(x, w1, b1)
        ar = Relu(a)
        g = Sigmoid(ar)
        s = Mul(ar, g)
        b = Conv<pads = [1, 1, 1, 1]>(s, w2)
        r = Add(b, s)
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
        c = Conv<pads = [1, 1, 1, 1]>(p, w3)
        t = ConvTranspose<strides = [2, 2]>(c, w4)
        q = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(t)
        m = Reshape(q, rows)
        f = Transpose<perm = [0, 2, 1]>(m)
        h = MatMul(f, w5)
        hb = Add(h, b5)
        k = Transpose<perm = [0, 2, 1]>(f)
        qk = MatMul(hb, k)
        z = Mul(qk, scale)
        e = Softmax(z)
        o = MatMul(e, f)
        u = Relu(o)
        y = MatMul(u, w6)
      })");
  onnx::GraphProto& graph = *model.mutable_graph();
  const std::pair<const char*, Shape> weights[] = {
      {"w1", {32, 3, 3, 3}},  {"b1", {32}},     {"w2", {32, 32, 3, 3}}, {"w3", {32, 32, 3, 3}},
      {"w4", {32, 32, 2, 2}}, {"w5", {32, 32}}, {"b5", {32}},           {"w6", {32, 32}}};
  std::uint64_t seed = 0;
  for (const auto& [name, shape] : weights) {
    test_support::add_random_initializer(graph, name, ElementType::float32, shape, ++seed);
    // The gain of a layer is about 1, as training leaves it.
    onnx::TensorProto& tensor = *graph.mutable_initializer(graph.initializer_size() - 1);
    std::vector<float> values(tensor.raw_data().size() / sizeof(float));
    std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
    double fan = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) fan *= static_cast<double>(shape[i]);
    for (float& value : values) value *= static_cast<float>(std::sqrt(3 / fan));
    tensor.set_raw_data(values.data(), tensor.raw_data().size());
  }
  return model;
}

TensorSet sample(unsigned seed) {
  Tensor x(ElementType::float32, {1, 3, 16, 16});
  std::mt19937 random(seed);
  std::normal_distribution<float> bell;
  for (float& value : x.as<float>()) value = bell(random);
  return {{"x", std::move(x)}};
}

/// What was seen of the values in `axes` over a few samples.
quantize::Statistics statistics_of(const std::string& runtime, const onnx::ModelProto& model,
                                   const std::map<std::string, std::optional<int>>& axes) {
  onnx::ModelProto shown = model;
  std::set<std::string> outputs{"y"};
  for (const auto& [name, axis] : axes) {
    if (name == "x" || !outputs.insert(name).second) continue;
    onnx::ValueInfoProto& info = *shown.mutable_graph()->add_output();
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
  Driver driver(runtime);
  driver.load(shown, shapes_of(sample(0)));
  quantize::Statistics statistics(quantize::SampleOrigin::user);
  for (unsigned seed = 0; seed < 4; ++seed) {
    const TensorSet set = sample(seed);
    driver.bind({set});
    const TensorSet seen = driver.run(0);
    for (const auto& [name, axis] : axes) statistics.add(name, *find(name == "x" ? set : seen, name), axis);
  }
  return statistics;
}

double sqnr_db(const Tensor& reference, const Tensor& output) {
  double power = 0, noise = 0;
  for (std::size_t i = 0; i < reference.as<float>().size(); ++i) {
    const double x = reference.as<float>()[i], error = x - output.as<float>()[i];
    power += x * x;
    noise += error * error;
  }
  return 10 * std::log10(power / noise);
}

TEST_P(Int8, LoadsAgreesAndRunsOnIntegers) {
  const quantize::Dialect* dialect = quantize::find_dialect(GetParam());
  ASSERT_NE(dialect, nullptr);
  const onnx::ModelProto proto = network();
  const model::Model original = model::Model::from_proto(proto);
  const quantize::Statistics statistics =
      statistics_of(GetParam(), proto, quantize::values_to_watch(original, *dialect));
  const quantize::Int8Static quantizer(original, statistics, {.dialect = dialect});
  rewrite::PassReport report;
  const model::Model int8 = quantizer.with_kept({}, report);
  std::set<std::string> layers;
  for (const quantize::LowNode& node : quantizer.low_nodes().nodes)
    if (node.gain > 0) layers.insert(node.id);
  // Queries and keys are multiplied on integers by OpenVINO; keys are values here, and a layer reads them as well.
  EXPECT_EQ(layers, GetParam() == "openvino" ? (std::set<std::string>{"a", "b", "c", "t", "h", "qk", "y"})
                                             : (std::set<std::string>{"a", "b", "c", "h", "y"}));

  const Tensor reference = *find(run_once(driver, proto, sample(9)), "y");
  const TensorSet outputs = run_once(driver, test_support::resolved(int8), sample(9));
  // 8 bits in every layer: each adds noise of about 40 dB to what the ones before it left. Float kernels or wrong
  // scales give other figures by far.
  EXPECT_GT(sqnr_db(reference, *find(outputs, "y")), 25);
  EXPECT_LT(sqnr_db(reference, *find(outputs, "y")), 60);
  const Placement placement = driver.client().placement();
  EXPECT_THAT(placement.summary, ::testing::HasSubstr(GetParam() == "openvino" ? "3 Convolution" : "3 QLinearConv"));
  EXPECT_EQ(placement.layers.at("Conv"), (std::map<std::string, int>{{"i8", 3}}));
}

}  // namespace
}  // namespace autoaccel::contract
