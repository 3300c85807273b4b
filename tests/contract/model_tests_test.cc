// Every recipe that needs the graph alone, over the models that ONNX tests its backends with (those that its package
// carries) and over small graphs: what it makes passes the checker, ONNX Runtime loads it wherever it loads the
// original, and the outputs agree within the recipe's limit; or it is refused, with a reason.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/numeric.h"
#include "compare/compare.h"
#include "contract/driver.h"
#include "contract/random_values.h"
#include "recipe/recipe.h"
#include "rewrite/passes.h"
#include "samples/sample_files.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

namespace fs = std::filesystem;

struct Counts {
  int agree = 0, refused = 0, not_run = 0;
};

class ModelTests : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto runtimes = runtimes_under_test();
    if (std::ranges::find(runtimes, "onnxruntime") == runtimes.end()) GTEST_SKIP() << "this build has no ONNX Runtime";
    driver_.emplace("onnxruntime");
  }

  /// What the model makes of the sample; the failure's words where it does not load or run.
  std::optional<TensorSet> run(const fs::path& model, const TensorSet& sample, std::string& words) {
    try {
      driver_->load(model, shapes_of(sample));
      driver_->bind({sample});
      return driver_->run(0);
    } catch (const worker::Failure& failure) {
      words = words_of(failure);
      driver_.emplace("onnxruntime");  // whatever state the last one is in
      return std::nullopt;
    }
  }

  /// The sample in the types that the model takes.
  static TensorSet in_types_of(const model::Model& model, const TensorSet& sample) {
    TensorSet result;
    for (const TensorInfo& input : model.inputs()) {
      const Tensor* tensor = find(sample, input.name);
      if (tensor == nullptr) continue;
      result.push_back({input.name, tensor->type() == input.type ? *tensor : base::cast(*tensor, input.type)});
    }
    return result;
  }

  /// sample  nullopt: nothing is run
  void expect_all_recipes(const fs::path& path, const std::optional<TensorSet>& sample) {
    const model::Model original = model::Model::load(path);
    std::string words;
    const auto reference = sample ? run(path, *sample, words) : std::nullopt;
    for (const recipe::Recipe& recipe : recipes_) {
      if (recipe.passes.empty() || recipe.needs_statistics || recipe.needs_judge || recipe.is_for_runtime) continue;
      for (const IoTypes io : {IoTypes::original, IoTypes::reduced}) {
        if (io == IoTypes::reduced && recipe.io_type == ElementType::undefined) continue;
        SCOPED_TRACE(std::string(recipe.name) + (io == IoTypes::reduced ? ", io16: " : ": ") + path.string());
        expect_recipe(recipe, io, original, sample.value_or(TensorSet{}), reference);
      }
    }
  }

  static std::vector<recipe::Recipe> all_recipes() {
    std::vector<recipe::Recipe> all(recipe::recipes().begin(), recipe::recipes().end());
    // Passes that no recipe of the graph alone has; they are exact.
    for (const rewrite::Pass* pass :
         {&rewrite::kRaiseOpsetTo13, &rewrite::kRaiseOpsetTo21, &rewrite::kRaiseOpsetTo22}) {
      all.push_back({.name = pass->name,
                     .what = {},
                     .passes = {pass, &kNote},
                     .io_type = ElementType::undefined,
                     .tolerance = {.sqnr_db = 120, .probability_error = 1e-6},
                     .complexity = 0});
    }
    return all;
  }

  std::map<std::string, Counts> counts_;

 private:
  /// Without it a recipe that changes nothing that is counted would be refused.
  static void note(model::Model&, const rewrite::PassContext&, rewrite::PassReport& report) {
    report.notes.push_back("applied");
  }
  static constexpr rewrite::Pass kNote{"note", "", note};

  void expect_recipe(const recipe::Recipe& recipe, IoTypes io, const model::Model& original, const TensorSet& sample,
                     const std::optional<TensorSet>& reference) {
    rewrite::PassReport report;
    Counts& counts = counts_[std::string(recipe.name)];
    std::optional<model::Model> made;
    try {
      made = recipe::apply(recipe, original, {.io = io, .input_shapes = {}}, report);
    } catch (const Error& error) {
      EXPECT_EQ(to_text(error.cause()), to_text(Cause::unsupported)) << error.message();
      EXPECT_FALSE(error.message().empty());
      ++counts.refused;
      return;
    }
    const auto path = driver_->folder() / "made.onnx";
    made->save(path);
    // From the file, as others read it.
    EXPECT_NO_THROW(model::check(model::Model::load(path)));
    if (!reference) {
      ++counts.not_run;
      return;
    }
    std::string words;
    const auto outputs = run(path, in_types_of(*made, sample), words);
    ASSERT_TRUE(outputs) << words;
    compare::AgreementBuilder builder;
    builder.add(*reference, *outputs);
    const Agreement agreement =
        builder.finish({.sqnr_db = recipe.tolerance.sqnr_db, .probability_error = recipe.tolerance.probability_error});
    EXPECT_TRUE(agreement.within_limit) << agreement.reason;
    ++counts.agree;
  }

  const std::vector<recipe::Recipe> recipes_ = all_recipes();
  std::optional<Driver> driver_;
};

