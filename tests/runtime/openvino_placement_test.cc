#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/openvino/placement.h"

namespace autoaccel::runtime::openvino {
namespace {

using Nodes = std::vector<ExecutedNode>;

TEST(OpenVinoPlacement, CountsWhatComputes) {
  const Nodes nodes{{"Input", "f32"},        {"Const", "f32"},        {"Convolution", "bf16"}, {"Convolution", "bf16"},
                    {"Reorder", "f32"},      {"Convert", "f32"},      {"Reshape", "f32"},      {"Deconvolution", "f32"},
                    {"Interpolate", "bf16"}, {"StridedSlice", "i64"}, {"Output", "f32"}};
  const Placement placement = placement_from_nodes(nodes, "bf16", {});
  EXPECT_EQ(placement.nodes_by_kind, (std::map<std::string, int>{{"bf16", 3}, {"f32", 1}, {"i64", 1}}));
  EXPECT_EQ(placement.summary, "3 nodes bf16, 1 f32 (1 Deconvolution), 1 i64 (1 StridedSlice); 2 reorders");
  EXPECT_TRUE(placement.warnings.empty());
}

TEST(OpenVinoPlacement, F32HasToBeF32) {
  EXPECT_TRUE(placement_from_nodes(Nodes{{"Convolution", "f32"}, {"Gather", "i64"}}, "f32", {}).warnings.empty());
  const Placement lower = placement_from_nodes(Nodes{{"Convolution", "f32"}, {"MatMul", "bf16"}}, "f32", {});
  ASSERT_EQ(lower.warnings.size(), 1u);
  EXPECT_EQ(lower.warnings[0], "asked for f32, and ran 1 nodes bf16, 1 f32 (1 Convolution)");
}

TEST(OpenVinoPlacement, TypesOfTheFileWinOverTheSetting) {
  // float16 inputs of a model that is to be computed in f32: the node that widens them runs as f16.
  const Nodes nodes{{"Subgraph", "f16"}, {"Convolution", "f32"}};
  EXPECT_TRUE(placement_from_nodes(nodes, "f32", {"f16"}).warnings.empty());
  EXPECT_EQ(placement_from_nodes(nodes, "f32", {"bf16"}).warnings.size(), 1u);
}

TEST(OpenVinoPlacement, ALowerPrecisionThatNoNodeUsedIsAWarning) {
  const Nodes nodes{{"Convolution", "bf16"}, {"Math", "f32"}};
  EXPECT_TRUE(placement_from_nodes(nodes, "bf16", {}).warnings.empty());
  EXPECT_TRUE(placement_from_nodes(nodes, "default", {}).warnings.empty());
  EXPECT_EQ(placement_from_nodes(nodes, "f16", {}).warnings.size(), 1u);
}

TEST(OpenVinoPlacement, LayersCountByWhatTheirKernelsComputeIn) {
  // As 2026.4.1 reported nodes of forms of nudenet and MiniLM; Deconvolution, unknown and i32 are made up.
  const Nodes nodes{{"Convolution", "u8", "brgconv_avx512_1x1_I8"},
                    {"Convolution", "bf16", "brgconv_avx512_bf16"},
                    {"Convolution", "f32", "unknown"},
                    {"Deconvolution", "f32", "jit_avx512_f32"},
                    {"FullyConnected", "i8", "brgemm_avx512_i8"},
                    {"FullyConnected", "u8", "brgemm_avx512_f32"},   // floats times integer weights
                    {"FullyConnected", "i4", "brgemm_avx512_bf16"},  // the same
                    {"MatMul", "f32", "brgemm_avx512_f32"},
                    {"MatMul", "i32", "ref_any_i32"},  // arithmetic on shapes is no layer
                    {"Subgraph", "i8", "jit_avx512_i8"}};
  using Layers = std::map<std::string, std::map<std::string, int>>;
  EXPECT_EQ(placement_from_nodes(nodes, "default", {}).layers,
            (Layers{{"Conv", {{"i8", 1}, {"bf16", 1}, {"f32", 1}}},
                    {"ConvTranspose", {{"f32", 1}}},
                    {"MatMul", {{"i8", 1}, {"integer_weights", 2}, {"f32", 1}}}}));
}

TEST(OpenVinoPlacement, NamesTheMostFrequentLayersOfTheRest) {
  Nodes nodes(10, {"Convolution", "bf16"});
  for (const char* layer : {"A", "A", "A", "B", "B", "C", "D", "E", "F"}) nodes.push_back({layer, "f32"});
  EXPECT_EQ(placement_from_nodes(nodes, "default", {}).summary, "10 nodes bf16, 9 f32 (3 A, 2 B, 1 C, 1 D, …)");
}

}  // namespace
}  // namespace autoaccel::runtime::openvino
