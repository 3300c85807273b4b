#include "base/npy.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/files.h"

namespace autoaccel::base {
namespace {

/// A file of version `major` with that header text and data.
std::string npy(const std::string& header, const std::string& data, int major = 1) {
  std::string text = "\x93NUMPY";
  text += {static_cast<char>(major), '\0'};
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) text += static_cast<char>(header.size() >> 8 * i & 0xFF);
  return text + header + data;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }          \n";
}

Tensor read(const std::string& text) { return read_npy(std::as_bytes(std::span(text)), "a.npy"); }

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return std::string(to_text(error.cause())) + ": " + error.message();
  }
  return "no error";
}

TEST(ReadNpy, TakesVersionsOneToThree) {
  const std::string data("\1\0\2\0\3\0", 6);
  for (int major = 1; major <= 3; ++major) {
    const Tensor tensor = read(npy(header("<i2", "(3,)"), data, major));
    EXPECT_EQ(tensor.type(), ElementType::int16);
    EXPECT_EQ(tensor.shape(), (Shape{3}));
    EXPECT_EQ(tensor.as<std::int16_t>()[2], 3);
  }
  EXPECT_EQ(error_of(npy(header("<i2", "(3,)"), data, 4)), "unsupported: a.npy: NumPy format version 4.0 is not supported");
}

TEST(ReadNpy, KnowsEveryDtype) {
  const std::vector<std::pair<std::string, ElementType>> dtypes = {
      {"|b1", ElementType::boolean}, {"|i1", ElementType::int8},    {"|u1", ElementType::uint8},
      {"<i2", ElementType::int16},   {"<u2", ElementType::uint16},  {"<i4", ElementType::int32},
      {"<u4", ElementType::uint32},  {"<i8", ElementType::int64},   {"<u8", ElementType::uint64},
      {"<f2", ElementType::float16}, {"<f4", ElementType::float32}, {"<f8", ElementType::float64},
      {"<V2", ElementType::bfloat16}, {"|V2", ElementType::bfloat16}, {"=f4", ElementType::float32},
      {"<c8", ElementType::complex64}, {"<c16", ElementType::complex128},
  };
  for (const auto& [descr, type] : dtypes) {
    const auto bytes = static_cast<std::size_t>(bits_per_element(type) / 8) * 2;
    const Tensor tensor = read(npy(header(descr, "(2, 1)"), std::string(bytes, '\1')));
    EXPECT_EQ(tensor.type(), type) << descr;
    EXPECT_EQ(tensor.shape(), (Shape{2, 1}));
  }
}

TEST(ReadNpy, TurnsBigEndianAround) {
  // 1.5f = 0x3FC00000, -2 = 0xFFFE, (1.5 + 2.0 i) = 0x3FC00000 0x40000000
  EXPECT_EQ(read(npy(header(">f4", "()"), std::string("\x3f\xc0\0\0", 4))).as<float>()[0], 1.5f);
  EXPECT_EQ(read(npy(header(">i2", "(1,)"), "\xff\xfe")).as<std::int16_t>()[0], -2);
  const Tensor complex = read(npy(header(">c8", "()"), std::string("\x3f\xc0\0\0\x40\0\0\0", 8)));
  float parts[2];
  std::memcpy(parts, complex.bytes().data(), sizeof parts);
  EXPECT_EQ(parts[0], 1.5f);
  EXPECT_EQ(parts[1], 2.0f);
}

TEST(ReadNpy, TurnsColumnsIntoRows) {
  // Element [i, j, k] of shape (2, 3, 2) is 100 i + 10 j + k; Fortran order has i fastest.
  std::string data;
  for (int k = 0; k < 2; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) data += static_cast<char>(100 * i + 10 * j + k);
    }
  }
  const Tensor tensor = read(npy(header("|u1", "(2, 3, 2)", "True"), data));
  std::size_t at = 0;
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 2; ++k) EXPECT_EQ(tensor.as<std::uint8_t>()[at++], 100 * i + 10 * j + k);
    }
  }
  EXPECT_EQ(read(npy(header("|u1", "(0, 3)", "True"), "")).size(), 0);
  EXPECT_EQ(read(npy(header("|u1", "()", "True"), "\7")).as<std::uint8_t>()[0], 7);
}

