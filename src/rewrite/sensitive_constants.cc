#include <algorithm>
#include <string_view>
#include <vector>

#include "rewrite/precision_rules.h"
#include "rewrite/sensitive_nodes.h"

namespace autoaccel::rewrite {

namespace {

using onnx::NodeProto;

// Masks reach their Softmax, and large results their end, within so few nodes in every exporter's graphs.
constexpr int kToSoftmax = 8;
constexpr int kFlowOfLargeValues = 4;

constexpr std::string_view kClampedBy[] = {"Where", "Min", "Max", "Clip"};
constexpr std::string_view kSoftmax[] = {"Softmax", "LogSoftmax"};

bool passes_masks(const NodeProto& node) {
  static constexpr std::string_view kOps[] = {"Add", "Sub", "Where", "Min", "Max", "Clip"};
  return is_op(node, kOps) || is_movement(node);
}

class ConstantRules {
 public:
  ConstantRules(const ValueTable& table, KeptNodes& kept) : table_(table), kept_(kept) {}

  void large(const Value& constant) {
    for (const Use& use : constant.uses) {
      if (use.node == nullptr) continue;
      if (can_be_clamped(use)) {
        keep_softmax(table_.output(*use.node, 0), kToSoftmax);
      } else {
        keep_large(use, kFlowOfLargeValues);
      }
    }
  }

  void small(const Value& constant, int depth = kFlowOfLargeValues) {
    for (const Use& use : constant.uses) {
      if (use.node == nullptr || is_additive(*use.node, use.slot)) continue;
      const Value* result = table_.output(*use.node, 0);
      if (result == nullptr) continue;
      const bool protects = keep_protected(*result, depth);
      if (adds(*use.node) && !protects) continue;
      kept_.emplace(use.node, "reads a constant too small for 16 bits");
      if (is_movement(*use.node) && depth > 0) small(*result, depth - 1);
    }
  }

 private:
  /// Does every way from here end in a softmax, where anything very negative means the same?
  bool reaches_softmax(const Value* value, int depth) const {
    if (value == nullptr || value->uses.empty() || depth == 0) return false;
    return std::ranges::all_of(value->uses, [&](const Use& use) {
      static constexpr std::string_view kEnds[] = {"Softmax", "LogSoftmax", "Exp", "ReduceMax"};
      if (use.node == nullptr) return false;
      if (is_op(*use.node, kEnds)) return true;
      return passes_masks(*use.node) && reaches_softmax(table_.output(*use.node, 0), depth - 1);
    });
  }

  bool can_be_clamped(const Use& use) const {
    const NodeProto& node = *use.node;
    if (is_op(node, kClampedBy)) return true;
    const Value* result = table_.output(node, 0);
    if (is_op(node, "Add")) return reaches_softmax(result, kToSoftmax);
    if (!is_movement(node) || result == nullptr || result->uses.empty()) return false;
    return std::ranges::all_of(result->uses,
                               [&](const Use& next) { return next.node != nullptr && can_be_clamped(next); });
  }

  void keep_softmax(const Value* value, int depth) {
    if (value == nullptr || depth == 0) return;
    for (const Use& use : value->uses) {
      if (use.node == nullptr) continue;
      if (is_op(*use.node, kSoftmax)) kept_.emplace(use.node, "masked by a constant outside the range of 16 bits");
      if (passes_masks(*use.node)) keep_softmax(table_.output(*use.node, 0), depth - 1);
    }
  }

  void keep_large(const Use& use, int depth) {
    kept_.emplace(use.node, "reads values outside the range of 16 bits");
    const bool flows_on = passes_masks(*use.node) || is_op(*use.node, "Mul");
    const Value* result = table_.output(*use.node, 0);
    if (!flows_on || result == nullptr || depth == 0) return;
    for (const Use& next : result->uses) {
      if (next.node == nullptr) continue;
      if (passes_masks(*next.node) || is_op(*next.node, "Mul") || is_op(*next.node, kSoftmax))
        keep_large(next, depth - 1);
    }
  }

  /// Does a small constant only add to, or bound, values of their own size?
  static bool adds(const NodeProto& node) {
    static constexpr std::string_view kOps[] = {"Add", "Sub", "Sum", "Max", "Min", "Clip", "Where"};
    return is_op(node, kOps);
  }

  /// Keeps what would divide by zero, or the like, if the small constant vanished from `value`. Was there anything?
  bool keep_protected(const Value& value, int depth) {
    static constexpr std::string_view kProtected[] = {"Reciprocal", "Log", "Sqrt", "Pow"};
    static constexpr std::string_view kOnTheWay[] = {"Add", "Max", "Clip", "Sqrt"};
    bool any = false;
    for (const Use& use : value.uses) {
      if (use.node == nullptr) continue;
      bool found = is_op(*use.node, kProtected) || (is_op(*use.node, "Div") && use.slot == 1);
      const Value* result = table_.output(*use.node, 0);
      if ((is_op(*use.node, kOnTheWay) || is_movement(*use.node)) && result != nullptr && depth > 0) {
        found |= keep_protected(*result, depth - 1);
      }
      if (found) kept_.emplace(use.node, "protected by a constant too small for 16 bits");
      any |= found;
    }
    return any;
  }

  const ValueTable& table_;
  KeptNodes& kept_;
};

}  // namespace

void keep_for_constants(const ValueTable& table, WeightSurvey& survey, const FloatLimits& limits, KeptNodes& kept) {
  std::vector<const onnx::TensorProto*> tensors;
  const auto is_candidate = [](const Value& value) {
    return value.type == ElementType::float32 && value.weight != nullptr && !value.uses.empty();
  };
  for (const Value& value : table.values()) {
    if (is_candidate(value)) tensors.push_back(value.weight);
  }
  survey.read_ahead(tensors);
  ConstantRules rules(table, kept);
  for (const Value& value : table.values()) {
    if (!is_candidate(value)) continue;
    const WeightFigures figures = survey.of(*value.weight);
    if (figures.overflows()) rules.large(value);
    if (figures.underflows(limits)) rules.small(value);
  }
}

}  // namespace autoaccel::rewrite
