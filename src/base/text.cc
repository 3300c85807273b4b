#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace autoaccel::base {
namespace {

constexpr std::size_t kListed = 12;  // candidates named in a message before it stops being readable

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment: insertions, deletions, replacements, swaps of neighbours; letters of either case are equal.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_previous(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_equal = lower(a[i - 1]) == lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (is_equal ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (is_swap) current[j] = std::min(current[j], before_previous[j - 2] + 1);
    }
    std::swap(before_previous, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

struct UnitRow {
  double size;
  std::string_view name;
};

/// The largest unit in which `value` is at least 1 after rounding; `units` rise.
template <std::size_t N>
std::string in_units(double value, const UnitRow (&units)[N], std::string (*format)(double)) {
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const double next = std::round(units[i + 1].size / units[i].size);
    std::string text = format(value / units[i].size);
    double rounded = 0;
    std::from_chars(text.data(), text.data() + text.size(), rounded);
    if (rounded < next) return text + " " + std::string(units[i].name);
  }
  return format(value / units[N - 1].size) + " " + std::string(units[N - 1].name);
}

std::string three_digits(double value) {
  // The decimals follow from the value as rounded: 9.996 is 10.0, not 10.00.
  for (int decimals = 2; decimals > 0; --decimals) {
    const double step = decimals == 2 ? 100 : 10;
    if (std::round(value * step) / step < (decimals == 2 ? 10 : 100)) return fixed(value, decimals);
  }
  return fixed(value, 0);
}

std::string bytes_digits(double value) { return std::round(value * 10) / 10 < 100 ? fixed(value, 1) : fixed(value, 0); }

}  // namespace

std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t shorter = std::min(word.size(), candidate.size());
    const std::size_t longer = std::max(word.size(), candidate.size());
    if ((longer - shorter) * 3 > longer) continue;  // also bounds the cost for absurd words
    const std::size_t d = distance(word, candidate);
    if (d * 3 <= longer && (!best || d < best_distance)) {
      best = &candidate;
      best_distance = d;
    }
  }
  return best ? std::optional<std::string>(*best) : std::nullopt;
}

std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
  if (candidates.empty()) return {};
  if (const auto near = closest(word, candidates)) return "did you mean '" + printable(*near) + "'?";
  std::vector<std::string> known;
  for (const std::string& candidate : candidates.first(std::min(candidates.size(), kListed))) {
    known.push_back(printable(candidate));
  }
  std::string text = "known: " + join(known, ", ");
  if (candidates.size() > kListed) text += ", … (" + std::to_string(candidates.size()) + " in all)";
  return text;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  constexpr UnitRow kUnits[] = {{1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}, {1e15, "PB"}, {1e18, "EB"}};
  return in_units(static_cast<double>(bytes), kUnits, bytes_digits);
}

std::string human_seconds(double seconds) {
  if (!std::isfinite(seconds)) return significant(seconds, 3) + " s";
  if (seconds < 0) return "-" + human_seconds(-seconds);
  if (seconds == 0) return "0 s";
  constexpr UnitRow kUnits[] = {{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}};
  if (std::round(seconds * 10) < 600) return in_units(seconds, kUnits, three_digits);
  const double whole = std::round(seconds);
  if (whole < 3600) {
    const auto total = static_cast<int>(whole);
    return std::to_string(total / 60) + " min" + (total % 60 ? " " + std::to_string(total % 60) + " s" : "");
  }
  const double minutes = std::round(seconds / 60);
  const double left = std::fmod(minutes, 60);
  return fixed((minutes - left) / 60, 0) + " h" + (left > 0 ? " " + fixed(left, 0) + " min" : "");
}

std::string fixed(double value, int decimals) {
  char text[400];  // 309 digits of the largest double, a sign, a point, the decimals
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, std::clamp(decimals, 0, 60)).ptr;
  return {text, end};
}

std::string significant(double value, int digits) {
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, std::clamp(digits, 1, 60)).ptr;
  return {text, end};
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += separator;
    text += words[i];
  }
  return text;
}

}  // namespace autoaccel::base
