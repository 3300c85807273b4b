#pragma once

#include <string>
#include <string_view>

namespace autoaccel::report {

/// Text that Markdown shows as it is, also in a table: control characters and markup are escaped.
std::string markdown_text(std::string_view text);

/// Text as a code span outside of tables (inside one a `|` would end the cell); no text can end it early.
std::string markdown_code(std::string_view text);

}  // namespace autoaccel::report
