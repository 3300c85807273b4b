#pragma once

#include "autoaccel/run.h"
#include "pipeline/run_folder.h"

namespace autoaccel::pipeline {

/// Makes best/ hold all that serving the recommended variant takes, or removes it when nothing is recommended: the
/// artifact, README.md, load.py and load.cc, a Triton model repository, a sample to check it with, and manifest.json.
///
/// The artifact's files are hard links where the file system allows it, so that a large model is not stored twice. The
/// folder takes its name when it is whole.
void write_best(const RunFolder& folder, const Run& run);

}  // namespace autoaccel::pipeline
