#include "runtime/vendor_error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/text.h"

namespace autoaccel::runtime {

namespace {

// How the vendors say that memory ran out; all they keep of the std::bad_alloc or failed mmap.
constexpr std::array<std::string_view, 6> kMemoryWords{
    "bad_alloc",     "bad allocation", "Failed to allocate memory", "Cannot allocate memory",
    "out of memory", "Out of memory"};

// Lines about the vendor's own source code, which tell the reader nothing.
bool is_about_their_sources(std::string_view line) {
  return line.starts_with("Exception from ") || (line.starts_with("Check '") && line.find("failed at") != line.npos) ||
         line.starts_with("FrontEnd API failed with") || line == "Summary:";
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front()))) line.remove_prefix(1);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  return line;
}

std::string words_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && !is_about_their_sources(line)) lines.emplace_back(line);
  }
  return base::printable(base::join(lines, " "), kVendorWords);
}

}  // namespace

Error vendor_error(std::string_view doing, std::string_view text) {
  const auto speaks = [text](std::string_view word) { return text.find(word) != text.npos; };
  if (std::ranges::any_of(kMemoryWords, speaks)) return out_of_memory(doing);
  std::string words = words_of(text);
  if (words.empty()) words = "the runtime gave no reason";
  return Error(Cause::vendor, std::string(doing) + ": " + words);
}

Error out_of_memory(std::string_view doing) {
  return Error(Cause::environment, std::string(doing) + ": out of memory",
               "free memory, raise limits.memory in config.yml, or use a smaller use_shape");
}

}  // namespace autoaccel::runtime
