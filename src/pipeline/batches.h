#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipeline/sample_sets.h"
#include "pipeline/workspace.h"
#include "runtime/runtime.h"

namespace autoaccel::pipeline {

/// Samples in one request of the variant: its setting `batch`, else what use_shape says.
std::int64_t batch_of(const Workspace& workspace, const Variant& variant);

/// config::batch_axes of the model; empty: it does not take requests of `batch` samples.
std::map<std::string, std::size_t> batch_axes(const Workspace& workspace, std::int64_t batch);

/// Shapes in the model's order, as the variant's worker is told them.
std::vector<runtime::InputShapes> input_shapes_of(const Workspace& workspace, const Variant& variant);

/// The samples that the variant runs: those of the run, or requests made of several, each sample in as many of them.
SampleSets sample_sets_of(const Workspace& workspace, const Variant& variant);

/// The reference's outputs for each sample of a request as those of the request, stacked where the candidate's shapes
/// say so.
///
/// errors  unsupported: an output grows along no axis that could count samples
TensorSet stacked_outputs(const std::vector<TensorSet>& parts, const TensorSet& candidate);

/// The reference's outputs for request `set` of the variant, as stacked_outputs gives them.
///
/// read  the reference's outputs for one sample
TensorSet wanted_outputs(const Workspace& workspace, const Variant& variant, int set, const TensorSet& candidate,
                         const std::function<TensorSet(int sample)>& read);

}  // namespace autoaccel::pipeline
