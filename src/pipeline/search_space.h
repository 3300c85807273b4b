#pragma once

#include <string>
#include <vector>

#include "pipeline/workspace.h"
#include "search/space.h"

namespace autoaccel::pipeline {

/// What the search may try: the planned variants that are not skipped, those that may be the reference first, and of
/// their runtimes' dimensions what this model and objective leave a choice in.
search::Space make_space(const Workspace& workspace);

/// The variant of that id: planned, skipped ones too, or a planned one with other settings of its runtime's table.
/// errors  usage: there is none, with the nearest id of those planned
Variant find_variant(const Workspace& workspace, const std::string& id);

/// Leaves in the plan what may be the reference and the variants of these ids; the others are skipped.
/// errors  as find_variant
void restrict_plan(Workspace& workspace, const std::vector<std::string>& ids);

}  // namespace autoaccel::pipeline
