#include "pipeline/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/npy.h"
#include "pipeline/calibration_groups.h"
#include "pipeline/calibration_products.h"
#include "quantize/ranges_file.h"
#include "runtime/catalogue.h"
#include "runtime/fake/description.h"
#include "support/models.h"

namespace autoaccel::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class Notes final : public Observer {
 public:
  void planned(int, std::uint64_t, int, int) override {}
  void started(const Variant&, int, int) override {}
  void stage(const std::string& what) override { stages.push_back(what); }
  void finished(const Record&, int, int) override {}
  void note(const std::string& line) override { notes.push_back(line); }

  std::vector<std::string> stages, notes;
};

/// a = x · w + 1; b = Relu(a); the rest reads b, in a subgraph too.
model::Model net() {
  return test_support::model_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    net (float[N, 3] x, bool flag) => (float[N, 3] y) <float[3] w = {1, 2, -1}, float[3] unused = {0, 0, 0}> {
      one = Constant<value = float {1}>()
      scaled = Mul(x, w)
      a = Add(scaled, one)
      b = Relu(a)
      count = Shape(b)
      c = If (flag) <
        then_branch = yes () => (float[N, 3] p) { inner = Neg(b) p = Exp(inner) },
        else_branch = no () => (float[N, 3] q) { q = Identity(a) }
      >
      y = Sigmoid(c)
    })");
}

std::map<std::string, TensorInfo> types_of(const model::Model& model, std::int64_t batch) {
  return model::infer_types(model, {{"x", {batch, 3}}});
}

const worker::Axes kWanted{{"x", 1},
                           {"a", 1},
                           {"b", -1},
                           {"y", std::nullopt},
                           {"one", 0},
                           {"w", 0},
                           {"count", 0},
                           {"inner", 1},
                           {"none", 0},
                           {"flag", std::nullopt},
                           {"scaled", std::nullopt}};

std::vector<std::vector<std::string>> names_of(const std::vector<worker::Axes>& groups) {
  std::vector<std::vector<std::string>> names;
  for (const worker::Axes& group : groups) {
    names.emplace_back();
    for (const auto& [name, axis] : group) names.back().push_back(name);
  }
  return names;
}

TEST(PlanWatches, TakesWhatIsAFloatOfTheMainGraph) {
  const model::Model model = net();
  const WatchPlan plan = plan_watches(model, kWanted, types_of(model, 2), 1000);
  EXPECT_THAT(plan.inputs, ElementsAre(Pair("x", 1)));
  EXPECT_THAT(names_of(plan.groups), ElementsAre(ElementsAre("a", "b", "scaled", "y")));
  EXPECT_EQ(plan.groups[0].at("b"), -1);
  EXPECT_EQ(plan.groups[0].at("y"), std::nullopt);
}

TEST(PlanWatches, FillsGroupsInTheOrderOfTheGraph) {
  const model::Model model = net();
  // At a batch of 2 each value has 24 bytes.
  EXPECT_THAT(names_of(plan_watches(model, kWanted, types_of(model, 2), 49).groups),
              ElementsAre(ElementsAre("a", "scaled"), ElementsAre("b", "y")));
  EXPECT_THAT(names_of(plan_watches(model, kWanted, types_of(model, 2), 48).groups),
              ElementsAre(ElementsAre("a", "scaled"), ElementsAre("b", "y")));
  EXPECT_EQ(plan_watches(model, kWanted, types_of(model, 2), 47).groups.size(), 4U);
  EXPECT_EQ(plan_watches(model, kWanted, types_of(model, 2), 1).groups.size(), 4U) << "never an empty one";
}

TEST(PlanWatches, TakesAnUnknownShapeForTheLargest) {
  const model::Model model = test_support::model_from_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    net (float[100] x) => (float[M] y, float[1] z) <int64[1] first = {0}> {
      at = NonZero(x)
      picked = Gather<axis = 0>(x, at)
      flat = Flatten<axis = 0>(picked)
      y = Relu(flat)
      big = Exp(x)
      z = Gather<axis = 0>(big, first)
    })");
  const worker::Axes wanted{{"picked", std::nullopt}, {"z", std::nullopt}};
  const auto types = model::infer_types(model);
  // Of picked only the rank is known: it counts like big, 400 bytes; z has 4.
  EXPECT_EQ(plan_watches(model, wanted, types, 404).groups.size(), 1U);
  EXPECT_EQ(plan_watches(model, wanted, types, 403).groups.size(), 2U);
}

