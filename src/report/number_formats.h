#pragma once

#include <string>
#include <string_view>

#include "base/text.h"

namespace autoaccel::report {

/// How a column's numbers are written.
struct NumberFormat {
  std::string_view excel;
  std::string (*text)(double);
};

template <int kDecimals>
std::string fixed(double value) {
  return base::fixed(value, kDecimals);
}

/// `1.23e-04`; `0`, and what is not finite, as it is.
std::string scientific(double value);

/// 200 dB is how outputs that are equal bit for bit are written.
std::string decibels(double value);

/// `2.81 ×`
std::string factor(double value);

/// A fraction as `98.5%`.
std::string percent(double value);

inline constexpr NumberFormat kText{.excel = "", .text = nullptr};  ///< a column of text
inline constexpr NumberFormat kWhole{.excel = "0", .text = fixed<0>};
inline constexpr NumberFormat kDecibels{.excel = "[>=200]\"equal\";0.0", .text = decibels};
inline constexpr NumberFormat kTwoDecimals{.excel = "0.00", .text = fixed<2>};
inline constexpr NumberFormat kThreeDecimals{.excel = "0.000", .text = fixed<3>};
inline constexpr NumberFormat kFiveDecimals{.excel = "0.00000", .text = fixed<5>};
inline constexpr NumberFormat kScientific{.excel = "[=0]0;0.00E+00", .text = scientific};
inline constexpr NumberFormat kFactor{.excel = "0.00\" ×\"", .text = factor};
inline constexpr NumberFormat kPercent{.excel = "0.0%", .text = percent};

}  // namespace autoaccel::report
