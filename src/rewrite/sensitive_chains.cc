#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

#include "base/numeric.h"
#include "model/graph.h"
#include "rewrite/precision_rules.h"
#include "rewrite/sensitive_nodes.h"

namespace autoaccel::rewrite {

namespace {

using onnx::NodeProto;

// Longer chains than any exporter writes; they bound the walk on graphs made of light operators only.
constexpr int kLongestChain = 12;  // nodes of a normalisation, or from positions to angles
constexpr std::size_t kLongestExactChain = 200;

bool is_float32(const Value* value) { return value != nullptr && value->type == ElementType::float32; }

bool is_reduction(const NodeProto& node) { return is_op(node, "ReduceMean") || is_op(node, "ReduceSum"); }

/// The value whose square the node makes; nullptr when it makes none.
Value* squared_value(const model::Model& model, const ValueTable& table, const NodeProto& node) {
  if (is_op(node, "Mul") && table.input(node, 0) == table.input(node, 1)) return table.input(node, 0);
  if (is_op(node, "Pow") && scalar_constant(model, table.input(node, 1)) == 2.0) return table.input(node, 0);
  if (is_op(node, "ReduceSumSquare") || is_op(node, "ReduceL2")) return table.input(node, 0);
  return nullptr;
}

bool is_root(const model::Model& model, const ValueTable& table, const NodeProto& node) {
  if (is_op(node, "Sqrt") || is_op(node, "ReduceL2")) return true;
  if (!is_op(node, "Pow")) return false;
  const std::optional<double> exponent = scalar_constant(model, table.input(node, 1));
  return exponent && std::abs(*exponent) == 0.5;
}

/// Walks up from a square root to what it is the root of.
class VarianceChain {
 public:
  VarianceChain(const model::Model& model, const ValueTable& table) : model_(model), table_(table) {}

  /// The nodes of the chain; empty when the root is not one of squares.
  std::set<const NodeProto*> above(const NodeProto& root) {
    nodes_.insert(&root);
    if (Value* value = squared_value(model_, table_, root)) {
      add_square(root, value);
    } else {
      walk(table_.input(root, 0), kLongestChain);
    }
    return has_square_ ? nodes_ : std::set<const NodeProto*>{};
  }

 private:
  void add_square(const NodeProto& node, Value* of) {
    nodes_.insert(&node);
    has_square_ = true;
    const NodeProto* producer = of == nullptr ? nullptr : of->producer;
    if (producer != nullptr && is_op(*producer, "Sub")) {  // x − mean
      nodes_.insert(producer);
      for (int i = 0; i < 2; ++i) add_mean(table_.input(*producer, i), kLongestChain);
    } else {
      add_mean(of, kLongestChain);  // mean²
    }
  }

  /// The mean, when the value is one: a reduction, perhaps divided by a count or reshaped.
  bool add_mean(const Value* value, int depth) {
    if (value == nullptr || value->producer == nullptr || depth == 0) return false;
    const NodeProto& node = *value->producer;
    bool found = is_reduction(node);
    if (!found && (is_movement(node) || is_op(node, "Mul") || is_op(node, "Div"))) {
      found = add_mean(table_.input(node, 0), depth - 1) || add_mean(table_.input(node, 1), depth - 1);
    }
    if (found) nodes_.insert(&node);
    return found;
  }

  void walk(const Value* value, int depth) {
    if (!is_float32(value) || value->producer == nullptr || depth == 0) return;
    const NodeProto& node = *value->producer;
    if (Value* of = squared_value(model_, table_, node)) return add_square(node, of);
    if (is_reduction(node)) {
      nodes_.insert(&node);
      const Value* reduced = table_.input(node, 0);
      if (reduced == nullptr || reduced->producer == nullptr) return;
      if (Value* of = squared_value(model_, table_, *reduced->producer)) add_square(*reduced->producer, of);
      return;
    }
    static constexpr std::string_view kBetween[] = {"Add", "Sub",  "Mul", "Div",  "Max",
                                                    "Min", "Clip", "Abs", "Cast", "Relu"};
    if (!is_op(node, kBetween) && !is_movement(node)) return;
    if (!nodes_.insert(&node).second) return;
    for (int i = 0; i < node.input_size(); ++i) walk(table_.input(node, i), depth - 1);
  }