TEST(WatchedCopies, HoldWhatTheirOutputsNeed) {
  const base::TemporaryFolder folder("watched_copies_test");
  const model::Model original = net();
  const WatchedCopies copies(original, folder.path(), base::CancelToken());
  const auto types = types_of(original, 2);
  const fs::path path = copies.show({{"b", 1}}, types);
  const model::Model shown = model::Model::load(path);
  model::check(shown);
  ASSERT_EQ(shown.outputs().size(), 1U);
  EXPECT_EQ(shown.outputs()[0].name, "b");
  std::vector<std::string> operators, weights;
  for (const auto& node : shown.proto().graph().node()) operators.push_back(node.op_type());
  for (const auto& weight : shown.proto().graph().initializer()) weights.push_back(weight.name());
  EXPECT_THAT(operators, ElementsAre("Constant", "Mul", "Add", "Relu"));
  EXPECT_THAT(weights, ElementsAre("w"));
  EXPECT_EQ(shown.inputs().size(), 2U) << "the inputs stay, so that samples fit";

  const model::Model captured = model::Model::load(copies.show({{"c", 1}}, types));
  model::check(captured);
  EXPECT_EQ(captured.proto().graph().node_size(), 5)
      << "what only the subgraphs read is there; Shape and Sigmoid are not";
}

TEST(WatchedCopies, ShowProductsOfChannels) {
  const base::TemporaryFolder folder("watched_copies_test");
  const model::Model original = net();
  const auto types = types_of(original, 2);
  EXPECT_THAT(known_channels(original, types, 3),
              ElementsAre(Pair("a", 3), Pair("b", 3), Pair("c", 3), Pair("scaled", 3), Pair("x", 3), Pair("y", 3)));
  EXPECT_THAT(known_channels(original, types, 2), IsEmpty());
  const WatchedCopies copies(original, folder.path(), base::CancelToken());
  const model::Model shown = model::Model::load(copies.show_products({{"b", 3}, {"x", 3}}));
  model::check(shown);
  EXPECT_EQ(shown.outputs().size(), 2U);
  std::vector<std::string> operators;
  for (const auto& node : shown.proto().graph().node()) operators.push_back(node.op_type());
  EXPECT_THAT(operators, ElementsAre("Constant", "Mul", "Add", "Relu", "Reshape", "Transpose", "MatMul", "Reshape",
                                     "Transpose", "MatMul"));
}

TEST(WatchedCopies, ShareTheWeights) {
  const base::TemporaryFolder folder("watched_copies_test");
  test_support::generate_large_model(folder.path() / "model.onnx", 4u << 20, 256);  // 16 matrices of 256 kB
  const model::Model original = model::Model::load(folder.path() / "model.onnx");
  const fs::path copies_folder = folder.path() / "copies";
  fs::create_directory(copies_folder);
  const WatchedCopies copies(original, copies_folder, base::CancelToken());
  const auto types = model::infer_types(original);
  const std::string last = original.proto().graph().node(3).output(0);
  const fs::path path = copies.show({{last, std::nullopt}}, types);
  EXPECT_LT(fs::file_size(path), 10'000U);
  const model::Model shown = model::Model::load(path);
  EXPECT_EQ(shown.proto().graph().node_size(), 4);
  for (const auto& weight : shown.proto().graph().initializer()) {
    const auto& of_original = original.proto().graph().initializer();
    const auto same = std::find_if(of_original.begin(), of_original.end(),
                                   [&](const auto& other) { return other.name() == weight.name(); });
    const Tensor one = shown.read_weight(weight), other = original.read_weight(*same);
    EXPECT_TRUE(std::ranges::equal(one.bytes(), other.bytes())) << weight.name();
  }
}

/// With the real ONNX Runtime, where this build has its worker.
class CalibrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(workers() / "autoaccel-worker-onnxruntime")) GTEST_SKIP() << "no worker of ONNX Runtime";
  }

  static fs::path workers() { return AUTOACCEL_BIN_DIR; }

  /// Two sets for x; flag is true in both.
  Config config_with_data() const {
    const std::vector<std::vector<float>> rows{{1, 2, 3, -4, -5, -6}, {0.5F, 0, -1, 8, 0, 0}};
    InputConfig x{.name = "x"};
    for (std::size_t k = 0; k < rows.size(); ++k) {
      Tensor tensor(ElementType::float32, {2, 3});
      std::copy(rows[k].begin(), rows[k].end(), tensor.as<float>().begin());
      const fs::path path = folder_.path() / (std::to_string(k) + ".npy");
      base::write_npy(path, tensor);
      x.data.push_back({path, std::nullopt});
    }
    Config config;
    config.inputs = {x, {.name = "flag", .value = 1}};
    return config;
  }

  CalibrationJob job(const model::Model& model, const Config& config) const {
    return {.model = model,
            .model_sha256 = digest_,
            .shapes = shapes_,
            .config = config,
            .values = kWanted,
            .runtimes = runtimes_,
            .workers = workers(),
            .limits = {.memory_bytes = {}, .seconds = 60},
            .scratch = folder_.path() / "scratch"};
  }

  quantize::Statistics run(const CalibrationJob& job) { return calibrate(job, notes_, cancel_); }

  base::TemporaryFolder folder_{"calibration_test"};
  const std::string digest_ = "abc";
  const std::map<std::string, config::InputShapes> shapes_{{"x", {{2, 3}, {1, 3}, {4, 3}}}, {"flag", {{}, {}, {}}}};
  std::span<const plan::RuntimeDescription> runtimes_ = runtime::catalogue();
  Notes notes_;
  base::CancelToken cancel_;
};

