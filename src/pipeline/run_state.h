#pragma once

#include "pipeline/workspace.h"

namespace autoaccel::pipeline {

/// A run without records: provenance of model, config, host, runtimes and samples.
Run start_run(const Workspace& workspace);

/// The record of a variant that the plan leaves out.
Record skipped_record(const Workspace& workspace, const plan::PlannedVariant& planned);

/// Whether a variant's outputs can stand for the original's: nothing is converted and no lower precision is asked for.
bool may_be_reference(const Variant& variant);

/// Ranks what is there and writes run.json: the state on disk is a valid, ranked run at any moment.
void save(const RunFolder& folder, Run& run);

/// save(), then every report and best/.
void write_all(const RunFolder& folder, Run& run);

}  // namespace autoaccel::pipeline
