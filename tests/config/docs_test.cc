// docs/config.md holds the table of keys as the sources have it; UPDATE_GOLDEN=1 rewrites it there.

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "config/config.h"
#include "config/keys.h"
#include "support/golden.h"

namespace autoaccel::config {
namespace {

const std::filesystem::path kDocument = std::filesystem::path(AUTOACCEL_SOURCE_DIR) / "docs" / "config.md";

std::string between(const std::string& text, const std::string& begin, const std::string& end, std::size_t& from) {
  const std::size_t start = text.find(begin, from);
  if (start == std::string::npos) return {};
  const std::size_t stop = text.find(end, start + begin.size());
  from = stop;
  return text.substr(start + begin.size(), stop - start - begin.size());
}

TEST(ConfigDocument, HoldsTheTableOfKeys) {
  const std::string begin = "<!-- keys: made from src/config/keys.cc -->\n";
  const std::string end = "<!-- end of keys -->";
  const std::string document = base::read_file(kDocument);
  std::size_t from = 0;
  const std::string table = between(document, begin, end, from);
  ASSERT_FALSE(table.empty());
  const std::size_t start = document.find(begin) + begin.size();
  testing::expect_golden_at(kDocument, document.substr(0, start) + key_table() + document.substr(from));
}

TEST(ConfigDocument, ExamplesAreAccepted) {
  const std::string document = base::read_file(kDocument);
  std::size_t from = 0;
  int examples = 0;
  while (true) {
    const std::string yaml = between(document, "```yaml\n", "```", from);
    if (yaml.empty()) break;
    EXPECT_NO_THROW(parse_config(yaml, kDocument)) << yaml;
    ++examples;
  }
  EXPECT_GE(examples, 2);
}

}  // namespace
}  // namespace autoaccel::config
