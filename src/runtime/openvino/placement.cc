#include "runtime/openvino/placement.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace autoaccel::runtime::openvino {

namespace {

constexpr std::array<std::string_view, 4> kNoWork{"Input", "Output", "Const", "Constant"};
constexpr std::array<std::string_view, 2> kConversions{"Reorder", "Convert"};
constexpr std::string_view kView = "Reshape";  // no kernel: the same bytes under another shape
constexpr std::array<std::string_view, 2> kReduced{"f16", "bf16"};
constexpr std::size_t kLayersShown = 4;

struct Kind {
  std::string_view layer, ours;
};
constexpr std::array<Kind, 5> kKinds{{{"Convolution", "Conv"},
                                      {"Deconvolution", "ConvTranspose"},
                                      {"FullyConnected", "MatMul"},
                                      {"MatMul", "MatMul"},
                                      {"ScaledDotProductAttention", "MatMul"}}};
constexpr std::array<std::string_view, 3> kFloats{"f32", "f16", "bf16"};
constexpr std::array<std::string_view, 4> kIntegers{"i8", "u8", "i4", "u4"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

using Count = std::pair<std::string, int>;

std::vector<Count> largest_first(const std::map<std::string, int>& counts) {
  std::vector<Count> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, std::greater{}, &Count::second);
  return rows;
}

// ` (2 Deconvolution, 2 Eltwise, …)`
std::string in_brackets(const std::map<std::string, int>& layers) {
  std::vector<std::string> words;
  for (const auto& [layer, nodes] : largest_first(layers)) {
    words.push_back(words.size() < kLayersShown ? std::to_string(nodes) + " " + base::printable(layer, 40) : "…");
    if (words.size() > kLayersShown) break;
  }
  return " (" + base::join(words, ", ") + ")";
}

// brgconv_avx512_1x1_I8 → i8. Empty: not a layer, or one of integers that are no quantized floats.
std::string arithmetic_of(const ExecutedNode& node) {
  const std::string suffix = node.kernel.substr(node.kernel.rfind('_') + 1);
  const bool has_integers = contains(kIntegers, node.precision);
  if (contains(kFloats, suffix)) return has_integers ? "integer_weights" : suffix;
  if (has_integers || suffix == "I8" || suffix == "i8") return "i8";
  return contains(kFloats, node.precision) ? node.precision : "";
}

void count_layer(const ExecutedNode& node, Placement& placement) {
  const auto kind = std::ranges::find(kKinds, node.layer, &Kind::layer);
  if (kind == kKinds.end()) return;
  const std::string arithmetic = arithmetic_of(node);
  if (!arithmetic.empty()) ++placement.layers[std::string(kind->ours)][arithmetic];
}

}  // namespace

Placement placement_from_nodes(std::span<const ExecutedNode> nodes, const std::string& asked_for,
                               const std::set<std::string>& file_types) {
  Placement placement;
  std::map<std::string, std::map<std::string, int>> layers;  // by precision
  int conversions = 0;
  for (const ExecutedNode& node : nodes) {
    const auto& [layer, precision, kernel] = node;
    if (contains(kConversions, layer)) {
      ++conversions;
    } else if (layer != kView && !contains(kNoWork, layer)) {
      ++placement.nodes_by_kind[precision];
      ++layers[precision][layer];
      count_layer(node, placement);
    }
  }

  const auto rows = largest_first(placement.nodes_by_kind);
  std::vector<std::string> words;
  for (const auto& [precision, count] : rows) {
    std::string word = std::to_string(count) + (words.empty() ? " nodes " : " ") + base::printable(precision, 20);
    if (!words.empty()) word += in_brackets(layers[precision]);
    words.push_back(std::move(word));
  }
  placement.summary = base::join(words, ", ");
  if (conversions > 0) placement.summary += "; " + std::to_string(conversions) + " reorders";

  const auto is_uncalled_for = [&](const Count& row) {
    return contains(kReduced, row.first) && !file_types.contains(row.first);
  };
  if (asked_for == "f32" && std::ranges::any_of(rows, is_uncalled_for)) {
    placement.warnings.push_back("asked for f32, and ran " + placement.summary);
  }
  if ((asked_for == "bf16" || asked_for == "f16") && !placement.nodes_by_kind.contains(asked_for)) {
    placement.warnings.push_back("asked for " + asked_for + ", and no node ran in it: " + placement.summary);
  }
  return placement;
}

}  // namespace autoaccel::runtime::openvino
