#pragma once

#include "autoaccel/record.h"
#include "pipeline/artifacts.h"
#include "pipeline/workspace.h"

namespace autoaccel::pipeline {

/// The outputs of the reference variant on every sample, on disk.
struct Reference {
  std::string id;                  ///< of the variant that made them; empty: none yet
  std::vector<std::string> names;  ///< outputs by index
};

/// Tries one variant in a worker: convert, load, compare with the reference, measure, ask what ran.
///
/// reference  when its id is empty, this variant's outputs become the reference (only a successful trial's do)
/// returns    the record, whatever happened to the variant
/// errors     interrupted, environment (the run folder itself), defect: what is not the variant's own fault
Record try_variant(const Workspace& workspace, Artifacts& artifacts, const Variant& variant, Reference& reference,
                   Observer& observer);

/// Measures a variant that has already run once more, for the drift check. errors  worker::Failure
Measurement measure_again(const Workspace& workspace, Artifacts& artifacts, const Variant& variant);

/// The reference that an earlier run left in the folder under the same key; nullopt when there is none.
std::optional<Reference> stored_reference(const Workspace& workspace, const Variant& variant);

}  // namespace autoaccel::pipeline