  const model::Model& model_;
  const ValueTable& table_;
  std::set<const NodeProto*> nodes_;
  bool has_square_ = false;
};

/// Walks down from a root to the division by it.
void add_quotients(const ValueTable& table, const Value* value, int depth, std::set<const NodeProto*>& nodes) {
  if (value == nullptr || depth == 0) return;
  for (const Use& use : value->uses) {
    if (use.node == nullptr) continue;
    const NodeProto& node = *use.node;
    static constexpr std::string_view kOnTheWay[] = {"Add", "Max", "Clip", "Reciprocal"};
    bool goes_on = is_op(node, kOnTheWay) || is_movement(node);
    if (is_op(node, "Div") || is_op(node, "Mul")) {  // 1 / root and scale · (1 / root) are multiplied once more
      const Value* other = table.input(node, 1 - use.slot);
      goes_on = other != nullptr && other->is_constant();
    } else if (!goes_on) {
      continue;
    }
    nodes.insert(&node);
    if (goes_on) add_quotients(table, table.output(node, 0), depth - 1, nodes);
  }
}

void keep_normalisations(const model::Model& model, const ValueTable& table, KeptNodes& kept) {
  for (const PlacedNode& placed : table.nodes()) {
    if (!is_root(model, table, *placed.node)) continue;
    std::set<const NodeProto*> nodes = VarianceChain(model, table).above(*placed.node);
    if (nodes.empty()) continue;
    add_quotients(table, table.output(*placed.node, 0), kLongestChain, nodes);
    for (const NodeProto* node : nodes) kept.emplace(node, "part of a normalisation or magnitude");
  }
}

void keep_exponentials(const ValueTable& table, KeptNodes& kept) {
  constexpr std::string_view reason = "part of a softmax or exponential";
  for (const PlacedNode& placed : table.nodes()) {
    if (!is_op(*placed.node, "Exp")) continue;
    const Value* argument = table.input(*placed.node, 0);
    if (argument != nullptr && argument->producer != nullptr && is_op(*argument->producer, "Sub")) {
      kept.emplace(argument->producer, reason);
    }
    const Value* exponential = table.output(*placed.node, 0);
    if (exponential == nullptr) continue;
    for (const Use& use : exponential->uses) {
      if (use.node == nullptr) continue;
      if (is_op(*use.node, "Div")) kept.emplace(use.node, reason);
      if (!is_op(*use.node, "ReduceSum") && !is_op(*use.node, "Add")) continue;
      kept.emplace(use.node, reason);
      const Value* total = table.output(*use.node, 0);
      for (const Use& next : total == nullptr ? std::vector<Use>{} : total->uses) {
        if (next.node != nullptr && is_op(*next.node, "Div")) kept.emplace(next.node, reason);
      }
    }
  }
}

bool is_computed(const Value* value) {
  return is_float32(value) && value->producer != nullptr && !value->is_constant();
}

/// Is the value made from inputs and constants by light operators alone? (positions, frequencies)
bool is_near_inputs(const ValueTable& table, const Value* value, int depth) {
  if (!is_computed(value)) return true;
  if (depth == 0 || !is_light(*value->producer)) return false;
  for (int i = 0; i < value->producer->input_size(); ++i) {
    if (!is_near_inputs(table, table.input(*value->producer, i), depth - 1)) return false;
  }
  return true;
}

/// A product of positions and frequencies, and not one layer among others.
bool is_product_near_inputs(const ValueTable& table, const NodeProto& node) {
  return is_op(node, "MatMul") && is_near_inputs(table, table.input(node, 0), kLongestChain) &&
         is_near_inputs(table, table.input(node, 1), kLongestChain);
}

/// Everything light that computes `value`, up to heavy operators, inputs and constants.
void keep_producers(const ValueTable& table, const Value* value, bool through_matmul, std::string_view reason,
                    KeptNodes& kept) {
  std::vector<const Value*> open{value};
  std::set<const Value*> seen;
  while (!open.empty() && seen.size() < kLongestExactChain) {
    const Value* current = open.back();
    open.pop_back();
    if (!is_computed(current) || !seen.insert(current).second) continue;
    const NodeProto& node = *current->producer;
    if (!is_light(node) && !(through_matmul && is_product_near_inputs(table, node))) continue;
    kept.emplace(&node, reason);
    for (int i = 0; i < node.input_size(); ++i) open.push_back(table.input(node, i));
  }
}

bool is_wide_integer(ElementType type) {
  return type == ElementType::int32 || type == ElementType::int64 || type == ElementType::uint32 ||
         type == ElementType::uint64;
}

void keep_exact_inputs(const ValueTable& table, KeptNodes& kept) {
  for (const PlacedNode& placed : table.nodes()) {
    const NodeProto& node = *placed.node;
    if (is_op(node, "Cast") && is_wide_integer(static_cast<ElementType>(model::attribute_int(node, "to", 0)))) {
      keep_producers(table, table.input(node, 0), false, "computes integers (shapes, indices, counts)", kept);
    }
    for (const ExactInput& exact : exact_inputs()) {
      if (is_op(node, exact.op)) {
        keep_producers(table, table.input(node, exact.input), exact.through_matmul, exact.reason, kept);
      }
    }
  }
}

/// Is the value one of the integers themselves, only as float32?
bool starts_from_integers(const ValueTable& table, const NodeProto& node) {
  if (is_op(node, "Range")) return true;
  const Value* input = table.input(node, 0);
  return is_op(node, "Cast") && input != nullptr && is_wide_integer(input->type);
}

void keep_computed_from_integers(const ValueTable& table, KeptNodes& kept) {
  std::set<const Value*> from_integers;
  for (const PlacedNode& placed : table.nodes()) {
    const NodeProto& node = *placed.node;
    bool derived = starts_from_integers(table, node);
    if (!derived && is_light(node)) {
      bool any = false;
      bool all = true;
      for (int i = 0; i < node.input_size(); ++i) {
        const Value* input = table.input(node, i);
        if (!is_float32(input) || input->is_constant()) continue;
        if (input->producer != nullptr && is_op(*input->producer, "ConstantOfShape")) continue;
        (from_integers.contains(input) ? any : all) = from_integers.contains(input);
      }
      derived = any && all;
      if (derived) kept.emplace(&node, "computed from integers (positions, counts)");
    }
    if (!derived) continue;
    for (int i = 0; i < node.output_size(); ++i) {
      if (const Value* output = table.output(node, i); is_float32(output)) from_integers.insert(output);
    }
  }
}

void keep_beside_quantized(const ValueTable& table, KeptNodes& kept) {
  static constexpr std::string_view kQuantize[] = {"QuantizeLinear", "DynamicQuantizeLinear"};
  constexpr std::string_view reason = "part of a quantized region";
  for (const PlacedNode& placed : table.nodes()) {
    const NodeProto& node = *placed.node;
    if (is_op(node, kQuantize)) {
      const Value* input = table.input(node, 0);
      if (input != nullptr && input->producer != nullptr) kept.emplace(input->producer, reason);
    }
    for (int i = 0; i < node.input_size(); ++i) {
      const Value* input = table.input(node, i);
      if (input != nullptr && input->producer != nullptr && is_op(*input->producer, "DequantizeLinear")) {
        kept.emplace(&node, reason);
      }
    }
  }
}

}  // namespace

std::optional<double> scalar_constant(const model::Model& model, const Value* value) {
  if (value == nullptr || value->weight == nullptr) return std::nullopt;
  if (std::ranges::any_of(value->weight->dims(), [](std::int64_t dim) { return dim != 1; })) return std::nullopt;
  const auto type = static_cast<ElementType>(value->weight->data_type());
  if (!is_float(type) && !is_integer(type)) return std::nullopt;
  return base::element_as_double(model.read_weight(*value->weight), 0);
}

void keep_sensitive_chains(const model::Model& model, const ValueTable& table, KeptNodes& kept) {
  keep_beside_quantized(table, kept);
  keep_normalisations(model, table, kept);
  keep_exponentials(table, kept);
  keep_exact_inputs(table, kept);
  keep_computed_from_integers(table, kept);
}

}  // namespace autoaccel::rewrite
