#include "plan/label.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace autoaccel::plan {
namespace {

struct NameRow {
  std::string_view name;
  std::string_view shown;
};

constexpr NameRow kRuntimes[] = {
    {"onnxruntime", "ONNX Runtime"},
    {"openvino", "OpenVINO"},
    {"tensorrt", "TensorRT"},
    {"tensorrt_rtx", "TensorRT for RTX"},
};

constexpr NameRow kPrecisions[] = {
    {"f32", "fp32"}, {"float32", "fp32"}, {"f16", "fp16"}, {"float16", "fp16"}, {"bfloat16", "bf16"}, {"i8", "int8"},
};

/// Settings that read better than `name=value`; `one` for the value 1, `%` stands for the value.
struct SettingRow {
  std::string_view name;
  std::string_view one;
  std::string_view many;
};

constexpr SettingRow kSettings[] = {
    {"threads", "1 thread", "% threads"}, {"requests", "1 request", "% requests"},
    {"streams", "1 stream", "% streams"}, {"sessions", "1 session", "% sessions"},
    {"batch", "batch 1", "batch %"},      {"mode", "1 mode", "% mode"},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

std::string runtime_label(const std::string& name) {
  const auto row =
      std::find_if(std::begin(kRuntimes), std::end(kRuntimes), [&](const NameRow& r) { return r.name == name; });
  return row == std::end(kRuntimes) ? name : std::string(row->shown);
}

/// `int8_static` → `INT8 static`: the family in capitals, the rest as words.
std::string recipe_label(const std::string& recipe) {
  const std::size_t end = recipe.find('_');
  std::string words = end == std::string::npos ? "" : " " + recipe.substr(end + 1);
  std::replace(words.begin(), words.end(), '_', ' ');
  return upper(recipe.substr(0, end)) + words;
}

std::string what_label(const Variant& variant) {
  const auto precision = variant.settings.find("precision");
  const bool is_told = precision != variant.settings.end();
  const std::string compute = !is_told                         ? ""
                              : precision->second == "default" ? "default precision"
                                                               : upper(canonical_precision(precision->second));
  if (variant.recipe == "original") return is_told ? compute : "original";
  const std::string what = recipe_label(variant.recipe);
  if (!is_told) return what;
  // `FP16` alone is what the runtime computes in; here it is what the file holds.
  return what + (what.find(' ') == std::string::npos ? " model, " : ", ") + compute + " compute";
}

std::string setting_label(const std::string& name, const std::string& value) {
  const auto row =
      std::find_if(std::begin(kSettings), std::end(kSettings), [&](const SettingRow& r) { return r.name == name; });
  if (row == std::end(kSettings)) return name + "=" + value;
  if (value == "1") return std::string(row->one);
  std::string text(row->many);
  return text.replace(text.find('%'), 1, value);
}

/// The names of settings, precision apart, that not all of these variants give the same value.
std::set<std::string> differing_settings(const std::vector<const Variant*>& variants) {
  std::set<std::string> names;
  for (const Variant* variant : variants) {
    for (const auto& [name, value] : variant->settings) {
      const auto differs = [&](const Variant* other) {
        const auto found = other->settings.find(name);
        return found == other->settings.end() || found->second != value;
      };
      if (name != "precision" && std::any_of(variants.begin(), variants.end(), differs)) names.insert(name);
    }
  }
  return names;
}

}  // namespace

std::string canonical_precision(std::string_view word) {
  const std::string name = lower(word);
  const auto row =
      std::find_if(std::begin(kPrecisions), std::end(kPrecisions), [&](const NameRow& r) { return r.name == name; });
  return row == std::end(kPrecisions) ? name : std::string(row->shown);
}

std::string precision_of(std::string_view recipe, const Settings& settings) {
  if (recipe != "original") return canonical_precision(recipe.substr(0, recipe.find('_')));
  const auto precision = settings.find("precision");
  return precision == settings.end() ? "fp32" : canonical_precision(precision->second);
}

std::string label(const Variant& variant) {
  std::string text = runtime_label(variant.runtime) + " " + what_label(variant);
  if (variant.io == IoTypes::reduced) text += ", " + upper(precision_of(variant.recipe, {})) + " I/O";
  if (variant.io == IoTypes::uint8) text += ", UINT8 I/O";
  if (variant.device.gpu) text += ", GPU " + variant.device.to_text();
  return base::printable(text);
}

std::string settings_text(const Settings& settings) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : settings)
    if (name != "precision") texts.push_back(base::printable(setting_label(name, value)));
  return base::join(texts, ", ");
}

std::vector<std::string> labels(std::span<const Variant> variants) {
  std::map<std::string, std::vector<const Variant*>> groups;
  for (const Variant& variant : variants) groups[label(variant)].push_back(&variant);
  std::map<std::string, std::set<std::string>> shown;
  for (const auto& [text, group] : groups) shown[text] = differing_settings(group);

  std::vector<std::string> texts;
  for (const Variant& variant : variants) {
    std::string text = label(variant);
    const std::set<std::string>& names = shown.at(text);
    for (const std::string& name : names) {
      const auto setting = variant.settings.find(name);
      if (setting != variant.settings.end()) text += ", " + base::printable(setting_label(name, setting->second));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace autoaccel::plan
