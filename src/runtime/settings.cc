#include "runtime/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::runtime {

namespace {

Error bad_value(std::string_view name, const std::string& value, const std::string& hint) {
  return Error(Cause::usage, "setting '" + std::string(name) + "' cannot be '" + base::printable(value) + "'", hint);
}

}  // namespace

SettingsReader::SettingsReader(const Settings& settings, std::span<const plan::SettingInfo> table)
    : settings_(settings) {
  std::vector<std::string> known;
  for (const plan::SettingInfo& row : table) known.emplace_back(row.name);
  for (const auto& [name, value] : settings) {
    if (std::ranges::find(known, name) == known.end()) {
      throw Error(Cause::usage, "unknown setting '" + base::printable(name) + "'", base::suggestion(name, known));
    }
  }
}

std::optional<int> SettingsReader::integer(std::string_view name, int min) const {
  const auto found = settings_.find(std::string(name));
  if (found == settings_.end()) return std::nullopt;
  const std::string& text = found->second;
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < min) {
    throw bad_value(name, text, "give an integer of at least " + std::to_string(min));
  }
  return value;
}

std::optional<std::string> SettingsReader::choice(std::string_view name,
                                                  std::span<const std::string_view> allowed) const {
  const auto found = settings_.find(std::string(name));
  if (found == settings_.end()) return std::nullopt;
  if (std::ranges::find(allowed, found->second) == allowed.end()) {
    const std::vector<std::string> words(allowed.begin(), allowed.end());
    throw bad_value(name, found->second, base::suggestion(found->second, words));
  }
  return found->second;
}

std::optional<bool> SettingsReader::on_off(std::string_view name) const {
  static constexpr std::array<std::string_view, 2> kWords{"on", "off"};
  const std::optional<std::string> word = choice(name, kWords);
  if (!word) return std::nullopt;
  return *word == "on";
}

}  // namespace autoaccel::runtime
