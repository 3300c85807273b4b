#include <filesystem>
#include <map>
#include <string>

#include "autoaccel/error.h"
#include "recipe/recipe.h"
#include "rewrite/precision_rules.h"
#include "rewrite/value_table.h"
#include "support/rewrite/rewriting.h"

namespace autoaccel::recipe {
using namespace autoaccel::rewrite;  // model_of, text_of and what else tests of rewriting share

namespace {

namespace fs = std::filesystem;

/// What must hold of the float16 conversion of a real model. Shapes are those that the models are used with.
struct RealModel {
  const char* file;
  std::map<std::string, Shape> shapes;
  int heavy_nodes;  ///< convolutions, matrix products, recurrent layers; all of them must change
};

void PrintTo(const RealModel& model, std::ostream* out) { *out << model.file; }

class RealModels : public ::testing::TestWithParam<RealModel> {
 protected:
  void SetUp() override {
    path_ = fs::path(AUTOACCEL_MODELS_DIR) / GetParam().file;
    if (!fs::exists(path_)) GTEST_SKIP() << path_ << " is missing; tools/setup fetches it";
  }
  fs::path path_;
};

int heavy_nodes_in(model::Model& model, ElementType type) {
  const ValueTable table(model.proto());
  int count = 0;
  for (const PlacedNode& placed : table.nodes()) {
    if (!is_heavy(*placed.node)) continue;
    count += table.input(*placed.node, 0)->type == type;
  }
  return count;
}

TEST_P(RealModels, ConvertToFloat16) {
  const model::Model original = model::Model::load(path_);
  for (const IoTypes io : {IoTypes::original, IoTypes::reduced}) {
    PassReport report;
    model::Model result = apply(*find_recipe("fp16"), original, {.io = io, .input_shapes = GetParam().shapes}, report);
    EXPECT_EQ(heavy_nodes_in(result, ElementType::float16), GetParam().heavy_nodes);
    EXPECT_EQ(heavy_nodes_in(result, ElementType::float32), 0);
    for (const auto& infos :
         {std::pair{original.inputs(), result.inputs()}, std::pair{original.outputs(), result.outputs()}}) {
      ASSERT_EQ(infos.first.size(), infos.second.size());
      for (std::size_t i = 0; i < infos.first.size(); ++i) {
        const bool changes = io == IoTypes::reduced && infos.first[i].type == ElementType::float32;
        EXPECT_EQ(infos.second[i].type, changes ? ElementType::float16 : infos.first[i].type) << infos.first[i].name;
        EXPECT_EQ(infos.second[i].name, infos.first[i].name);
        EXPECT_EQ(infos.second[i].shape, infos.first[i].shape);
      }
    }
    // A second time there is nothing left to do.
    PassReport again;
    EXPECT_THROW(apply(*find_recipe("fp16"), result, {.io = io, .input_shapes = GetParam().shapes}, again), Error);
  }
}

TEST_P(RealModels, StoreTheirWeightsInHalfTheBytes) {
  const model::Model original = model::Model::load(path_);
  PassReport report;
  model::Model result = apply(*find_recipe("fp16_weights"), original, {}, report);
  EXPECT_EQ(heavy_nodes_in(result, ElementType::float32), GetParam().heavy_nodes);
  const ValueTable table(result.proto());
  for (const Value& value : table.values()) {
    if (value.weight == nullptr || value.type != ElementType::float32) continue;
    EXPECT_LE(model::Model::weight_bytes(*value.weight), model::Model::kInlineBytes) << value.name;
  }
  EXPECT_GT(report.weights_converted, 0);
}

// Counted in the models: every Conv, ConvTranspose, MatMul and LSTM of the graph and its subgraphs.
INSTANTIATE_TEST_SUITE_P(
    Rewrite, RealModels,
    ::testing::Values(RealModel{"ppocr_det.onnx", {{"x", {1, 3, 640, 640}}}, 62 + 2},
                      RealModel{"ppocr_rec.onnx", {{"x", {1, 3, 48, 320}}}, 38 + 13},
                      RealModel{"ppocr_cls.onnx", {{"x", {1, 3, 48, 192}}}, 53 + 1},
                      RealModel{"nudenet.onnx", {{"images", {1, 3, 320, 320}}}, 64},
                      RealModel{"magika.onnx", {{"bytes", {1, 2048}}}, 2 + 1},
                      RealModel{"silero_vad.onnx", {{"input", {1, 576}}, {"state", {2, 1, 128}}}, 2 * 6 + 4}),
    [](const auto& tested) { return fs::path(tested.param.file).stem().string(); });

}  // namespace
}  // namespace autoaccel::recipe
