#include "model/weight_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "autoaccel/error.h"

namespace autoaccel::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

onnx::TensorProto bytes_tensor(const std::string& name, std::int64_t count) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::UINT8);
  tensor.add_dims(count);
  return tensor;
}

/// 0, 1, 2, …
onnx::TensorProto counting(std::int64_t count) {
  onnx::TensorProto tensor = bytes_tensor("source", count);
  std::string bytes(static_cast<std::size_t>(count), '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  tensor.set_raw_data(bytes);
  return tensor;
}

/// Slices of 3 bytes become 2: their sum and their largest.
DerivedWeight sum_and_largest(const onnx::TensorProto& source, std::vector<std::size_t>* calls = nullptr) {
  return {.source = source,
          .source_slice_bytes = 3,
          .slice_bytes = 2,
          .convert = [calls](std::span<const std::byte> from, std::span<std::byte> to, auto) {
            if (calls) calls->push_back(from.size() / 3);
            ASSERT_EQ(from.size() / 3, to.size() / 2);
            for (std::size_t i = 0; i < from.size() / 3; ++i) {
              const auto at = [&](std::size_t k) { return static_cast<int>(from[3 * i + k]); };
              to[2 * i] = static_cast<std::byte>(at(0) + at(1) + at(2));
              to[2 * i + 1] = static_cast<std::byte>(std::max({at(0), at(1), at(2)}));
            }
          }};
}

std::vector<int> read(const WeightStore& store, const onnx::TensorProto& tensor, std::uint64_t offset,
                      std::size_t count) {
  std::vector<std::byte> bytes(count);
  store.read(tensor, offset, bytes);
  std::vector<int> values;
  for (const std::byte b : bytes) values.push_back(static_cast<int>(b));
  return values;
}

TEST(WeightStore, ReadsAnyRangeOfADerivedWeight) {
  WeightStore store;
  onnx::TensorProto tensor = bytes_tensor("derived", 8);
  store.set(tensor, sum_and_largest(counting(12)));
  // Slices (0 1 2) (3 4 5) (6 7 8) (9 10 11).
  EXPECT_THAT(read(store, tensor, 0, 8), ElementsAre(3, 2, 12, 5, 21, 8, 30, 11));
  EXPECT_THAT(read(store, tensor, 2, 4), ElementsAre(12, 5, 21, 8));
  EXPECT_THAT(read(store, tensor, 3, 4), ElementsAre(5, 21, 8, 30));  // from inside a slice into another
  EXPECT_THAT(read(store, tensor, 7, 1), ElementsAre(11));
  EXPECT_EQ(store.granularity(tensor), 2u);
}

TEST(WeightStore, DerivedWeightsMayBeDerivedFrom) {
  WeightStore store;
  onnx::TensorProto first = bytes_tensor("first", 12);
  store.set(first, sum_and_largest(counting(18)));  // 3 2 12 5 21 8 30 11 39 14 48 17
  onnx::TensorProto second = bytes_tensor("second", 8);
  store.set(second, sum_and_largest(first));
  EXPECT_THAT(read(store, second, 0, 8), ElementsAre(17, 12, 34, 21, 80, 39, 79, 48));
}

TEST(WeightStore, StepsAreBoundedAndHoldWholeSlices) {
  WeightStore store;
  const std::int64_t slices = 800'000;  // 2.4 MB of source in steps of at most 1 MiB
  onnx::TensorProto tensor = bytes_tensor("derived", 2 * slices);
  std::vector<std::size_t> calls;
  store.set(tensor, sum_and_largest(counting(3 * slices), &calls));
  read(store, tensor, 0, static_cast<std::size_t>(2 * slices));
  // 2^20 / 3 = 349525 slices a step.
  EXPECT_THAT(calls, ElementsAre(349525, 349525, 100950));
}

TEST(WeightStore, ConversionsAreToldWhichSlicesTheyMake) {
  WeightStore store;
  onnx::TensorProto tensor = bytes_tensor("derived", 6);
  store.set(tensor, {.source = counting(12),
                     .source_slice_bytes = 4,
                     .slice_bytes = 2,
                     .convert = [](std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t first) {
                       for (std::size_t i = 0; i < from.size() / 4; ++i) {
                         to[2 * i] = static_cast<std::byte>(first + i);
                         to[2 * i + 1] = from[4 * i];
                       }
                     }});
  EXPECT_THAT(read(store, tensor, 0, 6), ElementsAre(0, 0, 1, 4, 2, 8));
  EXPECT_THAT(read(store, tensor, 2, 2), ElementsAre(1, 4));
  EXPECT_THAT(read(store, tensor, 3, 3), ElementsAre(4, 2, 8));  // from inside a slice
}

TEST(WeightStore, BytesInMemoryAreShared) {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(5, std::byte{7});
  WeightStore store;
  onnx::TensorProto tensor = bytes_tensor("shared", 5);
  store.set(tensor, SharedBytes{bytes, *bytes});
  EXPECT_THAT(read(store, tensor, 0, 5), ElementsAre(7, 7, 7, 7, 7));
  EXPECT_THAT(read(WeightStore(store), tensor, 4, 1), ElementsAre(7));
  EXPECT_EQ(bytes.use_count(), 2);  // the copy of the store has gone, and copied no byte
  EXPECT_EQ(store.file_range(tensor), std::nullopt);
  onnx::TensorProto larger = bytes_tensor("larger", 6);
  EXPECT_THROW(store.set(larger, SharedBytes{bytes, *bytes}), Error);
}

TEST(WeightStore, AWholeTensorMayBeOneSlice) {
  WeightStore store;
  onnx::TensorProto tensor = bytes_tensor("derived", 1);
  store.set(tensor, {.source = counting(10),
                     .source_slice_bytes = 10,
                     .slice_bytes = 1,
                     .convert = [](std::span<const std::byte> from, std::span<std::byte> to, auto) {
                       int sum = 0;
                       for (const std::byte b : from) sum += static_cast<int>(b);
                       to[0] = static_cast<std::byte>(sum);
                     }});
  EXPECT_THAT(read(store, tensor, 0, 1), ElementsAre(45));
}

TEST(WeightStore, SourcesInTypedFieldsAreRead) {
  WeightStore store;
  onnx::TensorProto source = bytes_tensor("source", 3);
  for (const int value : {200, 1, 2}) source.add_int32_data(value);
  onnx::TensorProto tensor = bytes_tensor("derived", 2);
  store.set(tensor, sum_and_largest(source));
  EXPECT_THAT(read(store, tensor, 0, 2), ElementsAre(203, 200));
}

TEST(WeightStore, SlicesThatDoNotMakeTheTensorAreADefect) {
  WeightStore store;
  const auto cause_of = [&](onnx::TensorProto tensor, DerivedWeight weight) {
    try {
      store.set(tensor, std::move(weight));
    } catch (const Error& error) {
      return error.cause();
    }
    return Cause::usage;
  };
  EXPECT_EQ(cause_of(bytes_tensor("t", 9), sum_and_largest(counting(12))), Cause::defect);
  EXPECT_EQ(cause_of(bytes_tensor("t", 8), sum_and_largest(counting(13))), Cause::defect);
  DerivedWeight empty = sum_and_largest(counting(12));
  empty.slice_bytes = 0;
  EXPECT_EQ(cause_of(bytes_tensor("t", 8), empty), Cause::defect);
}

TEST(WeightStore, AReferenceWhoseShapeWasChangedIsADefect) {
  WeightStore store;
  onnx::TensorProto tensor = bytes_tensor("derived", 8);
  store.set(tensor, sum_and_largest(counting(12)));
  tensor.set_dims(0, 6);
  EXPECT_THROW(read(store, tensor, 0, 1), Error);
  tensor.set_dims(0, 8);
  EXPECT_THROW(read(store, tensor, 4, 5), Error);          // behind the end
  EXPECT_THROW(read(WeightStore(), tensor, 0, 1), Error);  // of another model
}

}  // namespace
}  // namespace autoaccel::model
