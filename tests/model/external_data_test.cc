#include "model/external_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "model/model.h"
#include "model/tensor_data.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;
using test_support::proto_from_text;
using test_support::write_proto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kIdentity =
    R"(<ir_version: 8, opset_import: ["" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) })";

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// float32 [400]: 1600 bytes, more than what is read in on loading.
onnx::TensorProto external_tensor(const std::string& name, const Pairs& pairs, std::int64_t elements = 400) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(elements);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : pairs) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  return tensor;
}

/// Floats first, first + 1, …
std::string floats_from(float first, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const float value = first + static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

class ExternalDataTest : public ::testing::Test {
 protected:
  ExternalDataTest() { fs::create_directories(file("model")); }

  fs::path file(const std::string& name) const { return folder_.path() / name; }
  fs::path model_path() const { return file("model/m.onnx"); }

  void put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(file(name).parent_path());
    std::ofstream(file(name), std::ios::binary) << bytes;
  }

  Model load(const std::vector<onnx::TensorProto>& tensors) const {
    onnx::ModelProto proto = proto_from_text(kIdentity);
    for (const auto& tensor : tensors) *proto.mutable_graph()->add_initializer() = tensor;
    write_proto(proto, model_path());
    return Model::load(model_path());
  }

  std::string error_of(const Pairs& pairs) const {
    try {
      load({external_tensor("w", pairs)});
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model);
      return error.message();
    }
    return "no error";
  }

 private:
  base::TemporaryFolder folder_{"autoaccel-external"};
};

TEST_F(ExternalDataTest, OneFileForManyTensorsAndManyFilesAreRead) {
  put("model/a.bin", floats_from(0, 400) + floats_from(1000, 400));
  put("model/sub/b.bin", "xx" + floats_from(5000, 400));
  const Model model = load({external_tensor("first", {{"location", "a.bin"}}),
                            external_tensor("second", {{"location", "a.bin"}, {"offset", "1600"}, {"length", "1600"}}),
                            external_tensor("third", {{"location", "sub/b.bin"}, {"offset", "2"}})});
  const auto& graph = model.proto().graph();
  EXPECT_EQ(model.read_weight(graph.initializer(0)).as<float>()[399], 399);
  EXPECT_EQ(model.read_weight(graph.initializer(1)).as<float>()[0], 1000);
  EXPECT_EQ(model.read_weight(graph.initializer(2)).as<float>()[399], 5399);
  EXPECT_THAT(model.files(), ElementsAre(model_path(), file("model/a.bin"), file("model/sub/b.bin")));
}

TEST_F(ExternalDataTest, MoreFilesThanAreKeptOpenAreReadAsWell) {
  std::vector<onnx::TensorProto> tensors;
  for (int i = 0; i < 150; ++i) {
    const std::string name = "f" + std::to_string(i);
    put("model/" + name, floats_from(static_cast<float>(i), 400));
    tensors.push_back(external_tensor(name, {{"location", name}}));
  }
  const Model model = load(tensors);
  EXPECT_EQ(model.files().size(), 151u);
  for (int i = 0; i < 150; ++i) {
    EXPECT_EQ(model.read_weight(model.proto().graph().initializer(i)).as<float>()[1], static_cast<float>(i + 1));
  }
}

TEST_F(ExternalDataTest, SmallTensorsAreReadInOnLoading) {
  put("model/a.bin", floats_from(7, 3));
  const Model model = load({external_tensor("w", {{"location", "a.bin"}, {"offset", "4"}}, 2)});
  const auto& tensor = model.proto().graph().initializer(0);
  EXPECT_EQ(tensor.raw_data(), floats_from(8, 2));
  EXPECT_FALSE(tensor.has_data_location());
  EXPECT_EQ(tensor.external_data_size(), 0);
}

TEST_F(ExternalDataTest, TheFolderOfARelativeModelPathIsFound) {
  put("model/a.bin", floats_from(0, 400));
  load({external_tensor("w", {{"location", "a.bin"}})});
  const fs::path before = fs::current_path();
  fs::current_path(file("model"));
  const Model model = Model::load("m.onnx");
  fs::current_path(before);
  EXPECT_EQ(model.read_weight(model.proto().graph().initializer(0)).as<float>()[1], 1);
}

TEST_F(ExternalDataTest, PathsOutOfTheFolderAreRefused) {
  put("secret.bin", floats_from(0, 400));
  for (const std::string& location : {std::string("../secret.bin"), std::string("sub/../../secret.bin"),
                                      file("secret.bin").string(), std::string("..")}) {
    EXPECT_THAT(error_of({{"location", location}}), HasSubstr("is not a file below the model's folder")) << location;
  }
}

