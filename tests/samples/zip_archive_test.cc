#include "samples/zip_archive.h"

#include <gtest/gtest.h>

#include "autoaccel/error.h"
#include "zip_bytes.h"

namespace autoaccel::samples {
namespace {

constexpr std::uint64_t kLimit = 1 << 20;

class ZipArchiveTest : public testing::Test {
 protected:
  ZipArchive open(const std::string& bytes) { return ZipArchive(write_bytes(folder_.path() / "a.zip", bytes)); }

  static std::string text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// The error of reading the first file, or of opening; "" without one.
  std::string error_of(const std::string& bytes, std::uint64_t limit = kLimit, Cause cause = Cause::model) {
    try {
      const ZipArchive archive = open(bytes);
      archive.read(archive.entries().at(0), limit);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), cause) << error.message();
      const std::string path = (folder_.path() / "a.zip").string();
      const std::size_t at = error.message().find(path);
      EXPECT_NE(at, std::string::npos) << error.message();
      return error.message().substr(at + path.size());
    }
  }

  base::TemporaryFolder folder_{"zip", fast_folder()};
  std::string long_text_ = std::string(3000, 'a') + std::string(500, 'b') + "end";
};

TEST_F(ZipArchiveTest, ReadsStoredAndDeflatedFilesInTheDirectorysOrder) {
  const ZipArchive archive = open(make_zip(
      {{"one.npy", "hello"}, {"../../etc/two", long_text_, true}, {"empty", ""}, {"deflated nothing", "", true}}));
  ASSERT_EQ(archive.entries().size(), 4u);
  EXPECT_EQ(archive.entries()[1].name, "../../etc/two") << "a name is a name and no path";
  EXPECT_EQ(text(archive.read(archive.entries()[0], kLimit)), "hello");
  EXPECT_EQ(text(archive.read(archive.entries()[1], kLimit)), long_text_);
  EXPECT_EQ(text(archive.read(archive.entries()[2], kLimit)), "");
  EXPECT_EQ(text(archive.read(archive.entries()[3], kLimit)), "");
}

TEST_F(ZipArchiveTest, ReadsZip64DataDescriptorsAndComments) {
  const std::vector<ZipMember> members = {
      {.name = "a", .content = long_text_, .deflated = true, .zip64 = true},
      {.name = "b", .content = "stored", .zip64 = true, .data_descriptor = true},
      {.name = "c", .content = long_text_, .deflated = true, .data_descriptor = true}};
  for (const bool zip64_end : {false, true}) {
    const ZipArchive archive = open(make_zip(members, "PK\x05\x06 a comment", zip64_end));
    ASSERT_EQ(archive.entries().size(), 3u);
    EXPECT_EQ(text(archive.read(archive.entries()[0], kLimit)), long_text_);
    EXPECT_EQ(text(archive.read(archive.entries()[1], kLimit)), "stored");
    EXPECT_EQ(text(archive.read(archive.entries()[2], kLimit)), long_text_);
  }
}

TEST_F(ZipArchiveTest, AWrongCrcIsAnError) {
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = "hello", .crc_change = 1}})),
            "[a]: damaged .zip archive: its CRC does not match its data");
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = long_text_, .deflated = true, .crc_change = 1}})),
            "[a]: damaged .zip archive: its CRC does not match its data");
}

TEST_F(ZipArchiveTest, SizesThatLieAreErrors) {
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = "hello", .claimed_bytes = 6}})),
            "[a]: damaged .zip archive: it claims 6 bytes from 5 bytes");
  for (const std::int64_t claimed : {0, 1, 3502, 3504, 20000}) {
    EXPECT_EQ(
        error_of(make_zip({{.name = "a", .content = long_text_, .deflated = true, .claimed_bytes = claimed}})),
        "[a]: damaged .zip archive: its data does not inflate to the " + std::to_string(claimed) + " bytes it claims");
  }
}

TEST_F(ZipArchiveTest, BombsAreRefusedBeforeTheyTakeMemory) {
  const std::string zeros(500000, '\0');
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = zeros, .deflated = true}})), "")
      << "a thousand to one is what deflate can do";
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = zeros, .deflated = true}}), 499999),
            "[a] has 500 kB, more than the 500 kB that samples may have");
  const std::string claim = error_of(
      make_zip(
          {{.name = "a", .content = "hello", .deflated = true, .zip64 = true, .claimed_bytes = std::int64_t{1} << 50}}),
      ~0ull);
  EXPECT_TRUE(claim.starts_with("[a]: damaged .zip archive: it claims 1.1 PB from ") ||
              claim.starts_with("[a]: damaged .zip archive: it claims 1126 TB from ") ||
              claim.starts_with("[a]: damaged .zip archive: it claims 1125.9 TB from "))
      << claim;
}

TEST_F(ZipArchiveTest, WhatItCannotReadIsUnsupported) {
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = "hello", .flags = 1}}), kLimit, Cause::unsupported),
            "[a] is encrypted");
  EXPECT_EQ(error_of(make_zip({{.name = "a", .content = "hello", .method = 14}}), kLimit, Cause::unsupported),
            "[a] is compressed by method 14");
}

TEST_F(ZipArchiveTest, OtherFilesAreNoArchives) {
  EXPECT_EQ(error_of(""), ": damaged .zip archive: it is too short");
  EXPECT_EQ(error_of(std::string(100, 'x')),
            ": damaged .zip archive: it has no end record; it is truncated, or no .zip file");
}

TEST_F(ZipArchiveTest, TruncatedAnywhereItIsAnError) {
  for (const bool zip64 : {false, true}) {
    const std::string whole = make_zip(
        {{.name = "a", .content = "hello", .zip64 = zip64}, {.name = "b", .content = long_text_, .deflated = true}}, "",
        zip64);
    for (std::size_t length = 0; length < whole.size(); ++length)
      EXPECT_NE(error_of(whole.substr(0, length)), "") << length;
    // Cut at the front, everything is elsewhere than the directory says.
    for (std::size_t gone = 1; gone < whole.size(); ++gone) EXPECT_NE(error_of(whole.substr(gone)), "") << gone;
  }
}

TEST_F(ZipArchiveTest, AChangedByteIsAnErrorOrChangesNothing) {
  const std::string whole = make_zip({{.name = "a", .content = long_text_, .deflated = true, .zip64 = true}}, "", true);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ change);
      try {
        const ZipArchive archive = open(changed);
        for (const ZipEntry& entry : archive.entries()) EXPECT_EQ(text(archive.read(entry, kLimit)), long_text_) << at;
      } catch (const Error& error) {
        EXPECT_TRUE(error.cause() == Cause::model || error.cause() == Cause::unsupported) << error.message();
      }
    }
  }
}

}  // namespace
}  // namespace autoaccel::samples
