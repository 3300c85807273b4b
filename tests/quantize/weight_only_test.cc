#include "quantize/weight_only.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "quantize/error_feedback.h"
#include "support/models.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::quantize {
namespace {

model::Model model_of(const std::string& body, int opset = 21) {
  return test_support::model_from_text("<ir_version: 10, opset_import: [\"\" : " + std::to_string(opset) + "]> " +
                                       body);
}

/// Element i of the tensor is i % 16: columns of 32 in 16 steps of 1.
void add_weight(onnx::GraphProto& graph, const std::string& name, const Shape& shape) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  std::size_t count = 1;
  for (const auto dim : shape) {
    tensor.add_dims(dim);
    count *= static_cast<std::size_t>(dim);
  }
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 16);
  model::Model::set_inline(tensor, std::as_bytes(std::span(values)));
}

model::Model with_weight(const std::string& body, const Shape& shape, int opset = 21) {
  model::Model model = model_of(body, opset);
  add_weight(*model.proto().mutable_graph(), "w", shape);
  return model;
}

/// The nodes as `Op(inputs)[attributes] → outputs`, one a line.
std::string nodes_of(const model::Model& model) {
  std::string text;
  for (const onnx::NodeProto& node : model.proto().graph().node()) {
    text += node.op_type() + "(";
    for (const std::string& input : node.input()) text += (input == node.input(0) ? "" : ", ") + input;
    text += ")";
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (attribute.type() == onnx::AttributeProto::INT)
        text += " " + attribute.name() + "=" + std::to_string(attribute.i());
    text += " -> " + node.output(0) + "\n";
  }
  return text;
}

const onnx::TensorProto& initializer(const model::Model& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.proto().graph().initializer())
    if (tensor.name() == name) return tensor;
  throw Error(Cause::defect, "no initializer " + name);
}

std::string dims_of(const model::Model& model, const std::string& name) {
  const auto& dims = initializer(model, name).dims();
  return to_text(Shape(dims.begin(), dims.end()));
}

template <typename T>
std::vector<T> elements(const model::Model& model, const std::string& name) {
  const Tensor tensor = model.read_weight(initializer(model, name));
  const auto span = tensor.as<T>();
  return {span.begin(), span.end()};
}

model::Model stored(const rewrite::Pass& pass, const model::Model& before, const rewrite::PassContext& context = {},
                    rewrite::PassReport* report = nullptr) {
  return rewrite::applied(pass, before, context, report);
}

const std::string kMatMul = "net (float[N,64] x) => (float[N,16] y) { y = MatMul(x, w) }";

TEST(StoreWeightsAsInt8, DividesColumnsIntoBlocks) {
  // [64, 16]: row k is 0 … 15 in columns 0 … 15, so column c holds c, which is 255 steps of c / 255.
  rewrite::PassReport report;
  const model::Model model = stored(kStoreWeightsAsInt8, with_weight(kMatMul, {64, 16}), {}, &report);
  EXPECT_EQ(nodes_of(model),
            "DequantizeLinear(w_uint8, w_scale, w_zero_point) axis=0 block_size=32 -> w\nMatMul(x, w) -> y\n");
  EXPECT_EQ(dims_of(model, "w_uint8"), "[64, 16]");
  EXPECT_EQ(dims_of(model, "w_scale"), "[2, 16]");
  EXPECT_EQ(dims_of(model, "w_zero_point"), "[2, 16]");
  EXPECT_EQ(model.proto().graph().initializer_size(), 3);
  const auto q = elements<std::uint8_t>(model, "w_uint8");
  const auto scales = elements<float>(model, "w_scale");
  for (std::size_t i = 0; i < q.size(); ++i) {
    const std::size_t c = i % 16;
    EXPECT_NEAR(q[i] * scales[i / 512 * 16 + c], static_cast<double>(c), 1e-5) << i;
  }
  EXPECT_EQ(report.weights_converted, 1);
  ASSERT_EQ(report.notes.size(), 1U);
  // 1024 octets, and for 32 blocks 4 + 1.
  EXPECT_EQ(report.notes[0].substr(0, report.notes[0].rfind(',')),
            "1 weight stored in 8 bits by blocks of 32: 1.2 kB instead of 4.1 kB");
}

