#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "autoaccel/error.h"
#include "base/files.h"
#include "model/graph.h"
#include "model/model.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;
using test_support::proto_from_text;
using test_support::random_tensor;
using test_support::resolved;
using test_support::write_proto;
using ::testing::HasSubstr;

constexpr auto kTwoInputs = R"(
<ir_version: 8, opset_import: ["" : 17, "com.acme" : 2], producer_name: "hand">
net (float[N, 3, 224, 224] image, int64[2] size, bool flag) => (float[N, K] scores, float rest)
{
  scores = com.acme.Detect (image, size, flag)
  rest = ReduceMean <keepdims = 0> (scores)
}
)";

/// All the places where a tensor of 512 floats can be, each with its own seed.
onnx::ModelProto proto_with_tensors_everywhere() {
  onnx::ModelProto proto = proto_from_text(R"(
    <ir_version: 10, opset_import: ["" : 17, "local" : 1]>
    net (float[512] x, bool c) => (float[512] y)
    {
      k = Constant <value = float[1] {0}> ()
      s = Add (x, k)
      b = If (c) <
        then_branch = inner () => (float[512] t) { t = Add (s, w_then) },
        else_branch = inner2 () => (float[512] e) { e = Identity (w_else) }
      >
      f = local.Scale (b)
      y = Add (f, w)
    }
    <domain: "local", opset_import: ["" : 17]>
    Scale (a) => (r) { k2 = Constant <value = float[1] {0}> ()
      r = Mul (a, k2) }
  )");
  auto& graph = *proto.mutable_graph();
  *graph.add_initializer() = random_tensor("w", ElementType::float32, {512}, 1);
  *graph.mutable_node(0)->mutable_attribute(0)->mutable_t() = random_tensor("", ElementType::float32, {512}, 2);
  *graph.mutable_node(2)->mutable_attribute(0)->mutable_g()->add_initializer() =
      random_tensor("w_then", ElementType::float32, {512}, 3);
  *graph.mutable_node(2)->mutable_attribute(1)->mutable_g()->add_initializer() =
      random_tensor("w_else", ElementType::float32, {512}, 4);
  *proto.mutable_functions(0)->mutable_node(0)->mutable_attribute(0)->mutable_t() =
      random_tensor("", ElementType::float32, {512}, 5);
  auto& sparse = *graph.add_sparse_initializer();
  *sparse.mutable_values() = random_tensor("sparse", ElementType::float32, {512}, 6);
  *sparse.mutable_indices() = random_tensor("", ElementType::int64, {512}, 7);
  sparse.add_dims(100000);
  auto& custom = *graph.mutable_node(4)->add_attribute();
  custom.set_name("tables");
  custom.set_type(onnx::AttributeProto::TENSORS);
  *custom.add_tensors() = random_tensor("", ElementType::float64, {256}, 8);
  *custom.add_tensors() = random_tensor("", ElementType::uint8, {3}, 9);
  return proto;
}

class LoadTest : public ::testing::Test {
 protected:
  base::TemporaryFolder folder_{"autoaccel-load"};
  fs::path file(const std::string& name) const { return folder_.path() / name; }
};

