#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "model/graph.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

/// How many significant bits and how wide a range of exponents a type has; integers: bits of magnitude.
struct Digits {
  int significant;
  int smallest_exponent;  ///< of a unit in the last place
  int largest_exponent;   ///< values stay below 2 to this
  bool has_sign;
};

/// false for types without digits, such as strings and 4- and 8-bit floats, whose casts saturate by attribute.
bool digits_of(ElementType type, Digits& digits) {
  static const std::map<ElementType, Digits> kDigits{
      {ElementType::boolean, {1, 0, 1, false}},       {ElementType::uint8, {8, 0, 8, false}},
      {ElementType::int8, {8, 0, 8, true}},           {ElementType::uint16, {16, 0, 16, false}},
      {ElementType::int16, {16, 0, 16, true}},        {ElementType::uint32, {32, 0, 32, false}},
      {ElementType::int32, {32, 0, 32, true}},        {ElementType::uint64, {64, 0, 64, false}},
      {ElementType::int64, {64, 0, 64, true}},        {ElementType::float16, {11, -24, 16, true}},
      {ElementType::bfloat16, {8, -133, 128, true}},  {ElementType::float32, {24, -149, 128, true}},
      {ElementType::float64, {53, -1074, 1024, true}}};
  const auto found = kDigits.find(type);
  if (found == kDigits.end()) return false;
  digits = found->second;
  return true;
}

/// Is every value of `narrow` one of `wide`?
///
/// Boolean to anything and back keeps true and false. Floats to integers never do, and integers to floats only within
/// the significant bits.
bool holds_all_of(ElementType wide, ElementType narrow) {
  Digits from;
  Digits to;
  if (!digits_of(narrow, from) || !digits_of(wide, to)) return false;
  if (wide == narrow) return true;
  if (wide == ElementType::boolean || (is_float(narrow) && !is_float(wide))) return false;
  if (from.has_sign && !to.has_sign) return false;
  if (!is_float(wide)) {  // integer from integer: one bit more is needed where a sign is added
    return to.significant >= from.significant + (to.has_sign && !from.has_sign ? 1 : 0);
  }
  return to.significant >= from.significant && to.smallest_exponent <= from.smallest_exponent &&
         to.largest_exponent >= from.largest_exponent;
}

ElementType target_of(const onnx::NodeProto& cast) {
  return static_cast<ElementType>(model::attribute_int(cast, "to", 0));
}

bool is_own_output(const Value& value) {
  return std::ranges::any_of(value.uses,
                             [&](const Use& use) { return use.node == nullptr && use.graph == value.graph; });
}

/// Lets the readers of `from` read `to` instead.
void redirect(Value& from, Value& to) {
  for (const Use& use : from.uses) {
    if (use.node != nullptr) {
      use.node->set_input(use.slot, to.name);
    } else {
      use.graph->mutable_output(use.slot)->set_name(to.name);
    }
    to.uses.push_back(use);
  }
  from.uses.clear();
}

class CastCleaner {
 public:
  explicit CastCleaner(const ValueTable& table) : table_(table) {}

  void clean() {
    for (const PlacedNode& placed : table_.nodes()) {
      if (!is_op(*placed.node, "Cast") || placed.node->input_size() != 1) continue;
      Value* output = table_.output(*placed.node, 0);
      if (output == nullptr || current_input(*placed.node) == nullptr) continue;
      skip_exact_cast_before(*placed.node);
      Value* input = current_input(*placed.node);
      const ElementType to = target_of(*placed.node);
      if (is_own_output(*output)) {
        first_.emplace(std::tuple{placed.graph, input, to}, output);
      } else if (input->type == to) {
        replace(*output, *input);
      } else if (const auto [twin, is_new] = first_.emplace(std::tuple{placed.graph, input, to}, output); !is_new) {
        replace(*output, *twin->second);
      }
    }
  }

 private:
  Value* current(Value* value) const {
    while (value != nullptr && replaced_by_.contains(value)) value = replaced_by_.at(value);
    return value;
  }

  Value* current_input(const onnx::NodeProto& node) const {
    const auto moved = moved_inputs_.find(&node);
    return current(moved != moved_inputs_.end() ? moved->second : table_.input(node, 0));
  }

  /// Cast(a → b) before Cast(b → c), where b holds all of a: Cast(a → c), if c is a float or holds all of a as well.
  /// Casts of floats to integers out of range, and of integers to narrower ones, are left as they are.
  void skip_exact_cast_before(onnx::NodeProto& cast) {
    Value* middle = current_input(cast);
    while (middle->producer != nullptr && is_op(*middle->producer, "Cast")) {
      Value* source = current_input(*middle->producer);
      if (source == nullptr || !holds_all_of(middle->type, source->type)) return;
      const ElementType to = target_of(cast);
      if (to != source->type && !is_float(to) && !holds_all_of(to, source->type)) return;
      std::erase_if(middle->uses, [&](const Use& use) { return use.node == &cast; });
      cast.set_input(0, source->name);
      source->uses.push_back({nullptr, &cast, 0});
      moved_inputs_[&cast] = source;
      middle = source;
    }
  }

  void replace(Value& value, Value& by) {
    redirect(value, by);
    replaced_by_.emplace(&value, &by);
  }

  const ValueTable& table_;
  std::map<const Value*, Value*> replaced_by_;
  std::map<const onnx::NodeProto*, Value*> moved_inputs_;
  std::map<std::tuple<onnx::GraphProto*, Value*, ElementType>, Value*> first_;  ///< one Cast per value, type and graph
};

/// Takes away casts to the type that a value has already, pairs that end where they began, and second casts of the same
/// value; never a cast that rounds or cuts. Casts that nothing reads any more go as dead nodes.
void remove_redundant_casts(model::Model& model, const PassContext& context, PassReport& report) {
  prepare_graph(model);
  const ValueTable table(model.proto());
  CastCleaner(table).clean();
  kRemoveDeadNodes.apply(model, context, report);
}

}  // namespace

const Pass kRemoveRedundantCasts{"remove_redundant_casts", "removes casts that change nothing", remove_redundant_casts};

}  // namespace autoaccel::rewrite