TEST(ReadNpy, MakesBooleansOfAnyByte) {
  const Tensor tensor = read(npy(header("|b1", "(3,)"), std::string("\0\1\7", 3)));
  EXPECT_EQ(std::to_integer<int>(tensor.bytes()[0]), 0);
  EXPECT_EQ(std::to_integer<int>(tensor.bytes()[1]), 1);
  EXPECT_EQ(std::to_integer<int>(tensor.bytes()[2]), 1);
}

TEST(ReadNpy, ReadsAnyOrderQuotesSpacesAndPythonTwo) {
  EXPECT_EQ(read(npy("{ \"shape\" : ( 2L , 1L ),\n\"fortran_order\":False,'descr':'|u1'}", "ab")).shape(), (Shape{2, 1}));
}

TEST(ReadNpy, NeverUnpickles) {
  EXPECT_EQ(error_of(npy(header("|O", "(1,)"), "x")),
            "unsupported: a.npy: it holds Python objects (dtype '|O'), which are never unpickled");
  EXPECT_EQ(error_of(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")),
            "unsupported: a.npy: structured NumPy arrays are not supported");
  EXPECT_EQ(error_of(npy(header("<U2", "(1,)"), "12345678")), "unsupported: a.npy: NumPy dtype '<U2' is not supported");
  EXPECT_EQ(error_of(npy(header("<f1", "(1,)"), "1")), "unsupported: a.npy: NumPy dtype '<f1' is not supported");
  EXPECT_EQ(error_of(npy(header("f4", "(1,)"), "1234")), "unsupported: a.npy: NumPy dtype 'f4' is not supported");
  EXPECT_EQ(error_of(npy(header("", "(1,)"), "1234")), "unsupported: a.npy: NumPy dtype '' is not supported");
}

TEST(ReadNpy, BelievesNoLengthBeforeItIsThere) {
  EXPECT_EQ(error_of(npy(header("<f4", "(2, 3)"), std::string(23, 'x'))),
            "model: a.npy: shape [2, 3] of float32 needs 24 bytes, the file has 23");
  EXPECT_EQ(error_of(npy(header("<f4", "(2, 3)"), std::string(25, 'x'))),
            "model: a.npy: shape [2, 3] of float32 needs 24 bytes, the file has 25");
  EXPECT_EQ(error_of(npy(header("<f4", "(1000000000000,)"), "")),
            "model: a.npy: shape [1000000000000] of float32 needs 4000000000000 bytes, the file has 0");
  EXPECT_EQ(error_of(npy(header("<f8", "(2305843009213693952,)"), "")),  // 2^61 elements: 2^64 bytes
            "model: a.npy: a float64 tensor of shape [2305843009213693952] has more bytes than 2^64 - 1");
  EXPECT_EQ(error_of(npy(header("|u1", "(9223372036854775807, 2)"), "")),
            "model: a.npy: shape [9223372036854775807, 2] has more elements than 2^63 - 1");
  EXPECT_EQ(error_of(npy(header("|u1", "(9223372036854775808,)"), "")).substr(0, 63),
            "model: a.npy: damaged NumPy header: an axis beyond 2^63 - 1 at ");
}

TEST(ReadNpy, SaysWhereTheHeaderIsDamaged) {
  const auto damaged = [](const std::string& text) { return error_of(npy(text, "")); };
  const std::string at = "model: a.npy: damaged NumPy header: ";
  EXPECT_EQ(error_of("PK\3\4"), "model: a.npy: not a NumPy file: its first bytes are not \\x93NUMPY");
  EXPECT_EQ(error_of(""), "model: a.npy: not a NumPy file: its first bytes are not \\x93NUMPY");
  EXPECT_EQ(error_of("\x93NUMPY\1"), "model: a.npy: truncated NumPy header");
  EXPECT_EQ(error_of(npy(header("<f4", "()"), "1234").substr(0, 40)), "model: a.npy: truncated NumPy header");
  EXPECT_EQ(error_of(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14)), at + "its length is 4.3 GB");
  EXPECT_EQ(damaged(""), at + "'{' expected at character 0");
  EXPECT_EQ(damaged("{}"), at + "'descr', 'fortran_order' or 'shape' is missing at character 2");
  EXPECT_EQ(damaged("{'descr': '<f4'"), at + "'}' expected at character 15");
  EXPECT_EQ(damaged("{'descr': '<f4', 'descr': '<f4'}"), at + "unexpected key 'descr' at character 25");
  EXPECT_EQ(damaged("{'x': 1}"), at + "unexpected key 'x' at character 5");
  EXPECT_EQ(damaged("{'descr: 1}"), at + "a quote that is not closed at character 1");
  EXPECT_EQ(damaged("{'fortran_order': 0}"), at + "True or False expected at character 18");
  EXPECT_EQ(damaged("{'shape': (3)}"), at + "',' expected, as in (3,) at character 12");
  EXPECT_EQ(damaged("{'shape': (3, -1)}"), at + "a number expected at character 14");
  EXPECT_EQ(damaged("{'shape': (3, 4"), at + "')' expected at character 15");
  EXPECT_EQ(damaged(header("<f4", "()") + "x"), at + "text after the dictionary at character 66");
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "1,";
  EXPECT_EQ(damaged("{'shape': (" + axes + ")}"), at + "more than 64 axes at character 139");
  EXPECT_EQ(damaged(std::string(1000, '{')), at + "a quoted name expected at character 1");
}

