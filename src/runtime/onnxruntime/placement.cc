#include "runtime/onnxruntime/placement.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::runtime::onnxruntime {

namespace {

using nlohmann::json;

constexpr std::size_t kNamesShown = 4;
constexpr std::size_t kOperatorsShown = 6;  ///< of the most frequent; the rest is one number

struct ShortName {
  std::string_view vendor, ours;
};
// Only those that differ from the vendor's own names, or are worth shortening.
constexpr std::array<ShortName, 11> kTypeNames{{{"float", "f32"},
                                                {"float16", "f16"},
                                                {"bfloat16", "bf16"},
                                                {"double", "f64"},
                                                {"int8", "i8"},
                                                {"uint8", "u8"},
                                                {"int32", "i32"},
                                                {"int64", "i64"},
                                                {"uint32", "u32"},
                                                {"uint64", "u64"},
                                                {"bool", "bool"}}};

struct LayerKernel {
  std::string_view op, kind;
  std::string_view arithmetic;  ///< empty: that of its first input
};
// Kernels of the CPU provider of version 1.31.1. What MatMulNBits computes in is an attribute, which no profile
// shows.
constexpr std::array<LayerKernel, 19> kLayerKernels{{{"Conv", "Conv", ""},
                                                     {"FusedConv", "Conv", ""},
                                                     {"NhwcFusedConv", "Conv", ""},
                                                     {"ConvInteger", "Conv", "i8"},
                                                     {"QLinearConv", "Conv", "i8"},
                                                     {"ConvTranspose", "ConvTranspose", ""},
                                                     {"MatMul", "MatMul", ""},
                                                     {"FusedMatMul", "MatMul", ""},
                                                     {"Gemm", "MatMul", ""},
                                                     {"FusedGemm", "MatMul", ""},
                                                     {"Attention", "MatMul", ""},
                                                     {"MultiHeadAttention", "MatMul", ""},
                                                     {"MatMulInteger", "MatMul", "i8"},
                                                     {"MatMulIntegerToFloat", "MatMul", "i8"},
                                                     {"DynamicQuantizeMatMul", "MatMul", "i8"},
                                                     {"QLinearMatMul", "MatMul", "i8"},
                                                     {"QGemm", "MatMul", "i8"},
                                                     {"QAttention", "MatMul", "i8"},
                                                     {"MatMulNBits", "MatMul", "integer_weights"}}};

struct Counts {
  std::map<std::string, std::map<std::string, int>> layers;
  std::map<std::string, int> by_kind;
  std::map<std::string, int> by_type;
  std::map<std::string, int> by_operator;
  std::map<std::string, int> left_by_operator;  // float nodes that ran elsewhere than wanted
  std::set<std::string> left_to;
  std::vector<std::string> left_names;
  int nodes = 0, casts = 0, inserted_casts = 0, reorders = 0;
};

// The first element type of a list such as [{"float":[1,3]},{"int64":[2]}]; empty when the list is.
std::string first_type(const json& arguments, const char* member) {
  const auto list = arguments.find(member);
  if (list == arguments.end() || !list->is_array()) return {};
  for (const json& item : *list) {
    if (!item.is_object() || item.empty()) continue;
    const std::string vendor = item.begin().key();
    const auto row = std::ranges::find(kTypeNames, vendor, &ShortName::vendor);
    return row == kTypeNames.end() ? vendor : std::string(row->ours);
  }
  return {};
}

bool is_float_name(std::string_view type) { return type == "f32" || type == "f16" || type == "bf16" || type == "f64"; }

void count_layer(const std::string& op, const std::string& input, Counts& counts) {
  const auto row = std::ranges::find(kLayerKernels, op, &LayerKernel::op);
  if (row == kLayerKernels.end()) return;
  const std::string arithmetic = row->arithmetic.empty() ? input : std::string(row->arithmetic);
  const bool is_of_shapes = row->arithmetic.empty() && !is_float_name(input);  // integers multiplied: no layer
  if (!is_of_shapes) ++counts.layers[std::string(row->kind)][arithmetic];
}

// `conv_1_kernel_time` in the profile.
std::string node_name(std::string_view event) {
  constexpr std::string_view kSuffix = "_kernel_time";
  if (event.ends_with(kSuffix)) event.remove_suffix(kSuffix.size());
  return std::string(event);
}

void count_node(const std::string& name, const json& arguments, std::string_view wanted, Counts& counts) {
  const std::string op = arguments.at("op_name").get<std::string>();
  const std::string input = first_type(arguments, "input_type_shape");
  std::string type = first_type(arguments, "output_type_shape");
  if (type.empty()) type = input.empty() ? "other" : input;

  if (op == "Cast" && is_float_name(input) && is_float_name(type)) {
    ++counts.casts;
    // The names that ONNX Runtime's InsertCastTransformer gives: InsertedCast_, InsertedPrecisionFreeCast_.
    counts.inserted_casts += name.starts_with("Inserted");
    return;
  }
  if (op == "ReorderInput" || op == "ReorderOutput") {
    ++counts.reorders;
    return;
  }
  ++counts.nodes;
  ++counts.by_type[type];
  ++counts.by_operator[op];
  count_layer(op, input, counts);
  const std::string provider = arguments.at("provider").get<std::string>();
  ++counts.by_kind[provider + " " + type];
  if (provider == wanted || !is_float_name(type) || op.starts_with("Memcpy")) return;
  ++counts.left_by_operator[op];
  counts.left_to.insert(provider);
  counts.left_names.push_back(node_name(name));
}

Counts count(const json& events, std::string_view wanted) {
  Counts counts;
  std::set<std::pair<std::string, std::string>> seen;  // name and index: indices alone repeat in subgraphs
  for (const json& event : events) {
    if (event.value("cat", "") != "Node" || !event.contains("args")) continue;
    const json& arguments = event.at("args");
    if (!arguments.contains("op_name") || !arguments.contains("provider")) continue;
    const std::string name = event.value("name", "");
    if (!seen.emplace(name, arguments.value("node_index", "")).second) continue;
    count_node(name, arguments, wanted, counts);
  }
  return counts;
}

// The largest first: `62 Conv, 42 Mul, 40 others`.
std::string frequent(const std::map<std::string, int>& counts, std::size_t shown) {
  std::vector<std::pair<std::string, int>> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, std::greater{}, &std::pair<std::string, int>::second);
  std::vector<std::string> words;
  int others = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i < shown) {
      words.push_back(std::to_string(rows[i].second) + " " + base::printable(rows[i].first, 40));
    } else {
      others += rows[i].second;
    }
  }
  if (others > 0) words.push_back(std::to_string(others) + " others");
  return base::join(words, ", ");
}

