#pragma once

#include <exception>
#include <new>
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

/// Runs `call` and returns what it returns; what the vendor throws (Ort::Exception and ov::Exception are standard
/// exceptions) becomes an error of ours, said to have happened `doing`.
template <typename Call>
auto vendor_call(std::string_view doing, Call&& call) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw out_of_memory(doing);
  } catch (const std::exception& failure) {
    throw vendor_error(doing, failure.what());
  }
}

constexpr std::size_t kVendorWords = 600;  ///< enough for the operators that a converter lists

}  // namespace autoaccel::runtime
