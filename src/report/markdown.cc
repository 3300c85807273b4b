#include "report/markdown.h"

#include <algorithm>

#include "base/text.h"

namespace autoaccel::report {

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_[]<>|&#~";
  std::string escaped;
  for (const char c : base::printable(text, std::string_view::npos)) {
    if (kMarkup.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string markdown_code(std::string_view text) {
  const std::string safe = base::printable(text, std::string_view::npos);
  std::size_t longest = 0;
  for (std::size_t i = 0, run = 0; i < safe.size(); ++i) {
    run = safe[i] == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string space = longest > 0 ? " " : "";  // a span may neither begin nor end with the fence's own character
  return fence + space + safe + space + fence;
}

}  // namespace autoaccel::report