TEST_F(CalibrationTest, SeesTheValuesOfTheUsersSamples) {
  const model::Model model = net();
  const Config config = config_with_data();
  const quantize::Statistics statistics = run(job(model, config));
  EXPECT_EQ(statistics.origin(), quantize::SampleOrigin::user);
  EXPECT_THAT(statistics.names(), ElementsAre("a", "b", "scaled", "x", "y"));
  // a = x · {1, 2, −1} + 1, column by column: {2, −3, 1.5, 9}, {5, −9, 1, 1}, {−2, 7, 2, 1}.
  const quantize::TensorStatistics& a = *statistics.find("a");
  EXPECT_EQ(a.tensors, 2);
  EXPECT_EQ(a.count, 12);
  EXPECT_THAT(a.channel_sum, ElementsAre(9.5, -2, 8));
  EXPECT_THAT(a.channel_min, ElementsAre(-3, -9, -2));
  EXPECT_THAT(a.channel_max, ElementsAre(9, 5, 7));
  EXPECT_EQ(a.sum_squares, 4 + 9 + 2.25 + 81 + 25 + 81 + 1 + 1 + 4 + 49 + 4 + 1);
  EXPECT_EQ(statistics.find("b")->min, 0);
  EXPECT_EQ(statistics.find("b")->channel_axis, 1);
  EXPECT_EQ(statistics.find("x")->max, 8);
  EXPECT_THAT(statistics.find("x")->channel_sum, ElementsAre(5.5, -3, -4));
  EXPECT_EQ(statistics.find("y")->count, 12) << "what comes after the subgraph";
  EXPECT_THAT(notes_.notes, IsEmpty());
  EXPECT_TRUE(fs::is_empty(folder_.path() / "scratch")) << "nothing is left";
}

TEST_F(CalibrationTest, LeavesTheSetsThatConversionsAreJudgedOn) {
  const model::Model model = net();
  Config config = config_with_data();
  config.inputs[0].data.push_back(config.inputs[0].data[0]);  // three sets; the second is for judging
  const quantize::Statistics statistics = run(job(model, config));
  EXPECT_EQ(statistics.find("x")->tensors, 2);
  EXPECT_EQ(statistics.find("x")->max, 3) << "8 stands in the second";
}

TEST_F(CalibrationTest, GroupsDoNotChangeWhatIsSeen) {
  const model::Model model = net();
  const Config config = config_with_data();
  const quantize::Statistics together = run(job(model, config));
  EXPECT_EQ(notes_.stages.back(), "calibrating, part 1 of 1");
  notes_.stages.clear();
  CalibrationJob one_by_one = job(model, config);
  one_by_one.watched_bytes = 1;
  EXPECT_EQ(quantize::to_json(run(one_by_one)).dump(), quantize::to_json(together).dump());
  EXPECT_EQ(notes_.stages.back(), "calibrating, part 4 of 4");
}

TEST_F(CalibrationTest, MakesSamplesWhereNoneAreGiven) {
  const model::Model model = net();
  const Config config;
  const quantize::Statistics statistics = run(job(model, config));
  EXPECT_EQ(statistics.origin(), quantize::SampleOrigin::generated);
  EXPECT_EQ(statistics.find("a")->tensors, kGeneratedCalibrationSets);
  EXPECT_EQ(statistics.find("x")->tensors, kGeneratedCalibrationSets);
  EXPECT_EQ(quantize::to_json(run(job(model, config))).dump(), quantize::to_json(statistics).dump()) << "seeded";
  Config other = config;
  other.search.seed = 2;
  EXPECT_NE(run(job(model, other)).find("x")->sum, statistics.find("x")->sum);
}

