// Types, names and shapes in and out: what goes in comes out as the model says.
#include <bit>
#include <cstdint>

#include "base/numeric.h"
#include "contract/driver.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

using test_support::proto_from_text;

// A build without vendors' libraries (sanitizers) has no runtime to try.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Contract);
INSTANTIATE_TEST_SUITE_P(Runtimes, Contract, ::testing::ValuesIn(runtimes_under_test()), name_of_runtime);

TEST_P(Contract, MatMulAsComputedByHand) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 3] x) => (float[2, 2] y) <float[3, 2] w = {1, 2, 3, 4, 5, 6}> { y = MatMul(x, w) })");
  const TensorSet sample{{"x", tensor<float>(ElementType::float32, {2, 3}, {1, 0, -1, 2, 0.5f, 4})}};
  const TensorSet outputs = run_once(driver, model, sample);
  // Row 1: 1·[1,2] − [5,6]. Row 2: 2·[1,2] + 0.5·[3,4] + 4·[5,6].
  EXPECT_EQ(elements<float>(outputs, "y", ElementType::float32, {2, 2}), (std::vector<float>{-4, -4, 23.5f, 30}));
}

TEST_P(Contract, EveryTypeKeepsItsValues) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2] f, int64[2] i, int32[2] j, bool[2] b, float16[2] h, uint8[2] u, double[2] d, int8[2] s)
          => (float[2] f2, int64[2] i2, int32[2] j2, bool[2] b2, float16[2] h2, float[2] u2, double[2] d2, float[2] s2)
          <int64[1] three = {3}, int32[1] four = {4}> {
        f2 = Add(f, f)
        i2 = Add(i, three)
        j2 = Add(j, four)
        b2 = Not(b)
        h2 = Add(h, h)
        u2 = Cast<to = 1>(u)
        d2 = Add(d, d)
        s2 = Cast<to = 1>(s)
      })");
  const std::uint16_t half = base::float16_from_float32(1.5f), minus_four = base::float16_from_float32(-4);
  const TensorSet sample{{"f", tensor<float>(ElementType::float32, {2}, {0.1f, -3})},
                         {"i", tensor<std::int64_t>(ElementType::int64, {2}, {7, -2})},
                         {"j", tensor<std::int32_t>(ElementType::int32, {2}, {7, -2})},
                         {"b", tensor<std::uint8_t>(ElementType::boolean, {2}, {1, 0})},
                         {"h", tensor<std::uint16_t>(ElementType::float16, {2}, {half, minus_four})},
                         {"u", tensor<std::uint8_t>(ElementType::uint8, {2}, {200, 0})},
                         {"d", tensor<double>(ElementType::float64, {2}, {0.25, -8})},
                         {"s", tensor<std::int8_t>(ElementType::int8, {2}, {-128, 127})}};
  const TensorSet outputs = run_once(driver, model, sample);
  EXPECT_EQ(elements<float>(outputs, "f2", ElementType::float32, {2}), (std::vector<float>{0.2f, -6}));
  EXPECT_EQ(elements<std::int64_t>(outputs, "i2", ElementType::int64, {2}), (std::vector<std::int64_t>{10, 1}));
  EXPECT_EQ(elements<std::int32_t>(outputs, "j2", ElementType::int32, {2}), (std::vector<std::int32_t>{11, 2}));
  EXPECT_EQ(elements<std::uint8_t>(outputs, "b2", ElementType::boolean, {2}), (std::vector<std::uint8_t>{0, 1}));
  EXPECT_EQ(elements<std::uint16_t>(outputs, "h2", ElementType::float16, {2}),
            (std::vector<std::uint16_t>{base::float16_from_float32(3), base::float16_from_float32(-8)}));
  EXPECT_EQ(elements<float>(outputs, "u2", ElementType::float32, {2}), (std::vector<float>{200, 0}));
  EXPECT_EQ(elements<double>(outputs, "d2", ElementType::float64, {2}), (std::vector<double>{0.5, -16}));
  EXPECT_EQ(elements<float>(outputs, "s2", ElementType::float32, {2}), (std::vector<float>{-128, 127}));
}

