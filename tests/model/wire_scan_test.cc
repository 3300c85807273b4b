#include "model/wire_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <string>

#include "autoaccel/error.h"
#include "base/files.h"
#include "model/wire_format.h"

namespace autoaccel::model {
namespace {

using ::testing::HasSubstr;
using wire::WireType;

/// A field that holds bytes.
std::string field(std::uint32_t number, const std::string& bytes) {
  std::string out;
  wire::append_tag(out, number, WireType::bytes);
  wire::append_varint(out, bytes.size());
  return out + bytes;
}

std::string number(std::uint32_t field_number, std::uint64_t value) {
  std::string out;
  wire::append_tag(out, field_number, WireType::varint);
  wire::append_varint(out, value);
  return out;
}

/// ModelProto.graph.initializer of these fields.
std::string model_of_tensor(const std::string& tensor) { return field(7, field(5, tensor)); }

class WireScanTest : public ::testing::Test {
 protected:
  ScannedModel scan_bytes(const std::string& bytes, std::uint64_t inline_bytes = 4) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    return scan(DataFile(path()), inline_bytes);
  }

  std::string error_of(const std::string& bytes) {
    try {
      scan_bytes(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model);
      return error.message();
    }
    return "no error";
  }

  std::filesystem::path path() const { return folder_.path() / "m.onnx"; }

 private:
  base::TemporaryFolder folder_{"autoaccel-scan"};
};

TEST_F(WireScanTest, APayloadBecomesAReferenceAtTheEndOfItsTensor) {
  const std::string before = number(1, 5) + number(2, 1);   // dims 5, FLOAT
  const std::string after = field(8, "w") + number(14, 0);  // name, data_location DEFAULT
  const std::string payload(20, 'p');
  const std::string bytes = model_of_tensor(before + field(9, payload) + after);
  const ScannedModel scanned = scan_bytes(bytes);
  ASSERT_EQ(scanned.ranges.size(), 1u);
  EXPECT_EQ(scanned.ranges[0].offset, bytes.find(payload));
  EXPECT_EQ(scanned.ranges[0].length, 20u);
  EXPECT_EQ(scanned.ranges[0].field, wire::kRawData);

  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(scanned.skeleton));
  const auto& tensor = proto.graph().initializer(0);
  EXPECT_EQ(tensor.name(), "w");
  EXPECT_EQ(tensor.dims(0), 5);
  EXPECT_EQ(tensor.data_location(), onnx::TensorProto::EXTERNAL);  // not the DEFAULT that came after the payload
  ASSERT_EQ(tensor.external_data_size(), 1);
  EXPECT_EQ(tensor.external_data(0).value(), "autoaccel:0");
  EXPECT_FALSE(tensor.has_raw_data());
}

TEST_F(WireScanTest, ShortPayloadsAndOtherFieldsStay) {
  const std::string bytes = model_of_tensor(number(1, 4) + number(2, 3) + field(9, "1234")) + number(1, 8) +
                            field(2, "producer with a long name");
  const ScannedModel scanned = scan_bytes(bytes);
  EXPECT_TRUE(scanned.ranges.empty());
  onnx::ModelProto from_file;
  onnx::ModelProto from_skeleton;
  ASSERT_TRUE(from_file.ParseFromString(bytes));
  ASSERT_TRUE(from_skeleton.ParseFromString(scanned.skeleton));
  EXPECT_EQ(from_skeleton.SerializeAsString(), from_file.SerializeAsString());
}

TEST_F(WireScanTest, UnknownFieldsOfAllWireTypesPass) {
  std::string unknown = number(900, 1ull << 63) + field(901, "future");
  wire::append_tag(unknown, 902, WireType::fixed64);
  unknown += "12345678";
  wire::append_tag(unknown, 903, WireType::fixed32);
  unknown += "1234";
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(scan_bytes(unknown + field(7, unknown)).skeleton));
  EXPECT_EQ(proto.SerializeAsString().size(), (unknown + field(7, unknown)).size());
}

TEST_F(WireScanTest, PayloadsInSeveralPiecesAreRefused) {
  const std::string large = field(9, std::string(20, 'a'));
  EXPECT_THAT(error_of(model_of_tensor(large + field(9, "b"))), HasSubstr("data in several pieces"));
  EXPECT_THAT(error_of(model_of_tensor(field(4, "1234") + large)), HasSubstr("data in several pieces"));
}

TEST_F(WireScanTest, TheReservedLocationIsRefused) {
  const std::string entry = field(1, "location") + field(2, "autoaccel:0");
  EXPECT_THAT(error_of(model_of_tensor(field(13, entry))), HasSubstr("reserved 'autoaccel:' at byte"));
}

TEST_F(WireScanTest, LengthsThatLeaveTheirMessageAreRefusedWithTheirPlace) {
  // The graph of 6 bytes starts at byte 2; its node claims 100.
  const std::string graph = std::string("\x0a\x64", 2) + "abcd";
  EXPECT_THAT(error_of(field(7, graph)), HasSubstr("a field of 100 bytes where 4 are left at byte 2"));
  std::string huge;
  wire::append_tag(huge, 7, WireType::bytes);
  wire::append_varint(huge, ~0ull);
  EXPECT_THAT(error_of(huge), HasSubstr("a field of 18446744073709551615 bytes"));
}

TEST_F(WireScanTest, NumbersThatAreNoneAreRefused) {
  EXPECT_THAT(error_of(std::string(11, '\xff')), HasSubstr("a number has more than 64 bits at byte 0"));
  EXPECT_THAT(error_of("\x08"), HasSubstr("a number is cut off at byte 1"));
  EXPECT_THAT(error_of(std::string("\x0d\x01\x02", 3)), HasSubstr("a number is cut off at byte 0"));  // fixed32
  EXPECT_THAT(error_of(std::string("\x00\x01", 2)), HasSubstr("an impossible field at byte 0"));      // field 0
  EXPECT_THAT(error_of("\x0b"), HasSubstr("an impossible field at byte 0"));                          // a group
}

TEST_F(WireScanTest, DeepNestingIsRefusedBeforeTheStackEnds) {
  std::string graph;
  for (int i = 0; i < 2000; ++i) graph = field(1, field(5, field(6, graph)));  // node → attribute → graph
  EXPECT_THAT(error_of(field(7, graph)), HasSubstr("nested too deep"));
}

TEST_F(WireScanTest, FieldsAcrossWindowsOfTheReaderAreWhole) {
  // Reading goes in windows of 256 KiB: names of 100 kB make fields that lie across their borders.
  std::string graph;
  for (char c = 'a'; c < 'k'; ++c) graph += field(1, field(3, std::string(100'000, c)));
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(scan_bytes(field(7, graph)).skeleton));
  ASSERT_EQ(proto.graph().node_size(), 10);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(proto.graph().node(i).name(), std::string(100'000, static_cast<char>('a' + i)));
}

}  // namespace
}  // namespace autoaccel::model