TEST(ReadNpy, IsTheModelsFaultWhenTheFileIsNotThere) {
  try {
    read_npy("/nowhere/a.npy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    EXPECT_EQ(error.message(), "no such file: '/nowhere/a.npy'");
  }
}

TEST(WriteNpy, IsWhatNumPyWrites) {
  const TemporaryFolder folder("npy_test");
  Tensor tensor(ElementType::float32, {2, 1});
  tensor.as<float>()[1] = 1.0f;
  write_npy(folder.path() / "a.npy", tensor);
  // numpy.save of the same array: the header is filled with spaces so that the data starts at byte 128.
  std::string expected = std::string("\x93NUMPY\1\0\x76\0", 10) + "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  expected.resize(127, ' ');
  expected += std::string("\n\0\0\0\0\0\0\x80\x3f", 9);
  EXPECT_EQ(read_file(folder.path() / "a.npy"), expected);
}

TEST(WriteNpy, ReadsBackForEveryTypeAndRank) {
  const TemporaryFolder folder("npy_test");
  for (int type = 1; type <= 16; ++type) {
    if (static_cast<ElementType>(type) == ElementType::string) continue;
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{0, 2}, Shape{2, 3, 1}}) {
      Tensor tensor(static_cast<ElementType>(type), shape);
      for (std::size_t i = 0; i < tensor.bytes().size(); ++i) {
        tensor.bytes()[i] = static_cast<std::byte>(tensor.type() == ElementType::boolean ? i % 2 : 7 * i + 1);
      }
      write_npy(folder.path() / "a.npy", tensor);
      const Tensor back = read_npy(folder.path() / "a.npy");
      EXPECT_EQ(back.type(), tensor.type());
      EXPECT_EQ(back.shape(), tensor.shape());
      EXPECT_TRUE(std::equal(back.bytes().begin(), back.bytes().end(), tensor.bytes().begin(), tensor.bytes().end()));
    }
  }
}

TEST(WriteNpy, RefusesWhatNumPyCannotHold) {
  const TemporaryFolder folder("npy_test");
  EXPECT_THROW(write_npy(folder.path() / "a.npy", Tensor(ElementType::int4, {2})), Error);
  EXPECT_THROW(write_npy(folder.path() / "a.npy", Tensor(ElementType::float8e5m2, {2})), Error);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "a.npy"));
}

}  // namespace
}  // namespace autoaccel::base
