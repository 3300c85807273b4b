#pragma once

#include <memory>

#include "pipeline/optimize.h"

namespace autoaccel::cli {

/// A progress bar on stderr when it is a terminal, plain lines when it is not.
std::unique_ptr<pipeline::Observer> make_progress();

/// Columns of the terminal on stdout; 120 when it is none.
int terminal_width();

/// Whether colours may be used on stdout: a terminal, and NO_COLOR is not set.
bool use_color();

}  // namespace autoaccel::cli
