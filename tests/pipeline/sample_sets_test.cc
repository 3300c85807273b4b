#include "pipeline/sample_sets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/byte_mapping.h"
#include "base/files.h"
#include "base/npy.h"

namespace autoaccel::pipeline {
namespace {

const ByteMapping kMapping{.scale = {1 / 58.395, 1 / 57.12}, .mean = {123.675, 116.28}, .axis = 1};

Tensor all_bytes() {
  Tensor bytes(ElementType::uint8, {1, 2, 256});
  for (int i = 0; i < 512; ++i) bytes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

TEST(SampleSets, GiveTheBytesThatNumbersStandFor) {
  const base::TemporaryFolder folder("sample-sets-");
  const Tensor numbers = base::numbers_from_bytes(all_bytes(), kMapping, ElementType::float32);
  Tensor plain(ElementType::float32, {2});
  plain.as<float>()[0] = 3.75f;
  const TensorInfo x{"x", ElementType::float32, Shape{1, 2, 256}, {}}, z{"z", ElementType::float32, Shape{2}, {}};
  SampleSets::store(folder.path(), {x, z}, {{{"x", numbers}, {"z", plain}}});
  const SampleSets sets(folder.path(), {x, z}, 1, {{"x", kMapping}});

  TensorInfo bytes = x, cast = z;
  bytes.type = cast.type = ElementType::uint8;
  const auto folders = sets.folders({bytes, cast});
  ASSERT_EQ(folders.size(), 1u);
  EXPECT_NE(folders[0], sets.folders({x, z})[0]);
  const Tensor got = base::read_npy(folders[0] / "0.npy");
  EXPECT_EQ(got.type(), ElementType::uint8);
  EXPECT_TRUE(std::ranges::equal(got.as<std::uint8_t>(), all_bytes().as<std::uint8_t>()));
  EXPECT_EQ(base::read_npy(folders[0] / "1.npy").as<std::uint8_t>()[0], 3);  // holds no bytes: cast
  EXPECT_EQ(base::read_npy(sets.folders({x, z})[0] / "0.npy").type(), ElementType::float32);
}

}  // namespace
}  // namespace autoaccel::pipeline
