#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "base/numeric.h"
#include "model/graph.h"
#include "model/model.h"
#include "support/models.h"

// Sanitizers multiply memory by a factor that is no property of ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AUTOACCEL_MEMORY_TEST DISABLED_MemoryTest
#else
#define AUTOACCEL_MEMORY_TEST MemoryTest
#endif

namespace autoaccel::model {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kModelBytes = 300 * kMegabyte;
// Code, protobuf's and onnx's tables (about 30 MB), and a few slices for each of at most eight threads.
constexpr std::uint64_t kBound = 120 * kMegabyte;

/// Every float32 initializer as float16, as a pass does it.
void halve(Model& model) {
  for (auto& tensor : *model.proto().mutable_graph()->mutable_initializer()) {
    const onnx::TensorProto source = tensor;
    tensor.set_data_type(onnx::TensorProto::FLOAT16);
    model.set_derived(tensor, {.source = source,
                               .source_slice_bytes = 4,
                               .slice_bytes = 2,
                               .convert = [](std::span<const std::byte> from, std::span<std::byte> to, auto) {
                                 base::convert({reinterpret_cast<const float*>(from.data()), from.size() / 4},
                                               {reinterpret_cast<std::uint16_t*>(to.data()), to.size() / 2},
                                               ElementType::float16);
                               }});
  }
}

TEST(AUTOACCEL_MEMORY_TEST, LoadingConvertingAndSavingHoldsNoWeights) {
  const base::TemporaryFolder folder("autoaccel-memory");
  const auto path = folder.path() / "large.onnx";
  test_support::generate_large_model(path, kModelBytes, 1024);
  const std::uint64_t converting = test_support::peak_resident_bytes_of([&] {
    Model model = Model::load(path);
    halve(model);
    model.save(folder.path() / "half.onnx", {.external_above_bytes = 0});
  });
  EXPECT_LT(converting, kBound);
  const std::uint64_t embedding = test_support::peak_resident_bytes_of([&] {
    Model::load(folder.path() / "half.onnx").save(folder.path() / "inside.onnx");
    Model::load(folder.path() / "inside.onnx").save(folder.path() / "copy.onnx");
  });
  EXPECT_LT(embedding, kBound);
  const std::uint64_t looking = test_support::peak_resident_bytes_of([&] {
    const Model model = Model::load(folder.path() / "inside.onnx");
    check(model);
    infer_types(model);
    summarize(model);
    for_each_tensor(model.proto(), [&](const onnx::TensorProto& tensor) {
      model.for_each_slice(tensor, 1 << 20, [](std::span<const std::byte>) {});
    });
  });
  EXPECT_LT(looking, kBound);

  // And it is the right thing that was written: w5 is the sixth matrix of 4 MiB.
  const Model model = Model::load(path);
  const Model copy = Model::load(folder.path() / "copy.onnx");
  const Tensor floats = model.read_weight(model.proto().graph().initializer(5));
  const Tensor halves = copy.read_weight(copy.proto().graph().initializer(5));
  ASSERT_EQ(halves.type(), ElementType::float16);
  for (std::size_t i = 0; i < floats.as<float>().size(); ++i) {
    ASSERT_EQ(halves.as<std::uint16_t>()[i], base::float16_from_float32(floats.as<float>()[i])) << i;
  }
}

}  // namespace
}  // namespace autoaccel::model