/// The inputs that lie beside a model of the package; nullopt where one is no tensor of numbers.
std::optional<TensorSet> sample_beside(const fs::path& path) {
  const model::Model model = model::Model::load(path);
  std::vector<std::string> names;
  for (const TensorInfo& input : model.inputs()) names.push_back(input.name);
  TensorSet sample;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ElementType type = model.inputs()[i].type;
    if (type == ElementType::undefined || type == ElementType::string) return std::nullopt;
    auto arrays = samples::read_sample_arrays(model, path.parent_path() / "test_data_set_0",
                                              {.input = names[i], .position = static_cast<int>(i), .inputs = names});
    sample.push_back({names[i], std::move(arrays.at(0).tensor)});
  }
  return sample;
}

TEST_F(ModelTests, OfThePackage) {
  const fs::path folder = fs::path(AUTOACCEL_MODELS_DIR).parent_path() / "model_tests";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is missing; tools/setup fetches it";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "model.onnx") continue;
    expect_all_recipes(entry.path(), sample_beside(entry.path()));
  }
  for (const auto& [recipe, counts] : counts_) {
    std::printf("%s: %d agree, %d refused, %d valid, and the original does not run\n", recipe.c_str(), counts.agree,
                counts.refused, counts.not_run);
  }
  EXPECT_GT(counts_["fp16"].agree, 100);
}

