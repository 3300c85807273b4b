// Inputs of whole numbers: tokens, masks, positions, lengths, sizes.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "samples/recognise.h"
#include "samples/text_bytes.h"

namespace autoaccel::samples {
namespace {

bool holds_integers(const InputFacts& input) { return is_integer(input.info.type); }
bool holds_integers_or_truths(const InputFacts& input) {
  return is_integer(input.info.type) || input.info.type == ElementType::boolean;
}

/// An operator that looks values up in a table: which input are the numbers, which is the table.
struct Lookup {
  std::string_view domain, op_type;
  int indices, table;
};
constexpr std::array<Lookup, 8> kLookups = {{
    {"", "Gather", 1, 0},
    {"", "GatherElements", 1, 0},
    {"", "GatherND", 1, 0},
    {"", "ScatterElements", 1, 0},
    {"com.microsoft", "EmbedLayerNormalization", 0, 2},
    {"com.microsoft", "EmbedLayerNormalization", 1, 4},
    {"com.microsoft", "GatherBlockQuantized", 1, 0},
    {"com.microsoft", "QEmbedLayerNormalization", 0, 2},
}};

/// Rows of the table that the trail's node looks the values up in; nullopt when it does no such thing.
std::optional<std::int64_t> rows_of_table(const Trail& trail, const ModelFacts& model) {
  const onnx::NodeProto& node = *trail.node;
  for (const Lookup& lookup : kLookups) {
    const bool same_domain = lookup.domain.empty() ? model::is_standard(node) : node.domain() == lookup.domain;
    if (!same_domain || lookup.op_type != node.op_type() || trail.input != lookup.indices) continue;
    if (lookup.table >= node.input_size()) continue;
    const auto shape = model.trails.shape(*trail.scope, node.input(lookup.table));
    if (!shape || shape->empty()) return std::nullopt;
    std::int64_t axis = model::attribute_int(node, "axis", 0);
    if (axis < 0) axis += static_cast<std::int64_t>(shape->size());
    if (axis < 0 || axis >= static_cast<std::int64_t>(shape->size())) return std::nullopt;
    return (*shape)[axis];
  }
  return std::nullopt;
}

/// Classes that the values are spread over: the depth of OneHot, or an Equal with 0, 1, 2, ….
std::optional<std::int64_t> classes_of(const Trail& trail, const ModelFacts& model) {
  const onnx::NodeProto& node = *trail.node;
  if (!model::is_standard(node)) return std::nullopt;
  if (node.op_type() == "OneHot" && trail.input == 0 && node.input_size() > 1) {
    const auto depth = model.trails.constant(*trail.scope, node.input(1));
    if (depth && depth->size() == 1) return static_cast<std::int64_t>(depth->front());
  }
  if (node.op_type() != "Equal" || node.input_size() != 2) return std::nullopt;
  const auto classes = model.trails.constant(*trail.scope, node.input(1 - trail.input));
  if (!classes || classes->size() < 2) return std::nullopt;
  for (std::size_t i = 0; i < classes->size(); ++i) {
    if ((*classes)[i] != static_cast<double>(i)) return std::nullopt;
  }
  return static_cast<std::int64_t>(classes->size());
}

/// What the graph has added to the values; nullopt unless all of it is one number.
std::optional<std::int64_t> added_on(const Trail& trail) {
  double sum = 0;
  for (const Step& step : trail.steps) {
    if (step.kind == StepKind::view) continue;
    if (step.kind != StepKind::shift || step.operand.size() != 1) return std::nullopt;
    sum += step.node->op_type() == "Sub" ? -step.operand.front() : step.operand.front();
  }
  return std::abs(sum) < 1e15 ? std::optional(static_cast<std::int64_t>(sum)) : std::nullopt;
}

std::string interval(std::int64_t low, std::int64_t high) {
  return "[" + std::to_string(low) + ", " + std::to_string(high) + ")";
}

/// How true is told from false in a mask: what a kept element holds.
struct Kept {
  double value = 1;
  bool is_sure = false;  ///< the graph shows it, not only the name
};

bool is_hugely_negative(const std::optional<std::vector<double>>& values) {
  constexpr double kMasking = -1e3;  // −1e4 in FP16 exports, −1e9, −3.4e38 and −inf elsewhere
  return values && !values->empty() &&
         std::all_of(values->begin(), values->end(), [](double value) { return value <= kMasking; });
}

/// True when an odd number of inversions lies on the way: Not, Equal to 0, 1 − x.
bool is_inverted(const Trail& trail) {
  bool inverted = false;
  for (const Step& step : trail.steps) {
    const bool equals_zero = step.kind == StepKind::compare && step.node->op_type() == "Equal" &&
                             !step.operand.empty() && step.operand.front() == 0;
    const bool below_one = step.kind == StepKind::compare && step.node->op_type().starts_with("Less");
    if (step.kind == StepKind::invert || equals_zero || below_one) inverted = !inverted;
  }
  return inverted;
}

/// What the graph does with a mask: chooses between scores and a huge negative number, or adds such a number.
Kept kept_by(const InputFacts& input, const ModelFacts& model) {
  for (const Trail& trail : input.trails) {
    const bool inverted = is_inverted(trail);
    if (trail.is("Where") && trail.input == 0) {
      const auto if_true = model.trails.constant(*trail.scope, trail.node->input(1));
      const auto if_false = model.trails.constant(*trail.scope, trail.node->input(2));
      if (is_hugely_negative(if_false)) return {inverted ? 0.0 : 1.0, true};
      if (is_hugely_negative(if_true)) return {inverted ? 1.0 : 0.0, true};
    }
    if (trail.is("Mul") &&
        is_hugely_negative(model.trails.constant(*trail.scope, trail.node->input(1 - trail.input)))) {
      return {inverted ? 1.0 : 0.0, true};
    }
    const bool meets_scores = trail.is("Add") && is_float(input.info.type) && trail.passes_only({}) &&
                              !model.trails.constant(*trail.scope, trail.node->input(1 - trail.input));
    if (meets_scores && input.mentions({"mask"})) return {0, true};
  }
  const bool pads = input.mentions({"padding_mask", "pad_mask"}) && input.info.type == ElementType::boolean;
  return {pads ? 0.0 : 1.0, false};  // PyTorch's key_padding_mask is true where there is padding
}

}  // namespace

std::optional<IndexRange> index_range(const InputFacts& input, const ModelFacts& model) {
  std::optional<IndexRange> range;
  for (const Trail& trail : input.trails) {
    const auto shift = added_on(trail);
    if (!shift) continue;
    const auto classes = classes_of(trail, model);
    const auto rows = classes ? classes : rows_of_table(trail, model);
    if (!rows || *rows <= 0) continue;
    const std::int64_t low = std::max<std::int64_t>(-*shift, 0), high = std::max(*rows - *shift, low + 1);
    if (!range) range = IndexRange{low, high, false};
    range->low = std::max(range->low, low);
    range->high = std::max(std::min(range->high, high), range->low + 1);
    range->is_one_hot = range->is_one_hot || classes.has_value();
  }
  return range;
}

std::optional<double> compared_constant(const InputFacts& input, const ModelFacts& model) {
  if (!input.is_scalar() || input.info.type == ElementType::boolean) return std::nullopt;
  std::optional<double> ordered;
  for (const Trail& trail : input.trails) {
    const bool equal = trail.is("Equal");
    const bool compares =
        equal || trail.is("Greater") || trail.is("Less") || trail.is("GreaterOrEqual") || trail.is("LessOrEqual");
    if (!compares || !trail.passes_only({})) continue;
    const auto constant = model.trails.constant(*trail.scope, trail.node->input(1 - trail.input));
    if (!constant || constant->size() != 1) continue;
    if (equal) return constant->front();
    if (!ordered) ordered = constant->front();
  }
  return ordered;
}

std::optional<Plan> plan_token_types(const InputFacts& input, const ModelFacts&) {
  if (!holds_integers(input) ||
      !(input.mentions({"token_type", "segment_id"}) || input.is_called({"segment", "segments"})))
    return std::nullopt;
  return constant_plan(input.shape, 0, "zeros, one segment");
}

std::optional<Plan> plan_positions(const InputFacts& input, const ModelFacts& model) {
  const bool named = input.mentions({"position_id", "pos_id", "positions"}) || input.is_called({"position", "pos"});
  if (!holds_integers(input) || !named || input.shape.empty()) return std::nullopt;
  const auto range = index_range(input, model);
  const std::int64_t rows = range ? range->high : std::numeric_limits<std::int64_t>::max(), length = input.shape.back();
  return Plan{"0, 1, 2, … along the last axis", [shape = input.shape, rows, length](std::uint64_t, Random&) {
                Tensor tensor(ElementType::int64, shape);
                for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.as<std::int64_t>()[i] = i % length % rows;
                return tensor;
              }};
}

std::optional<Plan> plan_attention_mask(const InputFacts& input, const ModelFacts& model) {
  const bool is_picture =
      input.reaches("Conv", 0, {StepKind::shift, StepKind::scale}) != nullptr || input.reaches("Resize", 0) != nullptr;
  const bool is_flag = input.shape.size() < 2 && input.is_scalar();
  if (is_picture || is_flag) return std::nullopt;
  if (!input.mentions({"mask"}) && !holds_integers_or_truths(input)) return std::nullopt;
  const Kept kept = kept_by(input, model);
  const bool shown = kept.is_sure && !index_range(input, model);  // tokens compared with a padding token are no mask
  if (!input.mentions({"mask"}) && !shown) return std::nullopt;
  const std::string what = input.info.type == ElementType::boolean ? (kept.value != 0 ? "true" : "false")
                                                                   : (kept.value != 0 ? "ones" : "zeros");
  return constant_plan(input.shape, kept.value, what + ", a mask that keeps everything");
}

/// Lengths of sequences: the longest axis that the other inputs have.
std::optional<Plan> plan_lengths(const InputFacts& input, const ModelFacts& model) {
  bool recurrent = false;
  for (const std::string_view op : {"LSTM", "GRU", "RNN"}) recurrent = recurrent || input.reaches(op, 4) != nullptr;
  const bool named = input.is_called({"length", "lengths", "lens", "seqlen", "seqlens"}) || input.mentions({"_len"});
  if (!holds_integers(input) || input.shape.size() > 1 || (!recurrent && !named)) return std::nullopt;
  std::int64_t longest = 0;
  for (const InputFacts& other : model.inputs) {
    if (other.info.name == input.info.name || other.shape.size() < 2) continue;
    longest = std::max(longest, *std::max_element(other.shape.begin() + 1, other.shape.end()));
  }
  if (longest == 0) return std::nullopt;
  return constant_plan(input.shape, static_cast<double>(longest),
                       std::to_string(longest) + ", the longest axis of the other inputs");
}

std::optional<Plan> plan_text_bytes(const InputFacts& input, const ModelFacts& model) {
  const auto range = holds_integers(input) ? index_range(input, model) : std::nullopt;
  constexpr std::int64_t kFewest = 256, kMost = 264;  // bytes, and a few codes for padding and ends
  constexpr std::int64_t kShortest = 16;              // fewer are no text
  if (!range || range->low != 0 || range->high < kFewest || range->high > kMost || input.shape.empty() ||
      input.shape.back() < kShortest) {
    return std::nullopt;
  }
  const std::string use = range->is_one_hot ? ", the classes the graph tells apart" : ", rows of the table they index";
  return Plan{
      "bytes of text, in " + interval(0, range->high) + use, [shape = input.shape](std::uint64_t set, Random& random) {
        Tensor tensor(ElementType::uint8, shape);
        const std::size_t length = static_cast<std::size_t>(shape.back()), rows = tensor.bytes().size() / length;
        for (std::size_t row = 0; row < rows; ++row) {
          const std::string text = text_bytes(set * rows + row, length, random);
          std::copy(text.begin(), text.end(), tensor.as<std::uint8_t>().begin() + row * length);
        }
        return tensor;
      }};
}

std::optional<Plan> plan_indices(const InputFacts& input, const ModelFacts& model) {
  const auto range = index_range(input, model);  // floats too: some exports cast them to integers first
  if (!range) return std::nullopt;
  const std::string use = range->is_one_hot ? ", the classes the graph tells apart" : ", rows of the table they index";
  return integer_plan(input.shape, range->low, range->high - 1,
                      "integers in " + interval(range->low, range->high) + use);
}

std::optional<Plan> plan_compared(const InputFacts& input, const ModelFacts& model) {
  const auto value = compared_constant(input, model);
  if (!value) return std::nullopt;
  const bool whole = std::abs(*value) < 1e15 && *value == std::trunc(*value);
  const std::string text = whole ? std::to_string(static_cast<std::int64_t>(*value)) : std::to_string(*value);
  return constant_plan(input.shape, *value, text + ", which the graph compares it with");
}

std::optional<Plan> plan_condition(const InputFacts& input, const ModelFacts&) {
  if (input.is_scalar() && (input.reaches("If", 0) != nullptr || input.info.type == ElementType::boolean)) {
    return constant_plan(input.shape, 1, "true, a condition");
  }
  if (input.info.type != ElementType::boolean) return std::nullopt;
  return Plan{"true, one in four false", [shape = input.shape](std::uint64_t, Random& random) {
                Tensor tensor(ElementType::boolean, shape);
                for (std::byte& value : tensor.bytes()) value = random.one_in(4) ? std::byte{0} : std::byte{1};
                return tensor;
              }};
}

/// Inputs of operators that are not data but say how the operator works, and a number that suits each.
std::optional<Plan> plan_role(const InputFacts& input, const ModelFacts&) {
  struct Role {
    std::string_view op_type;
    int first, last;
    double value;
    const char* text;
  };
  constexpr std::array<Role, 15> kRoles = {{{"Dropout", 1, 2, 0, "0, no training"},
                                            {"NonMaxSuppression", 2, 2, 100, "100, the most boxes"},
                                            {"NonMaxSuppression", 3, 3, 0.5, "0.5, a threshold"},
                                            {"NonMaxSuppression", 4, 4, 0.05, "0.05, a threshold"},
                                            {"Resize", 2, 2, 1, "1, a scale in the graph"},
                                            {"Resize", 3, 3, 8, "8, a size in the graph"},
                                            {"Reshape", 1, 1, 1, "1, a size in the graph"},
                                            {"Expand", 1, 1, 1, "1, a size in the graph"},
                                            {"Tile", 1, 1, 1, "1, a count in the graph"},
                                            {"Slice", 1, 1, 0, "0, a start in the graph"},
                                            {"Slice", 2, 2, 1, "1, an end in the graph"},
                                            {"Range", 0, 0, 0, "0, a start in the graph"},
                                            {"Range", 1, 2, 1, "1, a count in the graph"},
                                            {"ConstantOfShape", 0, 0, 1, "1, a size in the graph"},
                                            {"TopK", 1, 1, 1, "1, a count in the graph"}}};
  for (const Role& role : kRoles) {
    for (int i = role.first; i <= role.last; ++i) {
      if (input.reaches(role.op_type, i, {StepKind::shift, StepKind::scale}) == nullptr) continue;
      return constant_plan(input.shape, role.value, role.text);
    }
  }
  return std::nullopt;
}

std::optional<Plan> plan_integers(const InputFacts& input, const ModelFacts&) {
  if (!holds_integers(input)) return std::nullopt;
  switch (input.info.type) {
    case ElementType::uint8:
      return integer_plan(input.shape, 0, 255, "integers in [0, 256)");
    case ElementType::int8:
      return integer_plan(input.shape, -128, 127, "integers in [-128, 128)");
    default:
      return integer_plan(input.shape, 0, 9, "integers in [0, 10)");
  }
}

}  // namespace autoaccel::samples
