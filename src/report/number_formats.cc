#include "report/number_formats.h"

#include <charconv>
#include <cmath>

namespace autoaccel::report {

std::string scientific(double value) {
  if (!std::isfinite(value) || value == 0) return base::fixed(value, 0);
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 2).ptr};
}

std::string decibels(double value) { return value >= 200 ? "equal" : base::fixed(value, 1); }

std::string factor(double value) { return base::fixed(value, 2) + " ×"; }

std::string percent(double value) { return base::fixed(value * 100, 1) + "%"; }

}  // namespace autoaccel::report
