#include "base/text.h"
#include "report/loading_code.h"

namespace autoaccel::report {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

/// Well-formed UTF-8 without anything invisible: it may stand in a source file as it is.
bool is_plain(std::string_view text) { return base::printable(text, std::string_view::npos) == text; }

bool is_ascii_print(char c) { return c >= 0x20 && c < 0x7F; }

std::string octal(unsigned char byte) { return {'\\', kDigits[byte >> 6], kDigits[byte >> 3 & 7], kDigits[byte & 7]}; }

std::string hex(unsigned char byte) { return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]}; }

/// `text` in double quotes, with what is not printable ASCII as `escape` writes it unless `keep_rest`.
std::string quoted_with(std::string_view text, bool keep_rest, std::string (*escape)(unsigned char)) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += is_ascii_print(c) || keep_rest ? std::string(1, c) : escape(static_cast<unsigned char>(c));
  }
  return literal + "\"";
}

}  // namespace

std::string cpp_literal(std::string_view text) { return quoted_with(text, is_plain(text), octal); }

std::string python_literal(std::string_view text) {
  if (is_plain(text)) return quoted_with(text, true, hex);
  return "b" + quoted_with(text, false, hex) + ".decode()";
}

}  // namespace autoaccel::report
