#include "model/tensor_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "model/model.h"

namespace autoaccel::model {
namespace {

using onnx::TensorProto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TensorProto tensor_of(int type, const Shape& dims) {
  TensorProto tensor;
  tensor.set_name("t");
  tensor.set_data_type(type);
  for (const auto dim : dims) tensor.add_dims(dim);
  return tensor;
}

std::vector<int> bytes_of(const TensorProto& tensor) {
  std::vector<int> bytes;
  for (const char c : own_data(tensor)) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

std::string error_of(const TensorProto& tensor) {
  try {
    own_data(tensor);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(DenseBytes, CountsPackedTypesByTheBit) {
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::FLOAT, {2, 3})), 24u);
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::FLOAT, {})), 4u);
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::FLOAT, {7, 0})), 0u);
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::COMPLEX128, {2})), 32u);
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::INT4, {5})), 3u);        // 20 bits
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::UINT2, {5})), 2u);       // 10 bits
  EXPECT_EQ(dense_bytes(tensor_of(TensorProto::FLOAT6E2M3, {5})), 4u);  // 30 bits
}

TEST(DenseBytes, RefusesImpossibleShapesAndTypes) {
  EXPECT_THROW(dense_bytes(tensor_of(TensorProto::FLOAT, {-1})), Error);
  EXPECT_THROW(dense_bytes(tensor_of(TensorProto::FLOAT, {1ll << 62})), Error);
  EXPECT_THROW(dense_bytes(tensor_of(TensorProto::UINT8, {1ll << 32, 1ll << 32})), Error);
  EXPECT_THROW(dense_bytes(tensor_of(TensorProto::STRING, {1})), Error);
  EXPECT_THROW(dense_bytes(tensor_of(99, {1})), Error);
}

TEST(OwnData, ReadsRawDataAsTheyAre) {
  TensorProto tensor = tensor_of(TensorProto::INT16, {2});
  tensor.set_raw_data(std::string("\x01\x02\x03\x04", 4));
  EXPECT_THAT(bytes_of(tensor), ElementsAre(1, 2, 3, 4));
}

TEST(OwnData, NarrowsInt32ToTheElement) {
  TensorProto bytes = tensor_of(TensorProto::UINT8, {3});
  for (const int value : {0, 255, 128}) bytes.add_int32_data(value);
  EXPECT_THAT(bytes_of(bytes), ElementsAre(0, 255, 128));

  TensorProto negative = tensor_of(TensorProto::INT8, {2});
  for (const int value : {-1, -128}) negative.add_int32_data(value);
  EXPECT_THAT(bytes_of(negative), ElementsAre(0xff, 0x80));  // two's complement

  TensorProto halves = tensor_of(TensorProto::FLOAT16, {2});
  for (const int value : {0x3c00, 0xc000}) halves.add_int32_data(value);  // 1 and -2 as bits
  EXPECT_THAT(bytes_of(halves), ElementsAre(0x00, 0x3c, 0x00, 0xc0));

  TensorProto flags = tensor_of(TensorProto::BOOL, {2});
  for (const int value : {1, 0}) flags.add_int32_data(value);
  EXPECT_THAT(bytes_of(flags), ElementsAre(1, 0));

  TensorProto whole = tensor_of(TensorProto::INT32, {1});
  whole.add_int32_data(-2);
  EXPECT_THAT(bytes_of(whole), ElementsAre(0xfe, 0xff, 0xff, 0xff));
}

TEST(OwnData, ReadsTheOtherTypedFields) {
  TensorProto longs = tensor_of(TensorProto::INT64, {1});
  longs.add_int64_data(-2);
  EXPECT_THAT(bytes_of(longs), ElementsAre(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));

  TensorProto unsigned_ints = tensor_of(TensorProto::UINT32, {1});
  unsigned_ints.add_uint64_data(0x80000001u);
  EXPECT_THAT(bytes_of(unsigned_ints), ElementsAre(1, 0, 0, 0x80));

  TensorProto complex = tensor_of(TensorProto::COMPLEX64, {1});
  complex.add_float_data(1);
  complex.add_float_data(-1);
  EXPECT_THAT(bytes_of(complex), ElementsAre(0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf));

  TensorProto doubles = tensor_of(TensorProto::DOUBLE, {1});
  doubles.add_double_data(1);
  EXPECT_THAT(bytes_of(doubles), ElementsAre(0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
}

TEST(OwnData, ReadsPackedFourBitTypesInBothReadingsOfTheSpecification) {
  // Five elements 1, 2, 3, 4, 5: low half first, so the bytes 0x21 0x43 0x05.
  TensorProto byte_each = tensor_of(TensorProto::INT4, {5});
  for (const int value : {0x21, 0x43, 0x05}) byte_each.add_int32_data(value);
  EXPECT_THAT(bytes_of(byte_each), ElementsAre(0x21, 0x43, 0x05));

  TensorProto four_bytes_each = tensor_of(TensorProto::UINT4, {5});
  four_bytes_each.add_int32_data(0x00054321);
  EXPECT_THAT(bytes_of(four_bytes_each), ElementsAre(0x21, 0x43, 0x05));
}

TEST(OwnData, TellsHowManyBytesAreMissingOrTooMany) {
  TensorProto tensor = tensor_of(TensorProto::FLOAT, {2});
  tensor.add_float_data(1);
  EXPECT_EQ(error_of(tensor), "tensor 't' has 4 bytes of data where its shape [2] needs 8");
  tensor.set_raw_data(std::string(9, '\0'));
  EXPECT_EQ(error_of(tensor), "tensor 't' has 9 bytes of data where its shape [2] needs 8");
  TensorProto wrong_field = tensor_of(TensorProto::INT32, {1});
  wrong_field.add_float_data(1);
  EXPECT_EQ(error_of(wrong_field), "tensor 't' has 0 bytes of data where its shape [1] needs 4");
}

TEST(OwnData, StringsAreRefused) {
  TensorProto tensor = tensor_of(TensorProto::STRING, {1});
  tensor.add_string_data("a");
  EXPECT_THAT(error_of(tensor), HasSubstr("type string"));
}

TEST(OwnData, ATensorWithoutElementsHasNone) { EXPECT_EQ(own_data(tensor_of(TensorProto::FLOAT, {0})), ""); }

TEST(ClearData, KeepsNameShapeAndType) {
  TensorProto tensor = tensor_of(TensorProto::FLOAT, {1});
  tensor.add_float_data(1);
  tensor.set_data_location(TensorProto::EXTERNAL);
  tensor.add_external_data()->set_key("location");
  clear_data(tensor);
  EXPECT_EQ(tensor.SerializeAsString(), tensor_of(TensorProto::FLOAT, {1}).SerializeAsString());
}

TEST(Describe, NamesArePrintable) {
  TensorProto tensor;
  tensor.set_name("a\x1b[31m");
  EXPECT_EQ(describe(tensor), "tensor 'a\\x1B[31m'");
}

}  // namespace
}  // namespace autoaccel::model