TEST_F(ExternalDataTest, LinksOutOfTheFolderAreRefused) {
  put("secret.bin", floats_from(0, 400));
  fs::create_symlink(file("secret.bin"), file("model/link.bin"));
  EXPECT_THAT(error_of({{"location", "link.bin"}}), HasSubstr("'link.bin' is a link to a file outside"));
  fs::create_directory_symlink(file("model/.."), file("model/up"));
  EXPECT_THAT(error_of({{"location", "up/secret.bin"}}), HasSubstr("is a link to a file outside"));
}

TEST_F(ExternalDataTest, AFolderWhoseNameStartsLikeTheModelsIsOutside) {
  put("model2/secret.bin", floats_from(0, 400));
  fs::create_symlink(file("model2/secret.bin"), file("model/link.bin"));
  EXPECT_THAT(error_of({{"location", "link.bin"}}), HasSubstr("outside the model's folder"));
}

TEST_F(ExternalDataTest, LinksOfADownloadCacheAreFollowed) {
  // As model hubs keep them: names in a snapshot are links into one folder of blobs.
  put("cache/blobs/d1", floats_from(0, 400));
  onnx::ModelProto proto = proto_from_text(kIdentity);
  *proto.mutable_graph()->add_initializer() = external_tensor("w", {{"location", "m.onnx.data"}});
  write_proto(proto, file("cache/blobs/d0"));
  fs::create_directories(file("cache/snapshot"));
  fs::create_symlink("../blobs/d0", file("cache/snapshot/m.onnx"));
  fs::create_symlink("../blobs/d1", file("cache/snapshot/m.onnx.data"));
  const Model model = Model::load(file("cache/snapshot/m.onnx"));
  EXPECT_EQ(model.read_weight(model.proto().graph().initializer(0)).as<float>()[2], 2);
}

TEST_F(ExternalDataTest, WhatIsNoRegularFileIsRefused) {
  ASSERT_EQ(::mkfifo(file("model/pipe").c_str(), 0600), 0);
  fs::create_directories(file("model/folder"));
  EXPECT_THAT(error_of({{"location", "pipe"}}), HasSubstr("'pipe' is not a regular file"));
  EXPECT_THAT(error_of({{"location", "folder"}}), HasSubstr("'folder' is not a regular file"));
}

TEST_F(ExternalDataTest, MissingAndShortFilesAreNamedWithTheirTensor) {
  put("model/short.bin", floats_from(0, 399));
  EXPECT_THAT(error_of({{"location", "none.bin"}}),
              HasSubstr("external data of tensor 'w': 'none.bin' cannot be found beside the model"));
  EXPECT_THAT(error_of({{"location", "short.bin"}}),
              HasSubstr("external data of tensor 'w': 1600 bytes at byte 0 of 'short.bin', which has 1596 bytes"));
  EXPECT_THAT(error_of({{"location", "short.bin"}, {"offset", "18446744073709551615"}}), HasSubstr("which has 1596"));
}

TEST_F(ExternalDataTest, EntriesThatContradictThemselvesAreRefused) {
  put("model/a.bin", floats_from(0, 400));
  EXPECT_THAT(error_of({}), HasSubstr("it names no file"));
  EXPECT_THAT(error_of({{"location", ""}}), HasSubstr("it names no file"));
  EXPECT_THAT(error_of({{"location", "a.bin"}, {"location", "b.bin"}}), HasSubstr("it names several files"));
  EXPECT_THAT(error_of({{"location", "a.bin"}, {"offset", "-1"}}), HasSubstr("offset '-1' is not a number"));
  EXPECT_THAT(error_of({{"location", "a.bin"}, {"length", "1600x"}}), HasSubstr("length '1600x' is not a number"));
  EXPECT_THAT(error_of({{"location", "a.bin"}, {"offset", "99999999999999999999"}}), HasSubstr("is not a number"));
  EXPECT_THAT(error_of({{"location", "a.bin"}, {"length", "1604"}}),
              HasSubstr("1604 bytes where shape [400] of float32 needs 1600"));
  EXPECT_THAT(error_of({{"location", std::string("a.bin\0.txt", 10)}}), HasSubstr("is not a file below"));

  onnx::TensorProto both = external_tensor("w", {{"location", "a.bin"}});
  both.add_float_data(1);
  EXPECT_THROW(load({both}), Error);
}

TEST_F(ExternalDataTest, EntriesOfATensorThatIsNotExternalMeanNothing) {
  onnx::TensorProto tensor = external_tensor("w", {{"location", "none.bin"}}, 1);
  tensor.set_data_location(onnx::TensorProto::DEFAULT);
  tensor.add_float_data(3);
  const Model model = load({tensor});
  EXPECT_EQ(model.read_weight(model.proto().graph().initializer(0)).as<float>()[0], 3);
}

}  // namespace
}  // namespace autoaccel::model
