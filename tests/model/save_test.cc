#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/cancel.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr auto kIdentity =
    R"(<ir_version: 8, opset_import: ["" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) })";
constexpr auto kBranches = R"(
<ir_version: 8, opset_import: ["" : 17]>
net (float[512] x, bool c) => (float[512] y)
{
  k = Constant <value = float[1] {0}> ()
  s = Add (x, k)
  y = If (c) <
    then_branch = inner () => (float[512] t) { t = Add (s, w_then) },
    else_branch = inner2 () => (float[512] e) { e = Identity (s) }
  >
}
)";

/// Weights of odd sizes at the top, in a Constant and in a branch, one small, one without elements.
onnx::ModelProto proto_with_weights() {
  onnx::ModelProto proto = proto_from_text(kBranches);
  auto& graph = *proto.mutable_graph();
  *graph.mutable_node(0)->mutable_attribute(0)->mutable_t() = random_tensor("", ElementType::float32, {512}, 1);
  *graph.mutable_node(2)->mutable_attribute(0)->mutable_g()->add_initializer() =
      random_tensor("w_then", ElementType::float32, {512}, 2);
  *graph.add_initializer() = random_tensor("odd", ElementType::uint8, {70001}, 3);
  *graph.add_initializer() = random_tensor("small", ElementType::int64, {3}, 4);
  *graph.add_initializer() = random_tensor("none", ElementType::float32, {0, 5}, 5);
  // Above several slices of 4 MB and no multiple of them.
  *graph.add_initializer() = random_tensor("large", ElementType::uint8, {9'000'001}, 6);
  auto& text = *graph.add_initializer();
  text.set_name("text");
  text.set_data_type(onnx::TensorProto::STRING);
  text.add_dims(1);
  text.add_string_data("label");
  return proto;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

std::string bytes_of(const fs::path& path) { return base::read_file(path); }

class SaveTest : public ::testing::Test {
 protected:
  SaveTest() { fs::create_directories(file("out")); }
  fs::path file(const std::string& name) const { return folder_.path() / name; }

  Model loaded(const onnx::ModelProto& proto) const {
    write_proto(proto, file("m.onnx"));
    return Model::load(file("m.onnx"));
  }

 private:
  base::TemporaryFolder folder_{"autoaccel-save"};
};

TEST_F(SaveTest, AnEmbeddedModelIsTheSameBytesAgain) {
  const Model model = loaded(proto_with_weights());
  EXPECT_THAT(model.save(file("out/m.onnx")), ElementsAre(file("out/m.onnx")));
  EXPECT_TRUE(bytes_of(file("out/m.onnx")) == bytes_of(file("m.onnx")));
  EXPECT_THAT(names_in(file("out")), ElementsAre("m.onnx"));
}

TEST_F(SaveTest, AModelInMemoryIsSavedAsItIs) {
  Model::from_proto(proto_with_weights()).save(file("out/m.onnx"));
  EXPECT_TRUE(bytes_of(file("out/m.onnx")) == proto_with_weights().SerializeAsString());
}

TEST_F(SaveTest, WeightsAboveTheLimitGoToOneFileAtAlignedOffsets) {
  const Model model = loaded(proto_with_weights());
  const auto files = model.save(file("out/m.onnx"), {.external_above_bytes = 1000});
  EXPECT_THAT(files, ElementsAre(file("out/m.onnx"), file("out/m.onnx.data")));
  EXPECT_THAT(names_in(file("out")), UnorderedElementsAre("m.onnx", "m.onnx.data"));
  EXPECT_LT(fs::file_size(file("out/m.onnx")), 2000u);

  const Model again = Model::load(file("out/m.onnx"));
  EXPECT_TRUE(resolved(again).SerializeAsString() == resolved(model).SerializeAsString());
  EXPECT_THAT(again.files(), ElementsAre(file("out/m.onnx"), file("out/m.onnx.data")));
}

TEST_F(SaveTest, TheExternalFileIsReadableByTheStandardKeys) {
  onnx::ModelProto proto = proto_from_text(kIdentity);
  *proto.mutable_graph()->add_initializer() = random_tensor("a", ElementType::uint8, {1500}, 1);
  *proto.mutable_graph()->add_initializer() = random_tensor("b", ElementType::uint8, {70000}, 2);
  *proto.mutable_graph()->add_initializer() = random_tensor("c", ElementType::uint8, {1500}, 3);
  loaded(proto).save(file("out/m.onnx"), {.external_above_bytes = 0});
  onnx::ModelProto saved;
  ASSERT_TRUE(saved.ParseFromString(bytes_of(file("out/m.onnx"))));
  const std::string data = bytes_of(file("out/m.onnx.data"));
  // a at 0; b has at least 64 KiB and is aligned to them; c follows at the next multiple of 64: 135536 + 16.
  const std::vector<std::string> offsets = {"0", "65536", "135552"};
  for (int i = 0; i < 3; ++i) {
    const auto& tensor = saved.graph().initializer(i);
    ASSERT_EQ(tensor.external_data_size(), 3);
    EXPECT_EQ(tensor.data_location(), onnx::TensorProto::EXTERNAL);
    EXPECT_EQ(tensor.external_data(0).value(), "m.onnx.data");
    EXPECT_EQ(tensor.external_data(1).value(), offsets[static_cast<std::size_t>(i)]);
    const std::string& raw = proto.graph().initializer(i).raw_data();
    EXPECT_EQ(tensor.external_data(2).value(), std::to_string(raw.size()));
    EXPECT_EQ(data.substr(std::stoul(offsets[static_cast<std::size_t>(i)]), raw.size()), raw);
  }
}

TEST_F(SaveTest, AModelMayBeSavedOverItself) {
  Model model = loaded(proto_with_weights());
  const std::string before = resolved(model).SerializeAsString();
  model.save(file("m.onnx"));
  EXPECT_TRUE(resolved(model).SerializeAsString() == before);  // still from the file it was loaded from
  EXPECT_TRUE(resolved(Model::load(file("m.onnx"))).SerializeAsString() == before);

  Model external = loaded(proto_with_weights());
  external.save(file("out/m.onnx"), {.external_above_bytes = 0});
  const Model again = Model::load(file("out/m.onnx"));
  again.save(file("out/m.onnx"), {.external_above_bytes = 0});
  EXPECT_TRUE(resolved(Model::load(file("out/m.onnx"))).SerializeAsString() == before);
}

TEST_F(SaveTest, ExternalWeightsAreSavedInside) {
  loaded(proto_with_weights()).save(file("out/e.onnx"), {.external_above_bytes = 0});
  const Model model = Model::load(file("out/e.onnx"));
  EXPECT_THAT(model.save(file("out/i.onnx")), ElementsAre(file("out/i.onnx")));
  EXPECT_TRUE(bytes_of(file("out/i.onnx")) == bytes_of(file("m.onnx")));
}

/// uint16 values of twice the bytes: (2 v).
DerivedWeight widened(const onnx::TensorProto& source) {
  return {.source = source,
          .source_slice_bytes = 1,
          .slice_bytes = 2,
          .convert = [](std::span<const std::byte> from, std::span<std::byte> to, auto) {
            for (std::size_t i = 0; i < from.size(); ++i) {
              const auto value = static_cast<std::uint16_t>(2 * static_cast<unsigned>(from[i]));
              std::memcpy(to.data() + 2 * i, &value, 2);
            }
          }};
}

std::vector<std::uint16_t> doubled_bytes(const std::string& bytes) {
  std::vector<std::uint16_t> values;
  for (const char c : bytes) values.push_back(static_cast<std::uint16_t>(2 * static_cast<unsigned char>(c)));
  return values;
}

TEST_F(SaveTest, DerivedWeightsAreMadeOnSavingInBothForms) {
  const onnx::ModelProto proto = proto_with_weights();
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
    Model model = loaded(proto);
    auto& tensor = *model.proto().mutable_graph()->mutable_initializer(3);
    ASSERT_EQ(tensor.name(), "large");
    const onnx::TensorProto source = tensor;
    tensor.set_data_type(onnx::TensorProto::UINT16);
    model.set_derived(tensor, widened(source));
    model.save(file("out/d.onnx"), {.external_above_bytes = limit});

    const Model again = Model::load(file("out/d.onnx"));
    const Tensor values = again.read_weight(again.proto().graph().initializer(3));
    const auto expected = doubled_bytes(proto.graph().initializer(3).raw_data());
    ASSERT_EQ(values.as<std::uint16_t>().size(), expected.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), values.as<std::uint16_t>().begin()));
  }
}