/// Graphs of the kinds that models are made of and that single-operator tests leave out. Opset first; constants that
/// are called W8x4x3x3 and the like have that shape and random elements.
constexpr const char* kGraphs[] = {
    // Weights of more than 1 kB, small ones, and biases.
    "17 net (float[2,32] x) => (float[2,16] y) <float[16] b = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}> "
    "{ m = MatMul(x, W32x16) y = Add(m, b) }",
    "13 net (float[2,32] x) => (float[2,16] y) <float[16] k = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}> "
    "{ g = Gemm(x, W32x16) s = Mul(g, k) y = Relu(s) }",
    // Scales, shifts and normalisations beside layers.
    "9 net (float[1,4,6,6] x) => (float[1,8,4,4] y) <float[8] g = {1,2,3,4,5,6,7,8}, float[8] b = {8,7,6,5,4,3,2,1}, "
    "float[8] m = {1,0,1,0,1,0,1,0}, float[8] v = {1,2,1,2,1,2,1,2}> "
    "{ c = Conv(x, W8x4x3x3) y = BatchNormalization <epsilon = 0.001> (c, g, b, m, v) }",
    "17 net (float[1,4,N,N] x) => (float[1,8,M,M] y) <float[8,1,1] k = {1,2,3,4,5,6,7,8}, float[1] half = {0.5}> "
    "{ c = Conv <pads = [1, 1, 1, 1]> (x, W8x4x3x3) s = Div(c, k) d = Sub(half, s) y = Sigmoid(d) }",
    "17 net (float[1,8,5,5] x) => (float[1,4,7,7] y) <float[4,1,1] k = {1,2,3,4}, float two = {2}> "
    "{ s = Mul(x, two) c = ConvTranspose(s, W8x4x3x3) d = Mul(k, c) y = Tanh(d) }",
    "17 net (float[1,4,6,6] x) => (float[1,8,6,6] y, float[1,8,4,4] z) <float[1,4,1,1] k = {1,2,3,4}, "
    "float[4,1,1] t = {1,0,-1,2}> "
    "{ r = Relu(x) s = Mul(r, k) a = Add(s, t) y = Conv <pads = [1, 1, 1, 1]> (a, W8x4x3x3) z = Conv(a, V8x4x3x3) }",
    // Hard swishes, written out at an opset that has none, and with constants that have more axes than the value.
    "11 net (float[2,9] x) => (float[2,9] y) <float three = {3}, float zero = {0}, float six = {6}> "
    "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }",
    "17 net (float[9] x) => (float[1,9] y) <float[1,1] three = {3}, float zero = {0}, float six = {6}> "
    "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }",
    "9 net (float[1,4,6,6] x) => (float[1,8,6,6] y) <float three = {3}, float six = {6}> "
    "{ v = Conv <pads = [1, 1, 1, 1]> (x, W8x4x3x3) a = Add(v, three) c = Clip <min = 0.0, max = 6.0> (a) "
    "m = Mul(v, c) y = Div(m, six) }",
    // Normalisations and softmax, whole and written out; attention with a mask beyond float16.
    "17 net (float[2,32] x) => (float[2,32] y) <float two = {2}, float e = {1e-5}> "
    "{ m = ReduceMean <axes = [-1]> (x) d = Sub(x, m) s = Pow(d, two) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) "
    "r = Sqrt(a) y = Div(d, r) }",
    "17 net (float[4,16] x) => (float[4,16] y) <int64[1] axis = {1}> "
    "{ m = ReduceMax <axes = [1]> (x) d = Sub(x, m) e = Exp(d) s = ReduceSum(e, axis) y = Div(e, s) }",
    "17 net (float[1,4,8] q, float[1,4,8] k, float[1,4,8] v, bool[4,4] allowed) => (float[1,4,8] y) "
    "<float least = {-3.4e38}, float zero = {0}, float root = {2.8284271}> "
    "{ t = Transpose <perm = [0, 2, 1]> (k) p = MatMul(q, t) s = Div(p, root) m = Where(allowed, zero, least) "
    "a = Add(s, m) w = Softmax <axis = -1> (a) y = MatMul(w, v) }",
    "17 net (float[2,4,32] x) => (float[2,4,32] y) <float[32] g = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,2,2,"
    "2,2,2,2,2,2}> { y = LayerNormalization(x, g) }",
    // Subgraphs that read outer values; recurrence; sequences.
    "17 net (bool c, float[2,32] x) => (float[2,16] y) "
    "{ h = Relu(x) y = If (c) <then_branch = a () => (float[2,16] p) { p = MatMul(h, W32x16) }, "
    "else_branch = b () => (float[2,16] r) { n = Neg(h) r = MatMul(n, W32x16) }> }",
    "17 net (float[2,3] x) => (float[2,3] y, float[4,2,3] all) <int64 four = {4}, bool go = {1}> "
    "{ y, all = Loop (four, go, x) <body = b (int64 i, bool c, float[2,3] s) => (bool d, float[2,3] t, float[2,3] u) "
    "{ d = Identity(c) t = Sin(s) u = Add(t, x) }> }",
    "17 net (float[3,1,8] x) => (float[3,1,1,4] y) { y = LSTM <hidden_size = 4> (x, W1x16x8, W1x16x4) }",
    "17 net (float[2,6] x) => (float[2,3] y) <int64 three = {3}, int64 zero = {0}> "
    "{ s = SplitToSequence <axis = 1> (x, three) y = SequenceAt(s, zero) }",
    // Shapes, indices and positions.
    "17 net (float[N,4,8] x) => (float[N,A] y) <int64[1] rest = {-1}> "
    "{ s = Shape <end = 1> (x) t = Concat <axis = 0> (s, rest) y = Reshape(x, t) }",
    "17 net (int64[2,3] ids) => (float[2,3,16] y) { y = Gather(W32x16, ids) }",
    "17 net (float[1,4,6,6] x) => (float[1,4,12,12] y) <float[4] s = {1, 1, 2, 2}> "
    "{ y = Resize <mode = \"linear\"> (x, , s) }",
    "9 net (float[1,4,3,3] x) => (float[1,4,6,6] y) <float[4] s = {1, 1, 2, 2}> { y = Upsample(x, s) }",
    "17 net (float[2,16] x) => (float[2,3] v, int64[2,3] i) <int64[1] three = {3}> { r = Mul(x, x) v, i = TopK(r, "
    "three) }",
    "17 net (int64 n, float[1] f) => (float[M] y) <int64 zero = {0}, int64 one = {1}> "
    "{ r = Range(zero, n, one) p = Cast <to = 1> (r) a = Mul(p, f) y = Sin(a) }",
    // What is 16 bits, 64 bits, integer, quantized or nothing already; casts and identities that pile up.
    "17 net (float16[2,4] x) => (float[2,4] y) { a = Cast <to = 1> (x) b = Cast <to = 10> (a) c = Cast <to = 1> (b) "
    "y = Identity(c) }",
    "17 net (double[2,4] x, float[2,4] z) => (float[2,4] y) { c = Cast <to = 1> (x) y = Add(c, z) }",
    "17 net (int64[2,4] x) => (int64[2,4] y) { i = Identity(x) y = Add(i, x) }",
    "17 net (float[2,32] x) => (float[2,32] y) <float s = {0.01}, int8 zero = {0}> "
    "{ q = QuantizeLinear(x, s, zero) d = DequantizeLinear(q, s, zero) y = Relu(d) }",
    "17 net (float[2,3] x) => (float[2,3] y) { y = Identity(x) }",
    // Sums that float16 cannot hold, small and large constants.
    "17 net (float[2,4096] x) => (float[2,1] y) <int64[1] axis = {1}> { a = Abs(x) y = ReduceSum(a, axis) }",
    "17 net (float[2,32] x) => (float[2,32] y) <float big = {100000}, float tiny = {1e-8}> "
    "{ a = Mul(x, big) b = Mul(a, tiny) y = Add(b, x) }",
};

