#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.h"
#include "model/graph.h"
#include "model/model.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;

class RealModelsTest : public ::testing::TestWithParam<const char*> {
 protected:
  RealModelsTest() : path_(fs::path(AUTOACCEL_MODELS_DIR) / (std::string(GetParam()) + ".onnx")) {
    if (!fs::exists(path_)) skip_ = true;
  }
  void SetUp() override {
    if (skip_) GTEST_SKIP() << path_ << " is not there; run tools/setup";
  }

  fs::path path_;
  bool skip_ = false;
  base::TemporaryFolder folder_{"autoaccel-real"};
};

/// The file read as protobuf does it, without anything of ours.
onnx::ModelProto parsed(const fs::path& path) {
  onnx::ModelProto proto;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(proto.ParseFromIstream(&file));
  return proto;
}

/// Everything of the model, weights as raw_data wherever and however they were stored. Compared with ==, since a
/// failing EXPECT_EQ would print megabytes.
std::string bytes_of(const Model& model) { return test_support::resolved(model).SerializeAsString(); }

TEST_P(RealModelsTest, LoadSaveLoadChangesNothing) {
  const Model model = Model::load(path_);
  const std::string original = bytes_of(Model::from_proto(parsed(path_)));
  EXPECT_TRUE(bytes_of(model) == original);

  model.save(folder_.path() / "inside.onnx");
  EXPECT_TRUE(bytes_of(Model::from_proto(parsed(folder_.path() / "inside.onnx"))) == original);
  EXPECT_TRUE(bytes_of(Model::load(folder_.path() / "inside.onnx")) == original);
  model.save(folder_.path() / "outside.onnx", {.external_above_bytes = 0});
  EXPECT_TRUE(bytes_of(Model::load(folder_.path() / "outside.onnx")) == original);
}

TEST_P(RealModelsTest, PassesTheCheckerDetachedAndItsOutputsGetTypes) {
  const Model model = Model::load(path_);
  check(model);
  const auto types = infer_types(model);
  for (const auto& output : model.outputs()) {
    ASSERT_TRUE(types.contains(output.name));
    EXPECT_EQ(types.at(output.name).type, output.type);
  }
  // Every value that a standard operator of the main graph makes has a type.
  for (const auto& node : model.proto().graph().node()) {
    if (!is_standard(node)) continue;
    for (const auto& name : node.output()) {
      EXPECT_TRUE(name.empty() || types.contains(name)) << describe(node);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, RealModelsTest,
                         ::testing::Values("ppocr_det", "ppocr_rec", "ppocr_cls", "silero_vad", "magika", "nudenet"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace autoaccel::model
