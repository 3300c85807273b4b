#pragma once

#include <cstdint>
#include <string>

#include "samples/random.h"

namespace autoaccel::samples {

/// Bytes as files hold them; `variant` rotates prose, program text, a table, a web page.
std::string text_bytes(std::uint64_t variant, std::size_t length, Random& random);

}  // namespace autoaccel::samples