TEST_P(Contract, TellsInputsAndOutputsInTheModelsOrder) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 3] b, int64[N] a) => (bool[2, 3] z, float[2, 3] y, int64[N] x) {
        z = Greater(b, b)
        y = Neg(b)
        x = Abs(a)
      })");
  const worker::Loaded loaded = driver.load(model, {{"b", {2, 3}, {2, 3}, {2, 3}}, {"a", {4}, {1}, {8}}});
  ASSERT_EQ(loaded.inputs.size(), 2u);
  EXPECT_EQ(loaded.inputs[0].name, "b");
  EXPECT_EQ(loaded.inputs[0].shape, (Shape{2, 3}));
  EXPECT_EQ(loaded.inputs[1].name, "a");
  EXPECT_EQ(loaded.inputs[1].type, ElementType::int64);
  EXPECT_EQ(loaded.inputs[1].shape, (Shape{-1}));
  ASSERT_EQ(loaded.outputs.size(), 3u);
  EXPECT_EQ(loaded.outputs[0].name, "z");
  EXPECT_EQ(loaded.outputs[0].type, ElementType::boolean);
  EXPECT_EQ(loaded.outputs[1].name, "y");
  EXPECT_EQ(loaded.outputs[2].name, "x");
  EXPECT_EQ(loaded.requests, 1);
}

TEST_P(Contract, ScalarInput) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[3] x, int64 times) => (float[3] y) {
        factor = Cast<to = 1>(times)
        y = Mul(x, factor)
      })");
  const TensorSet sample{{"x", tensor<float>(ElementType::float32, {3}, {1, 2, -4})},
                         {"times", tensor<std::int64_t>(ElementType::int64, {}, {3})}};
  EXPECT_EQ(elements<float>(run_once(driver, model, sample), "y", ElementType::float32, {3}),
            (std::vector<float>{3, 6, -12}));
}

TEST_P(Contract, OneArtifactServesItsWholeRangeOfShapes) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 2] x) => (float[N, 1] y) <float[2, 1] w = {1, 10}> { y = MatMul(x, w) })");
  driver.load(model, {{"x", {2, 2}, {1, 2}, {3, 2}}});
  driver.bind({{{"x", tensor<float>(ElementType::float32, {1, 2}, {1, 2})}},
               {{"x", tensor<float>(ElementType::float32, {3, 2}, {1, 1, 2, 2, 3, 3})}}});
  EXPECT_EQ(elements<float>(driver.run(0), "y", ElementType::float32, {1, 1}), (std::vector<float>{21}));
  EXPECT_EQ(elements<float>(driver.run(1), "y", ElementType::float32, {3, 1}), (std::vector<float>{11, 22, 33}));
  EXPECT_EQ(elements<float>(driver.run(0), "y", ElementType::float32, {1, 1}), (std::vector<float>{21}));
}

TEST_P(Contract, OutputWhoseShapeDependsOnTheData) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[4] x) => (int64[1, M] where) { where = NonZero(x) })");
  driver.load(model, {{"x", {4}, {4}, {4}}});
  driver.bind({{{"x", tensor<float>(ElementType::float32, {4}, {0, 5, 0, -1})}},
               {{"x", tensor<float>(ElementType::float32, {4}, {1, 1, 0, 1})}}});
  EXPECT_EQ(elements<std::int64_t>(driver.run(0), "where", ElementType::int64, {1, 2}),
            (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(elements<std::int64_t>(driver.run(1), "where", ElementType::int64, {1, 3}),
            (std::vector<std::int64_t>{0, 1, 3}));
}

TEST_P(Contract, TensorWithoutElements) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 2] x, float[M, 2] y) => (float[K, 2] both) { both = Concat<axis = 0>(x, y) })");
  driver.load(model, {{"x", {1, 2}, {0, 2}, {4, 2}}, {"y", {1, 2}, {0, 2}, {4, 2}}});
  driver.bind(
      {{{"x", Tensor(ElementType::float32, {0, 2})}, {"y", tensor<float>(ElementType::float32, {1, 2}, {3, 4})}}});
  EXPECT_EQ(elements<float>(driver.run(0), "both", ElementType::float32, {1, 2}), (std::vector<float>{3, 4}));
}

TEST_P(Contract, InputThatNothingUses) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2] unused, float[2] x) => (float[2] y) { y = Neg(x) })");
  const TensorSet sample{{"unused", tensor<float>(ElementType::float32, {2}, {7, 8})},
                         {"x", tensor<float>(ElementType::float32, {2}, {1, -2})}};
  EXPECT_EQ(elements<float>(run_once(driver, model, sample), "y", ElementType::float32, {2}),
            (std::vector<float>{-1, 2}));
}

