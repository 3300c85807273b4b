#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/numeric.h"
#include "model/graph.h"
#include "rewrite/passes.h"
#include "rewrite/precision_rules.h"
#include "rewrite/prepare_graph.h"
#include "rewrite/raise_opset.h"
#include "rewrite/value_table.h"

namespace autoaccel::rewrite {

namespace {

using onnx::NodeProto;
using Types = std::map<std::string, TensorInfo>;

constexpr int kHardSwishSince = 14;

bool is_near(double value, double wanted) { return std::abs(value - wanted) <= 1e-6 * std::abs(wanted); }

/// Finds x · clip(x + 3, 0, 6) / 6 in the forms that exporters write it in.
class HardSwishFinder {
 public:
  HardSwishFinder(const model::Model& model, const ValueTable& table, const Types& types)
      : model_(model), table_(table), types_(types) {}

  /// The x when the node makes a hard swish of it; nullptr for all other nodes.
  const Value* argument(const NodeProto& node) const {
    if (const Value* product = sixfold(node); product != nullptr && product->producer != nullptr)
      return factor_with(*product->producer, [&](const Value& value) { return relu6_argument(value); });
    return factor_with(node, [&](const Value& value) -> const Value* {
      if (value.producer == nullptr) return nullptr;
      if (const Value* gate = sixfold(*value.producer)) return relu6_argument(*gate);
      return hard_sigmoid_argument(*value.producer);
    });
  }

 private:
  /// Of a product of x and what is made of the same x: that x.
  template <typename ArgumentOf>
  const Value* factor_with(const NodeProto& node, const ArgumentOf& argument_of) const {
    if (!is_op(node, "Mul")) return nullptr;
    for (const int i : {0, 1}) {
      const Value* x = table_.input(node, i);
      const Value* gate = table_.input(node, 1 - i);
      if (x != nullptr && gate != nullptr && x->type == ElementType::float32 && argument_of(*gate) == x) return x;
    }
    return nullptr;
  }

  std::optional<double> scalar(const Value* value) const {
    if (value == nullptr || value->weight == nullptr || value->type != ElementType::float32) return std::nullopt;
    if (model::Model::weight_bytes(*value->weight) != sizeof(float)) return std::nullopt;
    return base::element_as_double(model_.read_weight(*value->weight), 0);
  }

  bool is_scalar(const Value* value, double wanted) const {
    const auto found = scalar(value);
    return found && (wanted == 0 ? *found == 0 : is_near(*found, wanted));
  }

  /// Of an operator with a constant `wanted` in that slot: the other input, unless the constant has more axes, which
  /// the result then has too.
  const Value* other_than(const NodeProto& node, int slot, double wanted) const {
    const Value* constant = table_.input(node, slot);
    const Value* other = table_.input(node, 1 - slot);
    if (other == nullptr || !is_scalar(constant, wanted)) return nullptr;
    const int axes = constant->weight->dims_size();
    if (axes == 0) return other;
    const auto info = types_.find(other->name);
    const bool has_as_many =
        info != types_.end() && info->second.shape && std::cmp_greater_equal(info->second.shape->size(), axes);
    return has_as_many ? other : nullptr;
  }

  /// The v of v / 6 or v · (1/6).
  const Value* sixfold(const NodeProto& node) const {
    if (is_op(node, "Div")) return other_than(node, 1, 6);
    if (!is_op(node, "Mul")) return nullptr;
    const Value* v = other_than(node, 0, 1.0 / 6);
    return v != nullptr ? v : other_than(node, 1, 1.0 / 6);
  }

  /// The x of clip(x + 3, 0, 6).
  const Value* relu6_argument(const Value& value) const {
    if (value.producer == nullptr || !is_op(*value.producer, "Clip") || !clips(*value.producer, 0, 6)) return nullptr;
    const Value* sum = table_.input(*value.producer, 0);
    if (sum == nullptr || sum->producer == nullptr || !is_op(*sum->producer, "Add")) return nullptr;
    const Value* x = other_than(*sum->producer, 0, 3);
    return x != nullptr ? x : other_than(*sum->producer, 1, 3);
  }

  bool clips(const NodeProto& node, double low, double high) const {
    const auto* min = model::find_attribute(node, "min");
    const auto* max = model::find_attribute(node, "max");
    if (min != nullptr && max != nullptr) return min->f() == low && max->f() == high;
    return is_scalar(table_.input(node, 1), low) && is_scalar(table_.input(node, 2), high);
  }

  const Value* hard_sigmoid_argument(const NodeProto& node) const {
    const auto* alpha = model::find_attribute(node, "alpha");
    const auto* beta = model::find_attribute(node, "beta");
    if (!is_op(node, "HardSigmoid") || alpha == nullptr || !is_near(alpha->f(), 1.0 / 6)) return nullptr;
    return beta == nullptr || is_near(beta->f(), 0.5) ? table_.input(node, 0) : nullptr;
  }

  const model::Model& model_;
  const ValueTable& table_;
  const Types& types_;
};

using Found = std::vector<std::pair<NodeProto*, std::string>>;  // what makes a hard swish, and of which value

Found find_hard_swishes(model::Model& model, const Types& types) {
  const ValueTable table(model.proto());
  const HardSwishFinder finder(model, table, types);
  Found found;
  for (const PlacedNode& placed : table.nodes())
    if (const Value* x = finder.argument(*placed.node)) found.emplace_back(placed.node, x->name);
  return found;
}

void fuse_hard_swish(model::Model& model, const PassContext& context, PassReport& report) {
  prepare_graph(model);
  const Types types = model::infer_types(model, context.input_shapes);
  if (find_hard_swishes(model, types).empty()) return;
  try {
    raise_opset(model, kHardSwishSince);
  } catch (const Error& error) {
    // As valid, only slower: no reason to refuse what else a recipe does.
    if (error.cause() != Cause::unsupported) throw;
    report.notes.push_back("hard swishes stay written out: " + error.message());
    return;
  }
  const Found found = find_hard_swishes(model, types);
  for (const auto& [node, x] : found) {
    node->clear_input();
    node->clear_attribute();
    node->set_op_type("HardSwish");
    node->add_input(x);
  }
  kRemoveDeadNodes.apply(model, context, report);  // what led to them, where nothing else reads it
  report.notes.push_back(fmt::format("{} hard swishes, written out, became one node each", found.size()));
}

}  // namespace

const Pass kFuseHardSwish{"fuse_hard_swish", "makes one node of x · clip(x + 3, 0, 6) / 6 written out",
                          fuse_hard_swish};

}  // namespace autoaccel::rewrite
