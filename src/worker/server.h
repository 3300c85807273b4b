#pragma once

#include <string>

#include "runtime/runtime.h"

namespace autoaccel::worker {

/// The child's side: answers requests from stdin on file descriptor 3 until `quit` or the end of input.
///
/// Takes both descriptors for itself: stdin becomes /dev/null, and processes that the runtime starts inherit neither.
/// Returns the process exit code: 0; 2 when it was not started by a parent that reads descriptor 3; 1 when the parent
/// is gone.
///
/// sandbox  what RuntimeInfo::sandbox shall say
int serve(runtime::Runtime& runtime, const std::string& sandbox);

}  // namespace autoaccel::worker
