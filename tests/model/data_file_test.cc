#include "model/data_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <span>
#include <string>

#include "autoaccel/error.h"
#include "base/files.h"

namespace autoaccel::model {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DataFileTest : public ::testing::TestWithParam<DataFile::Hold> {
 protected:
  DataFileTest() { std::ofstream(path(), std::ios::binary) << "0123456789"; }
  fs::path path() const { return folder_.path() / "data"; }

  static std::string read(const DataFile& file, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '?');
    file.read(offset, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }

  base::TemporaryFolder folder_{"autoaccel-data"};
};

TEST_P(DataFileTest, ReadsAnyRangeAndNothingBehindTheEnd) {
  const DataFile file(path(), GetParam());
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(read(file, 0, 10), "0123456789");
  EXPECT_EQ(read(file, 7, 3), "789");
  EXPECT_EQ(read(file, 10, 0), "");
  EXPECT_THROW(read(file, 8, 3), Error);
  EXPECT_THROW(read(file, 11, 1), Error);
  EXPECT_THROW(read(file, ~0ull, 2), Error);
}

TEST_P(DataFileTest, CopiesARangeIntoANewFile) {
  const DataFile file(path(), GetParam());
  NewFile target(folder_.path() / "copy", 6);
  target.write(0, std::as_bytes(std::span("ab", 2)));
  file.copy(3, 4, target, 2);
  target.commit();
  EXPECT_EQ(base::read_file(folder_.path() / "copy"), "ab3456");
}

TEST_P(DataFileTest, AFileThatIsChangedInPlaceIsRefused) {
  const DataFile file(path(), GetParam());
  std::ofstream(path(), std::ios::app) << "more";
  EXPECT_THROW(read(file, 0, 1), Error);
}

TEST_P(DataFileTest, AFileThatIsReplacedIsReadOnOrRefusedAndNeverMistaken) {
  const DataFile file(path(), GetParam());
  std::ofstream(folder_.path() / "other", std::ios::binary) << "abcdefghij";
  fs::rename(folder_.path() / "other", path());
  if (GetParam() == DataFile::Hold::open) {
    EXPECT_EQ(read(file, 0, 3), "012");
  } else {
    EXPECT_THROW(read(file, 0, 3), Error);
  }
}

INSTANTIATE_TEST_SUITE_P(Holds, DataFileTest, ::testing::Values(DataFile::Hold::open, DataFile::Hold::closed));

TEST(DataFile, LinksPipesAndFoldersAreRefusedWithoutWaiting) {
  const base::TemporaryFolder folder("autoaccel-data");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  fs::create_symlink(folder.path() / "nowhere", folder.path() / "link");
  for (const char* name : {"pipe", "link", "missing", "."}) {
    try {
      const DataFile file(folder.path() / name);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model) << name;
    }
  }
}

}  // namespace
}  // namespace autoaccel::model
