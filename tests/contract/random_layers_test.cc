// Layers with random scales, shifts, normalisations and hard swishes around them, in every form that broadcasting
// allows: whatever the passes fold, ONNX Runtime computes the same.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

#include "compare/compare.h"
#include "contract/driver.h"
#include "contract/random_values.h"
#include "rewrite/passes.h"
#include "support/models.h"

namespace autoaccel::contract {
namespace {

/// A chain of nodes on four channels: images [1,4,9,9], or rows [2,4] around Gemm.
class RandomLayers {
 public:
  explicit RandomLayers(unsigned seed) : random_(seed), is_rows_(pick(4) == 0) {}

  onnx::ModelProto model() {
    std::string nodes, last = "x";
    for (int i = 0; i < 8; ++i) {
      const std::string name = fmt::format("v{}", i);
      nodes += node(name, last) + " ";
      last = name;
    }
    // One value inside is shown in some, which nothing may change then.
    const std::string shown = fmt::format("v{}", pick(7));
    const std::string_view axes = is_rows_ ? "R,C" : "B,C,H,W";
    onnx::ModelProto proto = test_support::proto_from_text(fmt::format(
        "<ir_version: 8, opset_import: [\"\" : 17]> net (float[{}] x) => (float[{}] {}{}) <float three = {{3}}, "
        "float[1] ones_three = {{3}}, float zero = {{0}}, float six = {{6}}, float[1,1] wide_six = {{6}}, "
        "float[4] spread = {{0.5, 1, 2, 1.5}}> {{ {} }}",
        is_rows_ ? "2,4" : "1,4,9,9", axes, last, pick(3) == 0 ? fmt::format(", float[{}] {}", axes, shown) : "",
        nodes));
    add_named_weights(proto);
    return proto;
  }

  TensorSet sample() const {
    return {{"x", elements_of(ElementType::float32, is_rows_ ? Shape{2, 4} : Shape{1, 4, 9, 9}, 5)}};
  }

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

  template <std::size_t size>
  std::string one_of(const std::array<const char*, size>& texts) {
    return texts[pick(size)];
  }

  std::string node(const std::string& y, const std::string& x) {
    switch (pick(8)) {
      case 0:
      case 1:
        return layer(y, x);
      case 2:
        return fmt::format("{} = {}({})", y, one_of(std::array{"Relu", "Sigmoid", "Identity"}), x);
      case 3:
        return fmt::format("{} = BatchNormalization<epsilon = 0.01>({}, V4, W4, V4, spread)", y, x);
      case 4:
        return fmt::format(
            "{0}a = Add({1}, {2}) {0}c = Clip({0}a, zero, six) {0}m = Mul({1}, {0}c) {0} = Div({0}m, {3})", y, x,
            one_of(std::array{"three", "ones_three"}), one_of(std::array{"six", "wide_six"}));
      case 5:
        return fmt::format("{} = Div({}, {})", y, x, one_of(std::array{"three", "wide_six"}));
      default:
        return arithmetic(y, x);
    }
  }

  std::string arithmetic(const std::string& y, const std::string& x) {
    // By channel, of one element, by column, and whole.
    const std::string constant = is_rows_ ? one_of(std::array{"W4", "V1x4", "W1", "V1x1", "V2x4"})
                                          : one_of(std::array{"W4x1x1", "V1x4x1x1", "W1", "V1x1x1x1", "V1x1", "zero"});
    const bool is_first = pick(3) == 0;
    return fmt::format("{} = {}({}, {})", y, one_of(std::array{"Add", "Sub", "Mul"}), is_first ? constant : x,
                       is_first ? x : constant);
  }

  std::string layer(const std::string& y, const std::string& x) {
    const std::string bias = one_of(std::array{"", ", V4"});
    if (is_rows_)
      return fmt::format("{} = Gemm{}({}, W4x4{})", y,
                         one_of(std::array{"", "<transB = 1>", "<alpha = 0.5>", "<beta = 0.5>"}), x, bias);
    switch (pick(4)) {
      case 0:
        return fmt::format("{} = ConvTranspose<pads = [1, 1, 1, 1]>({}, W4x4x3x3{})", y, x, bias);
      case 1:
        return fmt::format("{} = ConvTranspose<group = 4, pads = [1, 1, 1, 1]>({}, W4x1x3x3{})", y, x, bias);
      case 2:
        return fmt::format("{} = Conv<group = 4{}>({}, V4x1x1x1{})", y,
                           one_of(std::array{"", ", pads = [0, 0, 0, 0]", ", auto_pad = \"VALID\""}), x, bias);
      default:
        return fmt::format("{} = Conv<{}>({}, V4x4x3x3{})", y,
                           one_of(std::array{"pads = [1, 1, 1, 1]", "auto_pad = \"SAME_UPPER\""}), x, bias);
    }
  }

  std::mt19937 random_;
  const bool is_rows_;
};

TEST(RandomLayers, ComputeTheSameWhateverIsFolded) {
  const auto runtimes = runtimes_under_test();
  if (std::ranges::find(runtimes, "onnxruntime") == runtimes.end()) GTEST_SKIP() << "this build has no ONNX Runtime";
  Driver driver("onnxruntime");
  int folded = 0;
  for (unsigned seed = 0; seed < 150 && !HasFailure(); ++seed) {
    RandomLayers layers(seed);
    const model::Model original = model::Model::from_proto(layers.model());
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const TensorSet reference = run_once(driver, original.proto(), layers.sample());
    for (const rewrite::Pass* fold : {&rewrite::kFoldAffine, &rewrite::kFoldAffineKeepingValues}) {
      model::Model made = original.clone();
      rewrite::PassReport report;
      rewrite::kFuseHardSwish.apply(made, {}, report);
      fold->apply(made, {}, report);
      if (report.notes.empty()) continue;
      model::check(made);
      compare::AgreementBuilder builder;
      builder.add(reference, run_once(driver, test_support::resolved(made), layers.sample()));
      // Other roundings of sums of 36 terms, some of which nearly cancel.
      const Agreement agreement = builder.finish({.sqnr_db = 90, .probability_error = 1e-4});
      EXPECT_TRUE(agreement.within_limit) << agreement.reason << "\n" << test_support::resolved(made).DebugString();
      ++folded;
    }
  }
  EXPECT_GT(folded, 100) << "the graphs are there to be folded";
}

}  // namespace
}  // namespace autoaccel::contract
