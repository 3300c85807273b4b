#include "config/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "base/text.h"

namespace autoaccel::config {
namespace {

struct UnitRow {
  std::string_view name;
  double size;
};

constexpr UnitRow kTimes[] = {
    {"ms", 1e-3},   {"s", 1},        {"sec", 1},  {"second", 1},  {"seconds", 1},  {"min", 60},
    {"minute", 60}, {"minutes", 60}, {"h", 3600}, {"hour", 3600}, {"hours", 3600},
};

constexpr UnitRow kSizes[] = {
    {"b", 1},         {"byte", 1},         {"bytes", 1},           {"kb", 1e3},
    {"mb", 1e6},      {"gb", 1e9},         {"tb", 1e12},           {"kib", 1024},
    {"mib", 1048576}, {"gib", 1073741824}, {"tib", 1099511627776},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view without_spaces_in_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// Removes and returns a number from the front; negative and non-finite ones are none.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  text = without_spaces_in_front(text.substr(static_cast<std::size_t>(end - text.data())));
  return value;
}

/// Removes and returns the size of a unit from the front.
std::optional<double> take_unit(std::string_view& text, std::span<const UnitRow> units) {
  const std::size_t length = std::min(text.find_first_of(" 0123456789.+-"), text.size());
  const std::string word = lower(text.substr(0, length));
  const auto row = std::find_if(units.begin(), units.end(), [&](const UnitRow& unit) { return unit.name == word; });
  if (row == units.end()) return std::nullopt;
  text = without_spaces_in_front(text.substr(length));
  return row->size;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> seconds_from_text(std::string_view text) {
  if (const auto bare = number_from_text(text)) return *bare >= 0 ? bare : std::nullopt;
  double total = 0;
  do {
    const auto number = take_number(text);
    const auto unit = number ? take_unit(text, kTimes) : std::nullopt;
    if (!unit) return std::nullopt;
    total += *number * *unit;
  } while (!text.empty());
  return total;
}

std::optional<std::int64_t> trials_from_text(std::string_view text) {
  const std::size_t end = text.find_first_not_of("+-0123456789");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string unit = lower(without_spaces_in_front(text.substr(end)));
  return unit == "trials" || unit == "trial" ? integer_from_text(text.substr(0, end)) : std::nullopt;
}

std::optional<std::uint64_t> bytes_from_text(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  const auto unit = text.empty() ? std::optional<double>(1) : take_unit(text, kSizes);
  if (!unit || !text.empty()) return std::nullopt;
  const double bytes = std::round(*number * *unit);
  if (bytes >= 0x1p63) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

Device device_from_text(std::string_view text) {
  const std::string word = lower(text);
  if (word == "cpu") return {};
  const auto number = integer_from_text(word);
  if (number && *number >= 0 && *number <= std::numeric_limits<int>::max()) return {.gpu = static_cast<int>(*number)};
  std::string hint = "write cpu, or the number of a GPU such as 0";
  if (number && *number < 0)
    hint = "write cpu for the processor";
  else if (word.starts_with("gpu") || word.starts_with("cuda"))
    hint = "write 0 for the first GPU";
  throw Error(Cause::usage, "unknown device '" + base::printable(text, 60) + "'", hint);
}

std::optional<std::int64_t> integer_from_text(std::string_view text) { return whole_number<std::int64_t>(text); }

std::optional<double> number_from_text(std::string_view text) {
  const auto value = whole_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace autoaccel::config
