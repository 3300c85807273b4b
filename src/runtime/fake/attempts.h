#pragma once

#include <string_view>

namespace autoaccel::runtime::fake {

/// Something that a worker in its sandbox must not be able to do. It is tried, and the log gets
/// `fake: <name>: done`, or `fake: <name>: ` and what the system said.
struct Attempt {
  std::string_view name;
  /// returns  0, or the error number. number: a port or a process; path: of the variable AUTOACCEL_FAKE_PATH
  int (*act)(int number, const char* path);
};

/// nullptr: none of that name.
const Attempt* find_attempt(std::string_view name);

void try_it(const Attempt& attempt, double number);

}  // namespace autoaccel::runtime::fake
