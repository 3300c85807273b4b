#pragma once

#include "autoaccel/run.h"
#include "pipeline/run_folder.h"

namespace autoaccel::pipeline {

/// Makes best/ hold the recommended artifact and its README, or removes it when nothing is recommended.
///
/// Files are hard links where the file system allows it, so that a large model is not stored twice.
void write_best(const RunFolder& folder, const Run& run);

}  // namespace autoaccel::pipeline
