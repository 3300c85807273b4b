#include "worker/tensor_files.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "autoaccel/error.h"
#include "base/files.h"

namespace autoaccel::worker {
namespace {

TEST(TensorFiles, KeepTypeShapeAndBytes) {
  const base::TemporaryFolder folder("tensor_files_test");
  TensorSet set;
  set.push_back({"a/../b", Tensor(ElementType::float16, {2, 1})});
  set[0].tensor.as<std::uint16_t>()[0] = 0x3C00;
  set[0].tensor.as<std::uint16_t>()[1] = 0xFE01;  // a NaN with a payload
  set.push_back({"scalar", Tensor(ElementType::int64, {})});
  set[1].tensor.as<std::int64_t>()[0] = -5;

  write_sample_set(folder.path() / "new" / "folder", set);
  const TensorSet again = read_output_set(folder.path() / "new" / "folder", {"a/../b", "scalar"});
  ASSERT_EQ(again.size(), 2u);
  for (std::size_t i = 0; i < set.size(); ++i) {
    EXPECT_EQ(again[i].name, set[i].name);
    EXPECT_EQ(again[i].tensor.type(), set[i].tensor.type());
    EXPECT_EQ(again[i].tensor.shape(), set[i].tensor.shape());
    EXPECT_TRUE(std::ranges::equal(again[i].tensor.bytes(), set[i].tensor.bytes()));
  }
}

TEST(TensorFiles, SayWhatIsMissing) {
  const base::TemporaryFolder folder("tensor_files_test");
  EXPECT_THROW(read_output_set(folder.path(), {"x"}), Error);
  EXPECT_TRUE(read_output_set(folder.path(), {}).empty());
  EXPECT_THROW(write_sample_set("/proc/no/such/folder", {}), Error);
}

}  // namespace
}  // namespace autoaccel::worker
