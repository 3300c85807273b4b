#include "rewrite/precision_rules.h"

#include <algorithm>

#include "model/graph.h"

namespace autoaccel::rewrite {

namespace {

struct KeepRule {
  std::string_view op;
  std::string_view reason;
};

constexpr std::string_view kLargeResults = "results leave the range of 16 bits";
constexpr std::string_view kSumsOfSquares = "sums of squares leave the range of 16 bits";
constexpr std::string_view kAngles = "angles and coordinates need more digits";
constexpr std::string_view kCounts = "counts and long sums need more digits";
constexpr std::string_view kComparison = "a rounded value changes the decision";
constexpr std::string_view kRandom = "its random numbers depend on the type";
constexpr std::string_view kQuantized = "part of a quantized region";
constexpr std::string_view kControlFlow = "values cross the borders of its bodies in float32";
constexpr std::string_view kSequences = "sequences and optionals keep their type";
constexpr std::string_view kSpectra = "spectra span more than the range of 16 bits";
constexpr std::string_view kTypeFromElsewhere = "its type comes from an attribute or another value";
constexpr std::string_view kLosses = "losses are for training";

constexpr KeepRule kKeepRules[] = {
    {"Pow", kLargeResults},
    {"Exp", kLargeResults},
    {"Sinh", kLargeResults},
    {"Cosh", kLargeResults},
    {"Tan", kLargeResults},
    {"Reciprocal", kLargeResults},
    {"Det", kLargeResults},
    {"ReduceProd", kLargeResults},
    {"ReduceLogSum", kLargeResults},
    {"ReduceLogSumExp", kLargeResults},
    {"Log", "small arguments vanish in 16 bits"},
    {"ReduceSumSquare", kSumsOfSquares},
    {"ReduceL2", kSumsOfSquares},
    {"LpNormalization", kSumsOfSquares},
    {"LpPool", kSumsOfSquares},
    {"GlobalLpPool", kSumsOfSquares},
    {"LRN", kSumsOfSquares},
    {"MeanVarianceNormalization", kSumsOfSquares},
    {"Sin", kAngles},
    {"Cos", kAngles},
    {"AffineGrid", kAngles},
    {"RoiAlign", kAngles},
    {"MaxRoiPool", kAngles},
    {"NonMaxSuppression", kAngles},
    {"Range", kCounts},
    {"CumSum", kCounts},
    {"CumProd", kCounts},
    {"Mod", kCounts},
    {"LinearAttention", kCounts},
    {"TopK", kComparison},
    {"Unique", kComparison},
    {"Hardmax", kComparison},
    {"Equal", kComparison},
    {"Less", kComparison},
    {"LessOrEqual", kComparison},
    {"Greater", kComparison},
    {"GreaterOrEqual", kComparison},
    {"RandomNormal", kRandom},
    {"RandomNormalLike", kRandom},
    {"RandomUniform", kRandom},
    {"RandomUniformLike", kRandom},
    {"Multinomial", kRandom},
    {"Bernoulli", kRandom},
    {"QuantizeLinear", kQuantized},
    {"DequantizeLinear", kQuantized},
    {"DynamicQuantizeLinear", kQuantized},
    {"QLinearConv", kQuantized},
    {"QLinearMatMul", kQuantized},
    {"ConvInteger", kQuantized},
    {"MatMulInteger", kQuantized},
    {"If", kControlFlow},
    {"Loop", kControlFlow},
    {"Scan", kControlFlow},
    {"SequenceMap", kSequences},
    {"SequenceConstruct", kSequences},
    {"SequenceEmpty", kSequences},
    {"SequenceInsert", kSequences},
    {"SequenceErase", kSequences},
    {"SequenceAt", kSequences},
    {"SequenceLength", kSequences},
    {"SplitToSequence", kSequences},
    {"ConcatFromSequence", kSequences},
    {"Optional", kSequences},
    {"OptionalGetElement", kSequences},
    {"OptionalHasElement", kSequences},
    {"DFT", kSpectra},
    {"STFT", kSpectra},
    {"MelWeightMatrix", kSpectra},
    {"HannWindow", kTypeFromElsewhere},
    {"HammingWindow", kTypeFromElsewhere},
    {"BlackmanWindow", kTypeFromElsewhere},
    {"CastLike", kTypeFromElsewhere},
    {"BitCast", kTypeFromElsewhere},
    {"EyeLike", kTypeFromElsewhere},
    {"ConstantOfShape", kTypeFromElsewhere},
    {"NegativeLogLikelihoodLoss", kLosses},
    {"SoftmaxCrossEntropyLoss", kLosses},
};

struct Slot {
  std::string_view op;
  int input;
};

constexpr Slot kStaysFloat32[] = {
    {"Resize", 1},  // roi
    {"Resize", 2},  // scales
    {"Upsample", 1},
    {"GridSample", 1},
};

constexpr Slot kTakesEither[] = {
    {"Cast", 0}, {"Shape", 0}, {"Size", 0}, {"IsNaN", 0}, {"IsInf", 0}, {"NonZero", 0}, {"ArgMax", 0}, {"ArgMin", 0},
};

// BatchNormalization's variance stands beside an epsilon that is larger than anything that vanishes.
constexpr Slot kAdditive[] = {
    {"Conv", 2},
    {"ConvTranspose", 2},
    {"Gemm", 2},
    {"BatchNormalization", 2},
    {"BatchNormalization", 3},
    {"BatchNormalization", 4},
    {"LayerNormalization", 2},
    {"InstanceNormalization", 2},
    {"GroupNormalization", 2},
    {"LSTM", 3},
    {"LSTM", 5},
    {"LSTM", 6},
    {"GRU", 3},
    {"GRU", 5},
    {"RNN", 3},
    {"RNN", 5},
};

constexpr ExactInput kExactInputs[] = {
    {"Sin", 0, true, "computes the argument of a sine"},
    {"Cos", 0, true, "computes the argument of a cosine"},
    {"Resize", 1, false, "computes the region of a Resize"},
    {"Resize", 2, false, "computes the scales of a Resize"},
    {"Upsample", 1, false, "computes the scales of an Upsample"},
    {"GridSample", 1, false, "computes coordinates"},
    {"AffineGrid", 0, false, "computes coordinates"},
    {"RoiAlign", 1, false, "computes coordinates"},
    {"MaxRoiPool", 1, false, "computes coordinates"},
    {"NonMaxSuppression", 0, false, "computes coordinates"},
    {"Range", 0, false, "computes a range"},
    {"Range", 1, false, "computes a range"},
    {"Range", 2, false, "computes a range"},
};

constexpr std::string_view kHeavy[] = {"Conv",   "ConvTranspose", "DeformConv", "MatMul", "Gemm",
                                       "Einsum", "LSTM",          "GRU",        "RNN",    "Attention"};

constexpr std::string_view kMovement[] = {"Identity", "Reshape",      "Transpose",    "Squeeze",         "Unsqueeze",
                                          "Flatten",  "Expand",       "Tile",         "Concat",          "Split",
                                          "Slice",    "Gather",       "Pad",          "GatherElements",  "GatherND",
                                          "Scatter",  "Trilu",        "ScatterND",    "ScatterElements", "Compress",
                                          "Dropout",  "DepthToSpace", "SpaceToDepth", "ReverseSequence"};

constexpr std::string_view kElementwise[] = {
    "Add",     "Sub",  "Mul",   "Div",  "Neg",   "Abs",        "Min",
    "Max",     "Sum",  "Mean",  "Clip", "Floor", "Ceil",       "Round",
    "Sqrt",    "Exp",  "Pow",   "Log",  "Sign",  "Reciprocal", "Relu",
    "Sigmoid", "Tanh", "Where", "Cast", "Mod",   "Range",      "ConstantOfShape"};

bool contains(std::span<const Slot> slots, const onnx::NodeProto& node, int input) {
  return model::is_standard(node) &&
         std::ranges::any_of(slots, [&](const Slot& slot) { return slot.op == node.op_type() && slot.input == input; });
}

// IEEE 754 binary16: 5 exponent and 10 fraction bits.
constexpr FloatLimits kFloat16{65504.0, 0x1p-14, 0x1p-25, 0x1p-24};
// The upper half of a binary32: 8 exponent and 7 fraction bits.
constexpr FloatLimits kBfloat16{0x1.fep127, 0x1p-126, 0x1p-134, 0x1p-133};

}  // namespace

std::string_view reason_to_keep(const onnx::NodeProto& node) {
  if (!model::is_standard(node)) return "operators of other domains keep their types";
  const auto* found = std::ranges::find(kKeepRules, std::string_view(node.op_type()), &KeepRule::op);
  return found == std::end(kKeepRules) ? std::string_view() : found->reason;
}

bool stays_float32(const onnx::NodeProto& node, int input) { return contains(kStaysFloat32, node, input); }

bool takes_either(const onnx::NodeProto& node, int input) { return contains(kTakesEither, node, input); }

bool is_additive(const onnx::NodeProto& node, int input) { return contains(kAdditive, node, input); }

std::span<const ExactInput> exact_inputs() { return kExactInputs; }

bool is_op(const onnx::NodeProto& node, std::string_view op) {
  return node.op_type() == op && model::is_standard(node);
}

bool is_op(const onnx::NodeProto& node, std::span<const std::string_view> ops) {
  return model::is_standard(node) && std::ranges::find(ops, std::string_view(node.op_type())) != ops.end();
}

bool is_heavy(const onnx::NodeProto& node) { return is_op(node, kHeavy); }

bool is_movement(const onnx::NodeProto& node) { return is_op(node, kMovement); }

bool is_light(const onnx::NodeProto& node) { return is_movement(node) || is_op(node, kElementwise); }

const FloatLimits& limits_of(ElementType type) { return type == ElementType::bfloat16 ? kBfloat16 : kFloat16; }

}  // namespace autoaccel::rewrite
