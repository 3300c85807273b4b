#pragma once

#include <string>
#include <string_view>

#include "autoaccel/error.h"

namespace autoaccel::runtime {

/// A vendor's exception as an error of ours: `<doing>: <the vendor's words>`.
///
/// The words are its lines without the source files and failed checks of the vendor's own code, made printable and cut
/// at kVendorWords characters. Text that speaks of exhausted memory gives cause environment, any other vendor.
Error vendor_error(std::string_view doing, std::string_view text);

/// std::bad_alloc while `doing`.
Error out_of_memory(std::string_view doing);

constexpr std::size_t kVendorWords = 600;  ///< enough for the operators that a converter lists

}  // namespace autoaccel::runtime
