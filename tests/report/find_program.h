#pragma once

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <sstream>
#include <string>

namespace autoaccel::report::testing {

/// What the environment variable names, else the first of the names that is on the PATH; empty when there is none.
inline std::filesystem::path find_program(const char* variable, std::initializer_list<const char*> names) {
  if (const char* given = std::getenv(variable)) return given;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    for (const char* name : names) {
      if (std::filesystem::path found = std::filesystem::path(folder) / name; std::filesystem::exists(found))
        return found;
    }
  }
  return {};
}

}  // namespace autoaccel::report::testing