std::string summary_of(const Counts& counts, const std::map<std::string, int>& assigned) {
  std::vector<std::string> parts;
  for (const auto& [provider, nodes] : assigned) {
    parts.push_back(std::to_string(nodes) + " nodes " + base::printable(provider, 60));
  }
  std::string ran =
      "ran " + frequent(counts.by_type, counts.by_type.size()) + ": " + frequent(counts.by_operator, kOperatorsShown);
  if (counts.casts > 0) ran += "; " + std::to_string(counts.casts) + " casts";
  if (counts.reorders > 0) ran += "; " + std::to_string(counts.reorders) + " reorders";
  parts.push_back(ran);
  return base::join(parts, "; ");
}

// `2 of 30 nodes ran on CPUExecutionProvider, not on CUDAExecutionProvider: 2 Softmax (attention/softmax, …)`
std::string left_warning(const Counts& counts, std::string_view wanted) {
  std::vector<std::string> names;
  for (const std::string& name : counts.left_names) {
    if (names.size() == kNamesShown) break;
    names.push_back(base::printable(name, 60));
  }
  if (names.size() < counts.left_names.size()) names.emplace_back("…");
  std::vector<std::string> providers;
  for (const std::string& provider : counts.left_to) providers.push_back(base::printable(provider, 60));
  return std::to_string(counts.left_names.size()) + " of " + std::to_string(counts.nodes) + " nodes ran on " +
         base::join(providers, " and ") + ", not on " + std::string(wanted) + ": " +
         frequent(counts.left_by_operator, kOperatorsShown) + " (" + base::join(names, ", ") + ")";
}

}  // namespace

Placement placement_from_profile(std::string_view profile, const std::map<std::string, int>& assigned,
                                 std::string_view wanted) {
  Counts counts;
  try {
    counts = count(json::parse(profile), wanted);
  } catch (const json::exception& failure) {
    throw Error(Cause::vendor, std::string("ONNX Runtime's profile cannot be read: ") + failure.what());
  }
  Placement placement{.nodes_by_kind = counts.by_kind,
                      .summary = summary_of(counts, assigned),
                      .warnings = {},
                      .layers = counts.layers};
  if (!counts.left_names.empty()) placement.warnings.push_back(left_warning(counts, wanted));
  if (counts.inserted_casts > 0) {
    placement.warnings.push_back(
        "ONNX Runtime inserted " + std::to_string(counts.inserted_casts) +
        " casts to run nodes in another precision than the file's: " + frequent(counts.by_type, counts.by_type.size()));
  }
  return placement;
}

}  // namespace autoaccel::runtime::onnxruntime
