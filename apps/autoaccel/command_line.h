#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "autoaccel/error.h"

namespace autoaccel::cli {

/// `text` as a shell takes it for one word: quoted only where it must be.
std::string shell_quoted(std::string_view text);

/// What the parser refused, as an error of ours: names what is unknown, what comes nearest, and where the help is.
Error usage_error(const CLI::App& app, const CLI::ParseError& refused);

/// Accepts a finite number above 0.
std::string check_seconds(std::string& text);

}  // namespace autoaccel::cli
