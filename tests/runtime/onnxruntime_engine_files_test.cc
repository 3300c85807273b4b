#include "runtime/onnxruntime/engine_files.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "autoaccel/error.h"
#include "base/files.h"

namespace autoaccel::runtime::onnxruntime {
namespace {

namespace fs = std::filesystem;

void add_context(onnx::ModelProto& model, const std::string& engine, int embed_mode) {
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type("EPContext");
  node.set_domain("com.microsoft");
  onnx::AttributeProto& mode = *node.add_attribute();
  mode.set_name("embed_mode");
  mode.set_i(embed_mode);
  onnx::AttributeProto& context = *node.add_attribute();
  context.set_name("ep_cache_context");
  context.set_s(engine);
}

std::vector<std::string> named_by(const fs::path& path) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(base::read_file(path)));
  std::vector<std::string> names;
  for (const onnx::NodeProto& node : model.graph().node()) names.push_back(node.attribute(1).s());
  return names;
}

class EngineFiles : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder.path() / name; }
  void write(const onnx::ModelProto& model) const {
    base::write_file_atomically(at("fp16.onnx"), model.SerializeAsString());
  }
  base::TemporaryFolder folder{"autoaccel-engines-"};
};

TEST_F(EngineFiles, AreNamedAfterTheModelEachOnce) {
  onnx::ModelProto model;
  for (const char* name : {"fp16_a_123_0_0_sm90.engine", "fp16_a_456_1_1_sm90.engine", "fp16_a_123_0_0_sm90.engine"})
    add_context(model, name, 0);
  write(model);
  base::write_file_atomically(at("fp16_a_123_0_0_sm90.engine"), "first");
  base::write_file_atomically(at("fp16_a_456_1_1_sm90.engine"), "second");
  EXPECT_EQ(name_engines(at("fp16.onnx")), (std::vector<fs::path>{at("fp16.engine"), at("fp16-2.engine")}));
  EXPECT_EQ(named_by(at("fp16.onnx")), (std::vector<std::string>{"fp16.engine", "fp16-2.engine", "fp16.engine"}));
  EXPECT_EQ(base::read_file(at("fp16.engine")), "first");
  EXPECT_EQ(base::read_file(at("fp16-2.engine")), "second");
  EXPECT_FALSE(fs::exists(at("fp16_a_123_0_0_sm90.engine")));
}

TEST_F(EngineFiles, ThatAreInTheModelStayThere) {
  onnx::ModelProto model;
  add_context(model, "the engine's bytes", 1);
  write(model);
  EXPECT_TRUE(name_engines(at("fp16.onnx")).empty());
  EXPECT_EQ(named_by(at("fp16.onnx")), std::vector<std::string>{"the engine's bytes"});
}

TEST_F(EngineFiles, ThatAreNotBesideTheModelAreAnError) {
  onnx::ModelProto model;
  add_context(model, "/etc/passwd", 0);  // only the name counts, in the model's own folder
  write(model);
  try {
    name_engines(at("fp16.onnx"));
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::vendor);
    EXPECT_NE(error.message().find("/etc/passwd"), std::string::npos);
  }
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

}  // namespace
}  // namespace autoaccel::runtime::onnxruntime