TEST_F(ModelTests, SmallGraphs) {
  const base::TemporaryFolder folder("autoaccel-graphs-");
  for (std::size_t i = 0; i < std::size(kGraphs); ++i) {
    SCOPED_TRACE(kGraphs[i]);
    const std::string text = kGraphs[i];
    const std::size_t space = text.find(' ');
    onnx::ModelProto proto = test_support::proto_from_text(
        "<ir_version: 8, opset_import: [\"\" : " + text.substr(0, space) + "]> " + text.substr(space));
    add_named_weights(proto);
    const fs::path path = folder.path() / (std::to_string(i) + ".onnx");
    test_support::write_proto(proto, path);
    TensorSet sample;
    for (const TensorInfo& input : model::Model::load(path).inputs()) {
      Shape shape = input.shape.value_or(Shape{});
      std::ranges::replace_if(
          shape, [](std::int64_t dim) { return dim < 0; }, 6);
      sample.push_back({input.name, elements_of(input.type, shape, static_cast<unsigned>(sample.size()))});
    }
    expect_all_recipes(path, sample);
  }
  // Every one of them is there because it runs.
  for (const auto& [recipe, counts] : counts_) EXPECT_EQ(counts.not_run, 0) << recipe;
}

}  // namespace
}  // namespace autoaccel::contract