TEST_F(LoadTest, InputsAndOutputsAreAsDeclared) {
  write_proto(proto_from_text(kTwoInputs), file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  EXPECT_EQ(model.opset(), 17);
  EXPECT_EQ(model.path(), file("m.onnx"));
  ASSERT_EQ(model.inputs().size(), 3u);
  EXPECT_EQ(model.inputs()[0].name, "image");
  EXPECT_EQ(model.inputs()[0].type, ElementType::float32);
  EXPECT_EQ(model.inputs()[0].shape, (Shape{-1, 3, 224, 224}));
  EXPECT_EQ(model.inputs()[0].axes, (std::vector<std::string>{"N", "", "", ""}));
  EXPECT_EQ(model.inputs()[1].type, ElementType::int64);
  EXPECT_EQ(model.inputs()[2].type, ElementType::boolean);
  EXPECT_EQ(model.inputs()[2].shape, Shape{});
  ASSERT_EQ(model.outputs().size(), 2u);
  EXPECT_EQ(model.outputs()[0].axes, (std::vector<std::string>{"N", "K"}));
}

TEST_F(LoadTest, AnInputWithoutShapeHasNone) {
  onnx::ModelProto proto = proto_from_text(kTwoInputs);
  proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  proto.mutable_graph()
      ->mutable_input(1)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(-1);
  const Model model = Model::from_proto(proto);
  EXPECT_EQ(model.inputs()[0].shape, std::nullopt);
  EXPECT_EQ(model.inputs()[1].shape, Shape{-1});  // a negative size means dynamic
}

TEST_F(LoadTest, InitializersAmongTheInputsOfAnOldModelAreLeftOut) {
  const Model model = test_support::model_from_text(R"(
    <ir_version: 3, opset_import: ["" : 7]>
    net (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1, 2}> { y = Add (x, w) }
  )");
  ASSERT_EQ(model.inputs().size(), 1u);
  EXPECT_EQ(model.inputs()[0].name, "x");
}

TEST_F(LoadTest, LargeTensorsStayInTheFileWhereverTheyAre) {
  const onnx::ModelProto proto = proto_with_tensors_everywhere();
  write_proto(proto, file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  int elsewhere = 0;
  int inside = 0;
  for_each_tensor(model.proto(),
                  [&](const onnx::TensorProto& tensor) { WeightStore::is_reference(tensor) ? ++elsewhere : ++inside; });
  EXPECT_EQ(elsewhere, 8);  // seeds 1 to 8; the 9th has 3 bytes
  EXPECT_EQ(inside, 1);
  EXPECT_LT(model.proto().ByteSizeLong(), 4096u);
  EXPECT_TRUE(resolved(model).SerializeAsString() == proto.SerializeAsString());
}

TEST_F(LoadTest, TensorsUpToTheLimitStayInTheProto) {
  onnx::ModelProto proto =
      proto_from_text("<ir_version: 8, opset_import: [\"\" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) }");
  *proto.mutable_graph()->add_initializer() = random_tensor("at", ElementType::uint8, {1024}, 1);
  *proto.mutable_graph()->add_initializer() = random_tensor("above", ElementType::uint8, {1025}, 2);
  write_proto(proto, file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  EXPECT_FALSE(WeightStore::is_reference(model.proto().graph().initializer(0)));
  EXPECT_TRUE(WeightStore::is_reference(model.proto().graph().initializer(1)));
}

TEST_F(LoadTest, PackedTypedFieldsAreLeftInTheFileAsWell) {
  onnx::ModelProto proto =
      proto_from_text("<ir_version: 8, opset_import: [\"\" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) }");
  auto& floats = *proto.mutable_graph()->add_initializer();
  floats.set_name("floats");
  floats.set_data_type(onnx::TensorProto::FLOAT);
  floats.add_dims(300);
  auto& doubles = *proto.mutable_graph()->add_initializer();
  doubles.set_name("doubles");
  doubles.set_data_type(onnx::TensorProto::DOUBLE);
  doubles.add_dims(300);
  for (int i = 0; i < 300; ++i) {
    floats.add_float_data(static_cast<float>(i) / 8);
    doubles.add_double_data(i / 16.0);
  }
  floats.set_data_location(onnx::TensorProto::DEFAULT);  // written after the data: must not win over the reference
  write_proto(proto, file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  const auto& graph = model.proto().graph();
  ASSERT_TRUE(WeightStore::is_reference(graph.initializer(0)));
  ASSERT_TRUE(WeightStore::is_reference(graph.initializer(1)));
  const Tensor read_floats = model.read_weight(graph.initializer(0));
  const Tensor read_doubles = model.read_weight(graph.initializer(1));
  for (std::size_t i = 0; i < 300; ++i) {
    ASSERT_EQ(read_floats.as<float>()[i], static_cast<float>(i) / 8);
    ASSERT_EQ(read_doubles.as<double>()[i], static_cast<double>(i) / 16);
  }
}

TEST_F(LoadTest, DataInAFieldOfAnotherTypeAreRefused) {
  onnx::ModelProto proto =
      proto_from_text("<ir_version: 8, opset_import: [\"\" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) }");
  auto& tensor = *proto.mutable_graph()->add_initializer();
  tensor.set_name("odd");
  tensor.set_data_type(onnx::TensorProto::INT32);
  tensor.add_dims(300);
  for (int i = 0; i < 300; ++i) tensor.add_float_data(1);
  write_proto(proto, file("m.onnx"));
  EXPECT_THROW(Model::load(file("m.onnx")), Error);
}

TEST_F(LoadTest, ATensorWhoseShapeContradictsItsDataIsNamed) {
  onnx::ModelProto proto = proto_with_tensors_everywhere();
  proto.mutable_graph()->mutable_initializer(0)->set_dims(0, 513);
  write_proto(proto, file("m.onnx"));
  try {
    Model::load(file("m.onnx"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_THAT(error.message(), HasSubstr("tensor 'w' of shape [513] has 2048 bytes"));
    EXPECT_THAT(error.message(), HasSubstr("needs 2052"));
    EXPECT_THAT(error.context(), ::testing::ElementsAre(HasSubstr("loading " + file("m.onnx").string())));
  }
}

TEST_F(LoadTest, WhatIsNoModelIsSaidSo) {
  const auto message_for = [&](const std::string& content) {
    std::ofstream(file("m.onnx"), std::ios::binary) << content;
    try {
      Model::load(file("m.onnx"));
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("loaded");
  };
  EXPECT_THAT(message_for(""), HasSubstr("is not an ONNX model: the file is empty"));
  EXPECT_THAT(message_for("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("is not a"));
  EXPECT_THAT(message_for("{\"json\": 1}"), HasSubstr("is not a"));
  onnx::ModelProto no_graph;
  no_graph.set_ir_version(8);
  EXPECT_THAT(message_for(no_graph.SerializeAsString()), HasSubstr("it has no graph"));
}

TEST_F(LoadTest, MissingFilesAndFoldersAreErrorsOfTheModel) {
  for (const auto& path : {file("none.onnx"), folder_.path()}) {
    try {
      Model::load(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model);
      EXPECT_THAT(error.message(), HasSubstr(path.string()));
    }
  }
}

TEST_F(LoadTest, EveryTruncationIsAnErrorAndNeverACrash) {
  write_proto(proto_with_tensors_everywhere(), file("cut.onnx"));
  // A file cut between two top-level fields is a whole message, which no reader can tell from the one meant: after the
  // graph, after the first opset import, and after the second, before the function.
  int loaded = 0;
  for (std::uintmax_t length = fs::file_size(file("cut.onnx")); length-- > 0;) {
    fs::resize_file(file("cut.onnx"), length);
    try {
      const Model model = Model::load(file("cut.onnx"));
      ++loaded;
    } catch (const Error& error) {
      ASSERT_EQ(error.cause(), Cause::model) << length;
    }
  }
  EXPECT_EQ(loaded, 3);
}

TEST_F(LoadTest, EveryFlippedBitIsLoadedOrAnErrorAndNeverACrash) {
  write_proto(proto_with_tensors_everywhere(), file("m.onnx"));
  std::fstream stream(file("m.onnx"), std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::streamoff at, char value) { stream.seekp(at).put(value).flush(); };
  int refused = 0;
  const auto size = static_cast<std::streamoff>(fs::file_size(file("m.onnx")));
  for (std::streamoff i = 0; i < size; i += 1 + i % 3) {
    const char value = static_cast<char>(stream.seekg(i).get());
    put(i, static_cast<char>(value ^ (1 << (i % 8))));
    try {
      const Model model = Model::load(file("m.onnx"));
      for_each_tensor(model.proto(), [&](const onnx::TensorProto& tensor) {
        if (WeightStore::is_reference(tensor)) model.read_weight(tensor);
      });
    } catch (const Error&) {
      ++refused;
    }
    put(i, value);
  }
  EXPECT_GT(refused, 100);
}

TEST_F(LoadTest, AClonesGraphIsItsOwnAndItsWeightsAreShared) {
  write_proto(proto_with_tensors_everywhere(), file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  Model copy = model.clone();
  copy.proto().mutable_graph()->set_name("changed");
  EXPECT_EQ(model.proto().graph().name(), "net");
  copy.proto().mutable_graph()->set_name("net");
  EXPECT_TRUE(resolved(copy).SerializeAsString() == resolved(model).SerializeAsString());
}

TEST_F(LoadTest, AFileThatChangesAfterLoadingIsNoticed) {
  write_proto(proto_with_tensors_everywhere(), file("m.onnx"));
  const Model model = Model::load(file("m.onnx"));
  fs::resize_file(file("m.onnx"), 100);
  try {
    model.read_weight(model.proto().graph().initializer(0));
    FAIL() << "read from a file that was cut";
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("has changed since the model was loaded"));
  }
}

TEST_F(LoadTest, AModelInMemoryRefusesExternalTensors) {
  onnx::ModelProto proto = proto_with_tensors_everywhere();
  proto.mutable_graph()->mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_THROW(Model::from_proto(proto), Error);
}

}  // namespace
}  // namespace autoaccel::model
