#pragma once

#include <cstdlib>
#include <string>

namespace autoaccel::test_support {

/// Under AddressSanitizer, lets the children of this process crash by the signal that it is instead of by a report.
inline void keep_crashes_as_signals() {
  const char* options = std::getenv("ASAN_OPTIONS");
  const std::string quiet =
      std::string(options == nullptr ? "" : options) + ":handle_segv=0:handle_abort=0:detect_leaks=0";
  ::setenv("ASAN_OPTIONS", quiet.c_str(), 1);
}

}  // namespace autoaccel::test_support