TEST_F(SaveTest, AFailedConversionLeavesNothing) {
  Model model = loaded(proto_with_weights());
  auto& tensor = *model.proto().mutable_graph()->mutable_initializer(3);
  DerivedWeight weight{.source = tensor, .source_slice_bytes = 1, .slice_bytes = 1, .convert = {}};
  std::atomic<int> calls{0};
  weight.convert = [&](auto, auto, auto) {
    if (++calls == 2) throw Error(Cause::unsupported, "no such value");
  };
  model.set_derived(tensor, weight);
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
    calls = 0;
    EXPECT_THROW(model.save(file("out/m.onnx"), {.external_above_bytes = limit}), Error);
    EXPECT_THAT(names_in(file("out")), ElementsAre());
  }
}

TEST_F(SaveTest, ACancelledSaveLeavesTheOldFile) {
  std::ofstream(file("out/m.onnx")) << "old";
  base::CancelToken cancel;
  cancel.cancel();
  try {
    loaded(proto_with_weights()).save(file("out/m.onnx"), {.cancel = &cancel});
    FAIL() << "not interrupted";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::interrupted);
  }
  EXPECT_EQ(bytes_of(file("out/m.onnx")), "old");
  EXPECT_THAT(names_in(file("out")), ElementsAre("m.onnx"));
}