TEST_F(CalibrationTest, MultipliesChannelsWithEachOther) {
  const model::Model model = net();
  const Config config = config_with_data();
  CalibrationProducts source(job(model, config), notes_, cancel_);
  const auto products = source.products({"b", "x", "inner", "count", "w", "none"});
  ASSERT_EQ(products.size(), 2U) << "floats of the main graph";
  // Rows of b = max(a, 0): {2, 5, 0}, {0, 0, 7}, {1.5, 1, 2}, {9, 1, 1}.
  EXPECT_EQ(products.at("b").channels, 3U);
  EXPECT_THAT(products.at("b").sums, ElementsAre(4 + 2.25 + 81, 10 + 1.5 + 9, 3 + 9,  //
                                                 10 + 1.5 + 9, 25 + 1 + 1, 2 + 1,     //
                                                 3 + 9, 2 + 1, 49 + 4 + 1));
  EXPECT_EQ(products.at("x").sums[1], 2 + 20) << "1 · 2 + 0.5 · 0 of the first set's rows, −4 · −5 and 8 · 0";
  EXPECT_EQ(source.products({"a"}).at("a").sums[0], 4 + 9 + 2.25 + 81) << "asked again";
  EXPECT_TRUE(source.products({"none"}).empty());
}

TEST_F(CalibrationTest, UsesAndExtendsTheFileOfRanges) {
  const model::Model model = net();
  const Config config = config_with_data();
  CalibrationJob first = job(model, config);
  first.ranges = folder_.path() / "ranges.json";
  first.values = {{"a", 1}};
  const quantize::Statistics made = run(first);
  EXPECT_EQ(quantize::to_json(quantize::read_statistics(*first.ranges, digest_)).dump(),
            quantize::to_json(made).dump());

  notes_.stages.clear();
  CalibrationJob again = first;
  again.workers = folder_.path();  // where no worker is: nothing is run
  EXPECT_EQ(quantize::to_json(run(again)).dump(), quantize::to_json(made).dump());
  EXPECT_THAT(notes_.stages, IsEmpty());

  const Config generated;
  CalibrationJob with_more = job(model, generated);
  with_more.ranges = first.ranges;
  with_more.values = {{"a", 1}, {"b", 1}};
  const quantize::Statistics extended = run(with_more);
  EXPECT_EQ(extended.find("a")->tensors, 2) << "from the file";
  EXPECT_EQ(extended.find("b")->tensors, kGeneratedCalibrationSets);
  EXPECT_EQ(extended.origin(), quantize::SampleOrigin::generated) << "not all of it is the user's";
  EXPECT_THAT(quantize::read_statistics(*first.ranges, digest_).names(), ElementsAre("a", "b"));

  const std::string other_digest = "abd";
  const CalibrationJob of_other{.model = model,
                                .model_sha256 = other_digest,
                                .shapes = shapes_,
                                .config = config,
                                .values = {},
                                .runtimes = runtimes_,
                                .workers = workers(),
                                .limits = {},
                                .scratch = folder_.path() / "scratch",
                                .ranges = first.ranges};
  EXPECT_THROW(run(of_other), Error);
}

TEST_F(CalibrationTest, GoesOnWithTheNextRuntime) {
  // The fake refuses every file that is no fake model, as a runtime without an operator does.
  plan::RuntimeDescription fake = runtime::fake::describe();
  fake.converts = false;
  if (!fs::exists(workers() / fake.worker)) GTEST_SKIP() << "no worker of the fake runtime";
  std::vector<plan::RuntimeDescription> both{fake, *runtime::find_runtime("onnxruntime")};
  runtimes_ = both;
  const model::Model model = net();
  const Config config = config_with_data();
  const quantize::Statistics statistics = run(job(model, config));
  EXPECT_EQ(statistics.find("a")->tensors, 2);
  EXPECT_THAT(notes_.notes, ElementsAre(HasSubstr("calibration on fake: ")));

  runtimes_ = std::span(both).first(1);
  EXPECT_THROW(run(job(model, config)), worker::Failure);
  runtimes_ = {};
  EXPECT_THROW(run(job(model, config)), Error);
}

TEST_F(CalibrationTest, EndsWhenInterrupted) {
  const model::Model model = net();
  const Config config = config_with_data();
  cancel_.cancel();
  EXPECT_THROW(run(job(model, config)), Error);
  EXPECT_TRUE(fs::is_empty(folder_.path() / "scratch")) << "nothing is left";
}

}  // namespace
}  // namespace autoaccel::pipeline
