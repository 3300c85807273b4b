#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace autoaccel::testing {

/// Compares `text` with tests/golden/<name>; with UPDATE_GOLDEN=1 in the environment it writes that file instead.
inline void expect_golden_at(const std::filesystem::path& path, const std::string& text) {
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update && std::string(update) == "1") {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "no " << path << "; UPDATE_GOLDEN=1 writes it";
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(golden.str(), text) << "differs from " << path << "; if that is right, UPDATE_GOLDEN=1 rewrites it";
}

inline void expect_golden(const std::string& name, const std::string& text) {
  expect_golden_at(std::filesystem::path(AUTOACCEL_SOURCE_DIR) / "tests" / "golden" / name, text);
}

}  // namespace autoaccel::testing
