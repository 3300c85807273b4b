#include <fmt/format.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

/// Models of random operators on [2,2] tensors: valid by construction, meaningless, and full of the shapes that passes
/// trip over (values read twice, outputs read by nodes, chains of casts, captured values, shared constants).
class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : random_(seed) {}

  std::string text() {
    std::string nodes = body({"x", "w"}, 12, "v");
    const std::string first = values_[pick(values_.size())];
    return fmt::format(
        "net (bool c, float[2,2] x) => (float[2,2] y, float[2,2] z) <float[2,2] w = {{1,2,3,1e-9}}, float m = "
        "{{-1e9}}> "
        "{{ {} y = Identity({}) z = Neg({}) }}",
        nodes, values_.back(), first);
  }

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

  std::string body(std::vector<std::string> known, int length, const std::string& prefix) {
    std::string text;
    for (int i = 0; i < length; ++i) {
      const std::string name = fmt::format("{}{}", prefix, i);
      const std::string& a = known[pick(known.size())];
      const std::string& b = known[pick(known.size())];
      text += node(name, a, b, known, prefix.size() < 3) + " ";
      known.push_back(name);
    }
    values_ = known;
    return text;
  }

  std::string node(const std::string& name, const std::string& a, const std::string& b,
                   const std::vector<std::string>& known, bool may_branch) {
    static constexpr std::array kUnary{"Relu", "Exp",       "Neg",     "Identity", "Sigmoid",
                                       "Sqrt", "Transpose", "Softmax", "Floor"};
    static constexpr std::array kBinary{"Add", "Mul", "MatMul", "Sub", "Div", "Max"};
    switch (pick(may_branch ? 7 : 6)) {
      case 0:
        return fmt::format("{} = Where(c, {}, m)", name, a);
      case 1:
        return fmt::format("{0}h = Cast<to = 10>({1}) {0} = Cast<to = 1>({0}h)", name, a);
      case 2:
        return fmt::format("{0}i = Cast<to = 7>({1}) {0} = Cast<to = 1>({0}i)", name, a);
      case 3:
        return fmt::format("{0}k = Constant<value = float {{0.5}}>() {0} = Mul({1}, {0}k)", name, a);
      case 4:
        return fmt::format("{} = {}({})", name, kUnary[pick(kUnary.size())], a);
      case 5:
        return fmt::format("{} = {}({}, {})", name, kBinary[pick(kBinary.size())], a, b);
      default:
        return branch(name, known);
    }
  }

  /// An If whose bodies use the same names, as exporters write them.
  std::string branch(const std::string& name, const std::vector<std::string>& known) {
    const std::string yes = body(known, 3, name + "b");
    const std::string taken = values_.back();
    const std::string no = body(known, 2, name + "b");
    const std::string other = values_.back();
    return fmt::format(
        "{0} = If(c) <then_branch = t () => (float[2,2] {0}t) {{ {1} {0}t = Identity({2}) }}, "
        "else_branch = e () => (float[2,2] {0}e) {{ {3} {0}e = Neg({4}) }}>",
        name, yes, taken, no, other);
  }

  std::mt19937 random_;
  std::vector<std::string> values_;
};

TEST(RandomGraphs, StayValidUnderEveryPassAndChangeOnlyOnce) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    const std::string text = RandomGraph(seed).text();
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, text));
    const model::Model model = model_of(text);
    for (const Pass* pass : {&kRemoveIdentities, &kRemoveRedundantCasts, &kRemoveDeadNodes}) applied(*pass, model);
    for (const PassContext& context : {PassContext{}, reduced_io()}) {
      model::Model converted = model.clone();
      PassReport report;
      kConvertFloatToFloat16.apply(converted, context, report);
      expect_valid(converted);
      applied(kRemoveRedundantCasts, converted);
      EXPECT_EQ(report.notes.empty(), report.nodes_converted == 0);
    }
    if (HasFailure()) break;  // one failing model is enough to look at
  }
}

}  // namespace
}  // namespace autoaccel::rewrite