TEST_F(SaveTest, PlacesThatCannotBeWrittenAreErrorsOfTheEnvironment) {
  const Model model = loaded(proto_with_weights());
  std::ofstream(file("occupied")) << "a file";
  for (const auto& path : {file("no/such/folder/m.onnx"), file("occupied/m.onnx")}) {
    try {
      model.save(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::environment);
      EXPECT_THAT(error.message(), HasSubstr(path.string()));
      EXPECT_THAT(error.context(), ElementsAre(HasSubstr("saving " + path.string())));
    }
  }
}

TEST_F(SaveTest, MoreThanTheDiskHasIsRefusedBeforeTheWork) {
  // 2^50 bytes, a petabyte, made by a conversion that must not be called.
  Model model = Model::from_proto(proto_from_text(kIdentity));
  onnx::TensorProto source = random_tensor("s", ElementType::uint8, {1024}, 1);
  auto& tensor = *model.proto().mutable_graph()->add_initializer();
  tensor.set_name("w");
  tensor.set_data_type(onnx::TensorProto::UINT8);
  tensor.add_dims(1ll << 50);
  std::atomic<bool> called{false};
  model.set_derived(
      tensor, {.source = source, .source_slice_bytes = 1024, .slice_bytes = 1ull << 50, .convert = [&](auto, auto, auto) {
                 called = true;
               }});
  try {
    model.save(file("out/m.onnx"));
    FAIL() << "saved a petabyte";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::environment);
    EXPECT_THAT(error.hint(), HasSubstr("free space on that disk"));
  }
  EXPECT_FALSE(called);
  EXPECT_THAT(names_in(file("out")), ElementsAre());
}

TEST_F(SaveTest, APartLeftByAKilledProcessIsReplacedAndALinkInItsPlaceIsNotFollowed) {
  std::ofstream(file("victim")) << "precious";
  fs::create_symlink(file("victim"), file("out/m.onnx.part"));
  loaded(proto_with_weights()).save(file("out/m.onnx"));
  EXPECT_EQ(bytes_of(file("victim")), "precious");
  EXPECT_THAT(names_in(file("out")), ElementsAre("m.onnx"));
}

TEST_F(SaveTest, ARelativePathInTheCurrentFolderIsFine) {
  const Model model = loaded(proto_with_weights());
  const fs::path before = fs::current_path();
  fs::current_path(file("out"));
  const auto files = model.save("r.onnx", {.external_above_bytes = 0});
  fs::current_path(before);
  EXPECT_THAT(files, ElementsAre("r.onnx", "r.onnx.data"));
  EXPECT_TRUE(resolved(Model::load(file("out/r.onnx"))).SerializeAsString() == resolved(model).SerializeAsString());
}

}  // namespace
}  // namespace autoaccel::model