TEST(StoreWeightsAsInt4, PacksTwoIntoAnOctet) {
  rewrite::PassReport report;
  const model::Model model = stored(kStoreWeightsAsInt4, with_weight(kMatMul, {64, 16}), {}, &report);
  EXPECT_EQ(nodes_of(model),
            "DequantizeLinear(w_uint4, w_scale, w_zero_point) axis=0 block_size=32 -> w\nMatMul(x, w) -> y\n");
  EXPECT_EQ(initializer(model, "w_uint4").data_type(), onnx::TensorProto::UINT4);
  EXPECT_EQ(initializer(model, "w_zero_point").data_type(), onnx::TensorProto::UINT4);
  EXPECT_EQ(dims_of(model, "w_uint4"), "[64, 16]");
  EXPECT_EQ(model::Model::weight_bytes(initializer(model, "w_uint4")), 512U);
  std::vector<std::byte> bytes(512);
  model.read_bytes(initializer(model, "w_uint4"), 0, bytes);
  const auto scales = elements<float>(model, "w_scale");
  for (std::size_t i = 0; i < 1024; ++i) {
    const int q = static_cast<int>(bytes[i / 2]) >> (i % 2 * 4) & 15;
    EXPECT_NEAR(static_cast<float>(q) * scales[i / 512 * 16 + i % 16], static_cast<double>(i % 16), 1e-5) << i;
  }
  EXPECT_EQ(report.weights_converted, 1);
}

TEST(StoreWeightsAsInt4, PacksOddNumbersOfColumnsAcrossRows) {
  const model::Model model =
      stored(kStoreWeightsAsInt4, with_weight("net (float[N,32] x) => (float[N,15] y) { y = MatMul(x, w) }", {32, 15}));
  // Column c of row k is (15 k + c) % 16: all of 0 … 15 in every column, exact in steps of 1.
  std::vector<std::byte> bytes(240);
  model.read_bytes(initializer(model, "w_uint4"), 0, bytes);
  for (std::size_t i = 0; i < 480; ++i)
    EXPECT_EQ(static_cast<std::size_t>(bytes[i / 2]) >> (i % 2 * 4) & 15, i % 16) << i;
  EXPECT_EQ(elements<float>(model, "w_scale"), std::vector<float>(15, 1.0F));
}

TEST(StoreWeights, MultiplyRowsOfGemmOut) {
  const model::Model before =
      with_weight("net (float[N,64] x) => (float[N,16] y) { y = Gemm<transB = 1>(x, w) }", {16, 64});
  const model::Model model = stored(kStoreWeightsAsInt4, before);
  EXPECT_EQ(nodes_of(model),
            "Cast(w_uint4) to=1 -> w_uint4_float\nCast(w_zero_point) to=1 -> w_zero_point_float\n"
            "Sub(w_uint4_float, w_zero_point_float) -> w_steps\nMul(w_steps, w_scale) -> w_blocks\n"
            "Reshape(w_blocks, w_shape) -> w\nGemm(x, w) transB=1 -> y\n");
  EXPECT_EQ(dims_of(model, "w_uint4"), "[16, 2, 32]");
  EXPECT_EQ(dims_of(model, "w_scale"), "[16, 2, 1]");
  EXPECT_EQ(elements<std::int64_t>(model, "w_shape"), (std::vector<std::int64_t>{16, 64}));
  EXPECT_EQ(elements<float>(model, "w_scale"), std::vector<float>(32, 1.0F));  // 0 … 15 twice a block
}

TEST(StoreWeights, DivideFiltersInto8Bits) {
  // 16 filters of 32 · 1 elements, each 0 … 15 twice: 255 steps of 15 / 255.
  const model::Model before = with_weight("net (float[N,32,8] x) => (float[N,16,8] y) { y = Conv(x, w) }", {16, 32, 1});
  const model::Model model = stored(kStoreWeightsAsInt8, before);
  EXPECT_EQ(dims_of(model, "w_uint8"), "[16, 32, 1]");  // one block a filter: its own dims
  EXPECT_EQ(dims_of(model, "w_scale"), "[16, 1, 1]");
  EXPECT_EQ(nodes_of(model),
            "Cast(w_uint8) to=1 -> w_uint8_float\nCast(w_zero_point) to=1 -> w_zero_point_float\n"
            "Sub(w_uint8_float, w_zero_point_float) -> w_steps\nMul(w_steps, w_scale) -> w\nConv(x, w) -> y\n");
  EXPECT_EQ(elements<std::uint8_t>(model, "w_uint8")[15], 255);
  // Filters of 1 · 128 elements have the rank of their blocks, and still need their own dims back.
  const model::Model wide = stored(
      kStoreWeightsAsInt8, with_weight("net (float[N,1,128] x) => (float[N,4,M] y) { y = Conv(x, w) }", {4, 1, 128}));
  EXPECT_EQ(dims_of(wide, "w_uint8"), "[4, 4, 32]");
  EXPECT_EQ(elements<std::int64_t>(wide, "w_shape"), (std::vector<std::int64_t>{4, 1, 128}));
  // Convolutions alone are nothing for 4 bits.
  rewrite::PassReport report;
  model::Model untouched = before.clone();
  kStoreWeightsAsInt4.apply(untouched, {}, report);
  EXPECT_EQ(report.nothing_to_convert,
            "no MatMul or Gemm has constant float32 weights for itself that blocks of 16 divide");
  EXPECT_EQ(test_support::resolved(untouched).DebugString(), test_support::resolved(before).DebugString());
}

