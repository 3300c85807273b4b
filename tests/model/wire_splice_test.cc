#include "model/wire_splice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "autoaccel/error.h"
#include "model/tensor_data.h"
#include "support/models.h"

namespace autoaccel::model {
namespace {

onnx::TensorProto reference(const std::string& name, int index, std::int64_t bytes) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::UINT8);
  tensor.add_dims(bytes);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = tensor.add_external_data();
  entry->set_key("location");
  entry->set_value("autoaccel:" + std::to_string(index));
  return tensor;
}

/// The pieces as one text, a weight of n bytes as n times the last letter of its name.
std::string joined(const SplicedModel& model) {
  std::string bytes;
  for (const auto& piece : model.pieces) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      bytes += *literal;
    } else {
      const auto& weight = std::get<SplicedModel::Weight>(piece);
      bytes += std::string(weight.length, weight.tensor.name().back());
    }
  }
  return bytes;
}

TEST(Splice, GivesTheBytesThatProtobufWouldWrite) {
  // 100 000 bytes make the lengths of all messages around grow from one or two bytes to three.
  onnx::ModelProto referring = test_support::proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1] x, bool c) => (float[1] y) { y = If (c) <
      then_branch = t () => (float[1] p) { p = Neg (x) },
      else_branch = e () => (float[1] r) { r = Abs (x) }
    > })");
  auto& graph = *referring.mutable_graph();
  auto& branch = *graph.mutable_node(0)->mutable_attribute(0)->mutable_g();
  *branch.add_initializer() = reference("a", 0, 100'000);
  *graph.add_initializer() = reference("b", 1, 5);
  *graph.add_initializer() = test_support::random_tensor("own", ElementType::float32, {300}, 1);
  *graph.add_sparse_initializer()->mutable_values() = reference("s", 2, 200);

  onnx::ModelProto whole = referring;
  const auto fill = [](onnx::TensorProto& tensor, std::size_t bytes) {
    clear_data(tensor);
    tensor.set_raw_data(std::string(bytes, tensor.name().back()));
  };
  fill(*whole.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g()->mutable_initializer(0), 100'000);
  fill(*whole.mutable_graph()->mutable_initializer(0), 5);
  fill(*whole.mutable_graph()->mutable_sparse_initializer(0)->mutable_values(), 200);

  const SplicedModel spliced = splice(referring.SerializeAsString(), dense_bytes);
  onnx::ModelProto again;
  ASSERT_TRUE(again.ParseFromString(joined(spliced)));
  EXPECT_TRUE(again.SerializeAsString() == whole.SerializeAsString());
  EXPECT_EQ(spliced.size, whole.ByteSizeLong());
  EXPECT_EQ(spliced.size, joined(spliced).size());
}

TEST(Splice, AModelWithoutReferencesIsOnePieceAndTheSame) {
  const std::string bytes =
      test_support::proto_from_text(
          R"(<ir_version: 8, opset_import: ["" : 17]> n (float[1] x) => (float[1] y) <float[1] w = {1}> { y = Add (x, w) })")
          .SerializeAsString();
  const SplicedModel spliced = splice(bytes, dense_bytes);
  ASSERT_EQ(spliced.pieces.size(), 1u);
  EXPECT_EQ(std::get<std::string>(spliced.pieces[0]), bytes);
}

TEST(Splice, WhatIsNoModelIsADefect) {
  for (const std::string& bytes : {std::string("\x3a\x05 abc", 5), std::string("\x3a", 1), std::string("\x0b", 1)}) {
    EXPECT_THROW(splice(bytes, dense_bytes), Error);
  }
}

}  // namespace
}  // namespace autoaccel::model
