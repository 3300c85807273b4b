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

/// What came out for one sample, and what the reference makes of it.
struct SampleOutputs {
  TensorSet wanted, got;
};

/// The outputs of a request apart by its samples: all of them together would hide a bad one among good ones.
///
/// wanted  the reference's outputs for each sample
/// errors  unsupported: an output grows along no axis that could count samples
std::vector<SampleOutputs> outputs_apart(std::vector<TensorSet> wanted, TensorSet got);

/// outputs_apart for request `set` of the variant.
///
/// read  the reference's outputs for one sample
std::vector<SampleOutputs> outputs_by_sample(const Workspace& workspace, const Variant& variant, int set, TensorSet got,
                                             const std::function<TensorSet(int sample)>& read);

}  // namespace autoaccel::pipeline