TEST_P(Contract, OutputThatIsAnInput) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2] x) => (float[2] same, float[2] again, float[2] other) {
        same = Identity(x)
        again = Identity(same)
        other = Neg(x)
      })");
  const TensorSet outputs = run_once(driver, model, {{"x", tensor<float>(ElementType::float32, {2}, {1, -2})}});
  EXPECT_EQ(elements<float>(outputs, "same", ElementType::float32, {2}), (std::vector<float>{1, -2}));
  EXPECT_EQ(elements<float>(outputs, "again", ElementType::float32, {2}), (std::vector<float>{1, -2}));
  EXPECT_EQ(elements<float>(outputs, "other", ElementType::float32, {2}), (std::vector<float>{-1, 2}));
}

// Renames a value everywhere in the main graph.
void rename(onnx::GraphProto& graph, const std::string& from, const std::string& to) {
  const auto apply = [&](std::string* name) {
    if (*name == from) *name = to;
  };
  for (auto& value : *graph.mutable_input()) apply(value.mutable_name());
  for (auto& value : *graph.mutable_output()) apply(value.mutable_name());
  for (auto& node : *graph.mutable_node()) {
    for (auto& name : *node.mutable_input()) apply(&name);
    for (auto& name : *node.mutable_output()) apply(&name);
  }
}

TEST_P(Contract, AnyNameThatAModelMayUse) {
  const char* const kNames[] = {"345", "serving_default/x:0", "a,b", "with space", "größe", "x\"<&>", "p2o.Add.6"};
  for (const std::string name : kNames) {
    SCOPED_TRACE(name);
    auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
        net (float[2] x, float[2] b) => (float[2] y, float[2] z) {
          y = Sub(x, b)
          z = Sub(b, x)
        })");
    rename(*model.mutable_graph(), "b", name);
    rename(*model.mutable_graph(), "z", "out " + name);
    const TensorSet sample{{"x", tensor<float>(ElementType::float32, {2}, {5, 6})},
                           {name, tensor<float>(ElementType::float32, {2}, {1, -1})}};
    const TensorSet outputs = run_once(driver, model, sample);
    EXPECT_EQ(elements<float>(outputs, "y", ElementType::float32, {2}), (std::vector<float>{4, 7}));
    EXPECT_EQ(elements<float>(outputs, "out " + name, ElementType::float32, {2}), (std::vector<float>{-4, -7}));
  }
}

TEST_P(Contract, IfTakesTheBranchOfItsInput) {
  const auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[2] x, bool flag) => (float[2] y) {
        y = If(flag) <then_branch = yes () => (float[2] o) { o = Add(x, x) },
                      else_branch = no () => (float[2] p) { p = Neg(x) }>
      })");
  const auto x = [] { return tensor<float>(ElementType::float32, {2}, {1, -2}); };
  driver.load(model, {{"x", {2}, {2}, {2}}, {"flag", {}, {}, {}}});
  driver.bind({{{"x", x()}, {"flag", tensor<std::uint8_t>(ElementType::boolean, {}, {1})}},
               {{"x", x()}, {"flag", tensor<std::uint8_t>(ElementType::boolean, {}, {0})}}});
  EXPECT_EQ(elements<float>(driver.run(0), "y", ElementType::float32, {2}), (std::vector<float>{2, -4}));
  EXPECT_EQ(elements<float>(driver.run(1), "y", ElementType::float32, {2}), (std::vector<float>{-1, 2}));
}

TEST_P(Contract, WeightsInAFileBeside) {
  auto model = proto_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 2] x) => (float[1, 2] y) <float[2, 2] w = {0, 0, 0, 0}> { y = MatMul(x, w) })");
  onnx::TensorProto& weight = *model.mutable_graph()->mutable_initializer(0);
  weight.clear_float_data();
  weight.clear_raw_data();
  weight.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", "weights.bin"}, {"offset", "4096"}, {"length", "16"}}) {
    auto* entry = weight.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  const float values[] = {1, 2, 3, 4};
  std::string data(4096, '\x7f');
  data.append(reinterpret_cast<const char*>(values), sizeof values);
  base::write_file_atomically(driver.folder() / "weights.bin", data);
  const TensorSet sample{{"x", tensor<float>(ElementType::float32, {1, 2}, {1, 10})}};
  EXPECT_EQ(elements<float>(run_once(driver, model, sample), "y", ElementType::float32, {1, 2}),
            (std::vector<float>{31, 42}));
}

}  // namespace
}  // namespace autoaccel::contract
