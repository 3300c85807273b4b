#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace autoaccel::base {

/// The text of a small file of /proc, /sys or /etc; empty when it is not there or cannot be read, since none of these
/// files is on every machine.
std::string system_text(const std::filesystem::path& path);

/// The value of the first line `name<separator>value`, both without blanks and quotes around them; empty when there is
/// none.
std::string system_value(std::string_view text, std::string_view name, char separator);

}  // namespace autoaccel::base