TEST(StoreWeights, GoByChannelWhereNoBlockDivides) {
  const std::string body = "net (float[N,33] x) => (float[N,16] y) { y = MatMul(x, w) }";
  const model::Model model = stored(kStoreWeightsAsInt8, with_weight(body, {33, 16}));
  EXPECT_EQ(nodes_of(model), "DequantizeLinear(w_uint8, w_scale, w_zero_point) axis=1 -> w\nMatMul(x, w) -> y\n");
  EXPECT_EQ(dims_of(model, "w_scale"), "[16]");
  // 12 has no scales by channel.
  const model::Model old = stored(kStoreWeightsAsInt8, with_weight(body, {33, 16}, 12));
  EXPECT_EQ(dims_of(old, "w_scale"), "[1, 16]");
  EXPECT_EQ(old.opset(), 12);
  EXPECT_EQ(old.proto().graph().node(3).op_type(), "Mul");
}

TEST(StoreWeights, DivideStacksOfMatrices) {
  const std::string body = "net (float[3,N,32] x) => (float[3,N,16] y) { y = MatMul(x, w) }";
  const model::Model model = stored(kStoreWeightsAsInt4, with_weight(body, {3, 32, 16}));
  EXPECT_EQ(dims_of(model, "w_uint4"), "[3, 1, 32, 16]");
  EXPECT_EQ(dims_of(model, "w_scale"), "[3, 1, 1, 16]");
  EXPECT_EQ(elements<std::int64_t>(model, "w_shape"), (std::vector<std::int64_t>{3, 32, 16}));
}

TEST(StoreWeights, MultiplyOutWhatBecomesAGemm) {
  const std::string body =
      "net (float[N,64] x) => (float[N,16] y) <float[1,16] b = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}> "
      "{ a = MatMul(x, w) y = Add(b, a) }";
  const model::Model model = stored(kStoreWeightsAsInt8, with_weight(body, {64, 16}));
  EXPECT_EQ(model.proto().graph().node(0).op_type(), "Cast");
  EXPECT_EQ(dims_of(model, "w_uint8"), "[2, 32, 16]");
}

TEST(StoreWeights, RaiseTheOpsetForBlocks) {
  for (const rewrite::Pass* pass : {&kStoreWeightsAsInt8, &kStoreWeightsAsInt4}) {
    const model::Model model = stored(*pass, with_weight(kMatMul, {64, 16}, 11));
    EXPECT_EQ(model.opset(), 21);
    EXPECT_EQ(model.proto().graph().node(0).op_type(), "DequantizeLinear");
  }
}

TEST(StoreWeights, MakeInitializersOfConstantNodes) {
  model::Model model =
      model_of("net (float[N,64] x) => (float[N,16] y) { w = Constant<value = float[1] {1}>() y = MatMul(x, w) }");
  onnx::GraphProto& graph = *model.proto().mutable_graph();
  add_weight(graph, "", {64, 16});
  *graph.mutable_node(0)->mutable_attribute(0)->mutable_t() = graph.initializer(0);
  graph.clear_initializer();
  const model::Model after = stored(kStoreWeightsAsInt8, model);
  EXPECT_EQ(after.proto().graph().node_size(), 2);
  EXPECT_EQ(dims_of(after, "w_uint8"), "[64, 16]");
}

