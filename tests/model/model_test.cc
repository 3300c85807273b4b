#include "model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

constexpr auto kIdentity =
    R"(<ir_version: 8, opset_import: ["" : 17]> n (float[1] x) => (float[1] y) { y = Identity (x) })";

onnx::TensorProto bytes_tensor(const std::string& name, const std::string& bytes) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::UINT8);
  tensor.add_dims(static_cast<std::int64_t>(bytes.size()));
  tensor.set_raw_data(bytes);
  return tensor;
}

TEST(Model, SlicesGoFromFrontToBackForEveryStorageForm) {
  Model model = test_support::model_from_text(kIdentity);
  const onnx::TensorProto raw = bytes_tensor("raw", "abcdefgh");
  onnx::TensorProto derived = raw;
  model.set_derived(derived, {.source = raw,
                              .source_slice_bytes = 2,
                              .slice_bytes = 2,
                              .convert = [](std::span<const std::byte> from, std::span<std::byte> to, auto) {
                                for (std::size_t i = 0; i < from.size(); i += 2) {
                                  to[i] = from[i + 1];
                                  to[i + 1] = from[i];
                                }
                              }});
  onnx::TensorProto typed = bytes_tensor("typed", "123");
  typed.clear_raw_data();
  for (const int value : {'x', 'y', 'z'}) typed.add_int32_data(value);

  const auto slices_of = [&](const onnx::TensorProto& tensor) {
    std::vector<std::string> slices;
    model.for_each_slice(tensor, 3, [&](std::span<const std::byte> slice) {
      slices.emplace_back(reinterpret_cast<const char*>(slice.data()), slice.size());
    });
    return slices;
  };
  EXPECT_THAT(slices_of(raw), ::testing::ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(slices_of(derived), ::testing::ElementsAre("bad", "cfe", "hg"));
  EXPECT_THAT(slices_of(typed), ::testing::ElementsAre("xyz"));
}

TEST(Model, ReadWeightGivesTypeShapeAndElements) {
  const Model model = test_support::model_from_text(kIdentity);
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(2);
  tensor.add_dims(1);
  tensor.add_float_data(1.5);
  tensor.add_float_data(-2);
  const Tensor read = model.read_weight(tensor);
  EXPECT_EQ(read.type(), ElementType::float32);
  EXPECT_EQ(read.shape(), (Shape{2, 1}));
  EXPECT_THAT(read.as<float>(), ::testing::ElementsAre(1.5f, -2.0f));
  tensor.set_data_type(onnx::TensorProto::UINT2);  // of which Tensor has no form
  EXPECT_THROW(model.read_weight(tensor), Error);
}

TEST(Model, SetInlineReplacesWhateverWasThere) {
  onnx::TensorProto tensor = bytes_tensor("t", "a");
  tensor.add_int32_data(7);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  Model::set_inline(tensor, std::as_bytes(std::span("xy", 2)));
  onnx::TensorProto expected = bytes_tensor("t", "a");
  expected.set_raw_data("xy");
  EXPECT_EQ(tensor.SerializeAsString(), expected.SerializeAsString());
}

TEST(Model, TheOpsetIsThatOfTheDefaultDomain) {
  onnx::ModelProto proto = test_support::proto_from_text(
      R"(<ir_version: 8, opset_import: ["ai.onnx.ml" : 3, "ai.onnx" : 15]> n (float[1] x) => (float[1] y) { y = Identity (x) })");
  EXPECT_EQ(Model::from_proto(proto).opset(), 15);
  proto.clear_opset_import();
  EXPECT_EQ(Model::from_proto(proto).opset(), 0);
}

TEST(Summarize, TheDigestOfOneFileIsTheFilesAndOfSeveralThatOfTheirList) {
  const base::TemporaryFolder folder("autoaccel-summary");
  onnx::ModelProto proto = test_support::proto_from_text(kIdentity);
  *proto.mutable_graph()->add_initializer() = bytes_tensor("w", std::string(2000, 'w'));
  const auto one = folder.path() / "one.onnx";
  test_support::write_proto(proto, one);
  const Model inside = Model::load(one);
  const ModelSummary summary = summarize(inside);
  EXPECT_EQ(summary.file, one.string());
  EXPECT_EQ(summary.sha256, base::sha256_of_file(one));
  EXPECT_EQ(summary.bytes, std::filesystem::file_size(one));
  EXPECT_EQ(summary.opset, 17);
  ASSERT_EQ(summary.inputs.size(), 1u);
  EXPECT_EQ(summary.outputs.at(0).name, "y");

  const auto files = inside.save(folder.path() / "two.onnx", {.external_above_bytes = 0});
  ASSERT_EQ(files.size(), 2u);
  const ModelSummary external = summarize(Model::load(files[0]));
  EXPECT_EQ(external.bytes, std::filesystem::file_size(files[0]) + std::filesystem::file_size(files[1]));
  EXPECT_EQ(external.sha256, base::sha256_of_text(base::sha256_of_file(files[0]) + "  two.onnx\n" +
                                                  base::sha256_of_file(files[1]) + "  two.onnx.data\n"));
}

}  // namespace
}  // namespace autoaccel::model
