#include "pipeline/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace autoaccel::pipeline {

namespace {

using LayerCounts = std::map<std::string, int>;  // by kind of layer

/// What a recipe wants its layers to compute in, and what those are that do not although the conversion did not keep
/// them.
struct Goal {
  std::string_view recipe, arithmetic, otherwise;
};
constexpr std::string_view kQuantizedInVain = "quantized in the file, and run in float all the same";
constexpr std::string_view kWeightsInVain = "whose weights are not integers, or become floats first";
constexpr std::array<Goal, 7> kGoals{{
    {"fp16", "f16", "not kept by the conversion, and run in another type all the same"},
    {"bf16", "bf16", "not kept by the conversion, and run in another type all the same"},
    {"int8_weights", "integer_weights", kWeightsInVain},
    {"int4_weights", "integer_weights", kWeightsInVain},
    {"int8_dynamic", "i8", "not quantized, as only MatMul and Gemm with constant weights are"},
    {"int8_static", "i8", kQuantizedInVain},
    {"int8_static_mixed", "i8", kQuantizedInVain},
}};
constexpr std::string_view kRuntimesChoice = "left so by the runtime itself";

/// The recipe's, else that of the precision that the runtime is told to compute in. Told bf16, it computes files of
/// float16 in that.
std::optional<Goal> goal_of(const Variant& variant) {
  const auto setting = variant.settings.find("precision");
  const std::string precision = setting == variant.settings.end() ? "" : setting->second;
  const auto row = std::ranges::find(kGoals, variant.recipe, &Goal::recipe);
  if (row != kGoals.end() && !(row->arithmetic == "f16" && precision == "bf16")) return *row;
  if (precision == "bf16") return Goal{variant.recipe, "bf16", kRuntimesChoice};
  if (precision == "f16") return Goal{variant.recipe, "f16", kRuntimesChoice};
  return std::nullopt;
}

struct Wording {
  std::string_view arithmetic, text;
};
constexpr std::array<Wording, 5> kWordings{{{"i8", "on 8-bit integers"},
                                            {"integer_weights", "with integer weights"},
                                            {"bf16", "in bfloat16"},
                                            {"f16", "in float16"},
                                            {"f32", "in float32"}}};

std::string text_of(std::string_view arithmetic) {
  const auto row = std::ranges::find(kWordings, arithmetic, &Wording::arithmetic);
  return row == kWordings.end() ? "in " + base::printable(arithmetic) : std::string(row->text);
}

/// `10 Conv, 2 MatMul and 1 ConvTranspose`
std::string listed(std::vector<std::string> words) {
  if (words.size() < 2) return base::join(words, "");
  const std::string last = words.back();
  words.pop_back();
  return base::join(words, ", ") + " and " + last;
}

std::string counted(const LayerCounts& layers) {
  std::vector<std::string> words;
  for (const auto& [kind, count] : layers) words.push_back(fmt::format("{} {}", count, base::printable(kind)));
  return listed(std::move(words));
}

/// What a conversion kept of layers.
struct Kept {
  std::map<std::string, LayerCounts> by_reason;
  LayerCounts all;
};

struct Operator {
  std::string_view name, kind;
};
constexpr std::array<Operator, 5> kOperators{{{"Conv", "Conv"},
                                              {"ConvTranspose", "ConvTranspose"},
                                              {"MatMul", "MatMul"},
                                              {"Gemm", "MatMul"},
                                              {"MatMul and Gemm", "MatMul"}}};
constexpr std::string_view kKept = " kept: ";
constexpr std::string_view kAsked = "asked to stay float", kSpared = " stay float for accuracy";

void add_kept(std::string_view note, bool is_spared, Kept& kept) {
  const std::size_t colon = note.find(kKept);
  int nodes = 0;
  if (colon == note.npos || std::from_chars(note.data(), note.data() + colon, nodes).ec != std::errc{}) return;
  const std::string_view reason = note.substr(colon + kKept.size());
  const std::size_t end = reason.find(": ");
  if (end == reason.npos) return;
  const auto row = std::ranges::find(kOperators, reason.substr(0, end), &Operator::name);
  if (row == kOperators.end()) return;
  const std::string_view because = reason.substr(end + 2);
  const std::string kind(row->kind);
  // Nodes that the accuracy guard gives back are asked to stay by it.
  kept.by_reason[std::string(is_spared && because.starts_with(kAsked) ? "for accuracy" : because)][kind] += nodes;
  kept.all[kind] += nodes;
}

Kept kept_by(const std::vector<std::string>& notes) {
  const bool is_spared = std::ranges::any_of(notes, [](const auto& note) { return note.find(kSpared) != note.npos; });
  Kept kept;
  for (const std::string& note : notes) add_kept(note, is_spared, kept);
  return kept;
}

/// `6 Conv (for accuracy), 12 MatMul (multiplies two activations)`
std::string text_of(const Kept& kept) {
  std::vector<std::string> words;
  for (const auto& [reason, layers] : kept.by_reason) words.push_back(fmt::format("{} ({})", counted(layers), reason));
  return base::join(words, ", ");
}

}  // namespace

std::string kept_note(const std::string& reason, int nodes) {
  return fmt::format("{} {}{}{}", nodes, nodes == 1 ? "node" : "nodes", kKept, reason);
}

std::string why(const Variant& variant, const Placement& placement, const std::vector<std::string>& conversion_notes) {
  const std::optional<Goal> goal = goal_of(variant);
  if (!goal || placement.layers.empty()) return {};
  std::vector<std::string> low;
  std::map<std::string, LayerCounts> others;  // by arithmetic
  LayerCounts unexplained;
  for (const auto& [kind, by_arithmetic] : placement.layers) {
    int reached = 0, all = 0;
    for (const auto& [arithmetic, count] : by_arithmetic) {
      all += count;
      if (arithmetic == goal->arithmetic)
        reached = count;
      else
        others[arithmetic][kind] = count;
    }
    low.push_back(fmt::format("{} of {} {}", reached, all, base::printable(kind)));
    unexplained[kind] = all - reached;
  }
  std::string text = fmt::format("{} ran {}", listed(std::move(low)), text_of(goal->arithmetic));
  if (others.empty()) return text;

  std::vector<std::string> ran;
  for (const auto& [arithmetic, layers] : others)
    ran.push_back(fmt::format("{} {}", counted(layers), text_of(arithmetic)));
  text += fmt::format("; {}", listed(std::move(ran)));
  const Kept kept = kept_by(conversion_notes);
  if (!kept.all.empty()) text += "; left in float by the conversion: " + text_of(kept);
  for (const auto& [kind, count] : kept.all) unexplained[kind] -= count;
  std::erase_if(unexplained, [](const auto& row) { return row.second <= 0; });
  if (!unexplained.empty()) text += fmt::format("; {}: {}", goal->otherwise, counted(unexplained));
  return text;
}

}  // namespace autoaccel::pipeline