TEST(StoreWeights, ConvertBigWeightsOnSaving) {
  // 3 MB: integers of several slices, made while they are read, and scales that only the store holds.
  model::Model before = model_of("net (float[N,2400] x) => (float[N,320] y) { y = MatMul(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {2400, 320}, 3);
  const auto values = elements<float>(before, "w");
  for (const rewrite::Pass* pass : {&kStoreWeightsAsInt8, &kStoreWeightsAsInt4}) {
    const model::Model model = stored(*pass, before);
    const bool is_packed = pass == &kStoreWeightsAsInt4;
    const std::string name = is_packed ? "w_uint4" : "w_uint8";
    EXPECT_LT(model.proto().ByteSizeLong(), 10'000U);
    std::vector<std::byte> bytes(model::Model::weight_bytes(initializer(model, name)));
    model.read_bytes(initializer(model, name), 0, bytes);
    std::vector<std::byte> zeros(model::Model::weight_bytes(initializer(model, "w_zero_point")));
    model.read_bytes(initializer(model, "w_zero_point"), 0, zeros);
    const auto scales = elements<float>(model, "w_scale");
    const auto number = [&](const std::vector<std::byte>& from, std::size_t i) {
      return is_packed ? static_cast<int>(from[i / 2]) >> (i % 2 * 4) & 15 : static_cast<int>(from[i]);
    };
    const int top = is_packed ? 15 : 255;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t block = i / (32 * 320) * 320 + i % 320;
      const int q = number(bytes, i);
      const double back = static_cast<double>(q - number(zeros, block)) * scales[block];
      // Half a step, unless it was clipped.
      if (q > 0 && q < top) {
        ASSERT_LE(std::abs(back - values[i]), 0.5001 * scales[block]) << i;
      }
    }
  }
}

TEST(StoreWeights, MakeWhatIsMadeAsAWholeOnce) {
  model::Model before = model_of("net (float[N,2400] x) => (float[N,320] y) { y = MatMul(x, w) }");
  test_support::add_random_initializer(*before.proto().mutable_graph(), "w", ElementType::float32, {2400, 320}, 3);
  const auto plain = elements<std::uint8_t>(stored(kStoreWeightsAsInt8, before), "w_uint8");
  onnx::TensorProto& weight = *before.proto().mutable_graph()->mutable_initializer(0);
  const onnx::TensorProto source = weight;
  const std::uint64_t bytes = model::Model::weight_bytes(source);
  int made = 0;
  before.set_derived(weight, {.source = source,
                              .source_slice_bytes = bytes,
                              .slice_bytes = bytes,
                              .convert = [&made](auto from, auto to, auto) {
                                ++made;
                                std::memcpy(to.data(), from.data(), from.size());
                              }});
  rewrite::PassReport report;
  kStoreWeightsAsInt8.apply(before, {}, report);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(elements<std::uint8_t>(before, "w_uint8"), plain);
  EXPECT_EQ(made, 2);
}

/// Knows of one activation that its channels go together in pairs.
class PairsOf final : public ProductsSource {
 public:
  explicit PairsOf(std::string value) : value_(std::move(value)) {}

  std::map<std::string, ChannelProducts> products(const std::vector<std::string>& values) override {
    asked.insert(asked.end(), values.begin(), values.end());
    std::map<std::string, ChannelProducts> known;
    for (const std::string& value : values) {
      if (value != value_) continue;
      ChannelProducts& pairs = known[value];
      pairs = {64, std::vector<float>(64 * 64)};
      for (std::size_t i = 0; i < 64; ++i) {
        pairs.sums[i * 64 + i] = 1;
        pairs.sums[i * 64 + (i ^ 1)] = 0.9F;
      }
    }
    return known;
  }

  std::vector<std::string> asked;

 private:
  std::string value_;
};

TEST(StoreWeights, LetLaterErrorsMakeUpForEarlierOnes) {
  model::Model before = model_of(
      "net (float[N,64] x) => (float[N,20] y, float[N,20] z, float[N,20] u) "
      "{ a = Relu(x) y = MatMul(a, w) z = Gemm<transB = 1>(a, v) t = Tanh(x) u = MatMul(t, q) }");
  onnx::GraphProto& graph = *before.proto().mutable_graph();
  test_support::add_random_initializer(graph, "w", ElementType::float32, {64, 20}, 3);
  test_support::add_random_initializer(graph, "v", ElementType::float32, {20, 64}, 4);
  test_support::add_random_initializer(graph, "q", ElementType::float32, {64, 20}, 5);
  for (const rewrite::Pass* pass : {&kStoreWeightsAsInt8, &kStoreWeightsAsInt4}) {
    PairsOf source("a");
    rewrite::PassReport report;
    const model::Model model = stored(*pass, before, {.products = &source}, &report);
    EXPECT_EQ(source.asked, (std::vector<std::string>{"a", "t"}));
    EXPECT_EQ(report.weights_converted, 3);
    EXPECT_EQ(report.notes.size(), 2U);
    const int bits = pass == &kStoreWeightsAsInt8 ? 8 : 4;
    const std::string name = bits == 8 ? "w_uint8" : "w_uint4";
    const ErrorFeedback feedback(source.products({"a"}).at("a"));
    const RoundedWeight rounded =
        round_with_feedback({.block = 32, .inner = 20}, bits, elements<float>(before, "w"), feedback);
    EXPECT_EQ(elements<float>(model, "w_scale"), rounded.scales.scale);
    std::vector<std::byte> bytes(model::Model::weight_bytes(initializer(model, name)));
    model.read_bytes(initializer(model, name), 0, bytes);
    for (std::size_t i = 0; i < rounded.integers.size(); ++i) {
      const int q = bits == 8 ? static_cast<int>(bytes[i]) : static_cast<int>(bytes[i / 2]) >> (i % 2 * 4) & 15;
      ASSERT_EQ(q, rounded.integers[i]) << i;
    }
    const RoundedWeight rows =
        round_with_feedback({.block = 32, .inner = 1}, bits, elements<float>(before, "v"), feedback);
    EXPECT_EQ(elements<float>(model, "v_scale"), rows.scales.scale);
    const BlockScales nearest = choose_scales({.block = 32, .inner = 20}, bits, elements<float>(before, "q"));
    EXPECT_EQ(elements<float>(model, "q_scale"), nearest.scale);
  }
}

void expect_untouched(const std::string& body, const rewrite::PassContext& context = {}) {
  model::Model model = with_weight(body, {64, 16}, 17);
  const std::string before = test_support::resolved(model).DebugString();
  rewrite::PassReport report;
  kStoreWeightsAsInt8.apply(model, context, report);
  EXPECT_EQ(report.nothing_to_convert,
            "no MatMul, Gemm, Conv or Gather has constant float32 weights of more than 1024 bytes for itself");
  EXPECT_EQ(test_support::resolved(model).DebugString(), before);
}

TEST(StoreWeights, LeaveWhatOthersRead) {
  expect_untouched("net (float[64,16] x) => (float[64,16] y) { y = Add(x, w) }");
  expect_untouched("net (float[N,64] x) => (float[N,16] y, float[64,16] z) { y = MatMul(x, w) z = Neg(w) }");
  expect_untouched("net (float[N,64] x) => (float[N,16] y, float[64,16] w) { y = MatMul(x, w) }");
  expect_untouched("net (float[16,N] x) => (float[64,N] y) { y = MatMul(w, x) }");
  // Columns for one reader, rows for the other.
  expect_untouched("net (float[N,64] x) => (float[N,64] y) { a = MatMul(x, w) y = Gemm<transB = 1>(a, w) }");
}

TEST(StoreWeights, LeaveNodesThatAreToStay) {
  expect_untouched(kMatMul, {.io = IoTypes::original, .input_shapes = {}, .keep_nodes = {"y"}});
}

TEST(StoreWeights, LeaveWhatHasNoRange) {
  model::Model model = with_weight(kMatMul, {64, 16});
  onnx::TensorProto& weight = *model.proto().mutable_graph()->mutable_initializer(0);
  const float infinity = std::numeric_limits<float>::infinity();
  std::memcpy(weight.mutable_raw_data()->data(), &infinity, sizeof(infinity));
  rewrite::PassReport report;
  kStoreWeightsAsInt8.apply(model, {}, report);
  EXPECT_EQ(report.nothing_to_convert, "none of the 1 weights has a finite range that can be divided");
  EXPECT_EQ(model.proto().graph().node_size(), 1);
}

TEST(StoreWeights, RefuseOpsetsWhoseNodesDoNotBroadcast) {
  model::Model model = with_weight("net (float[N,32,8] x) => (float[N,16,8] y) { y = Conv(x, w) }", {16, 32, 1}, 6);
  rewrite::PassReport report;
  try {
    kStoreWeightsAsInt8.apply(model, {}, report);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_EQ(error.message(), "scales need opset 7, whose nodes broadcast, and the model has 6");
  }
}

}  // namespace
}  // namespace autoaccel::quantize
