#pragma once

#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/run.h"
#include "plan/plan.h"

namespace autoaccel::runtime {

/// Numbers of threads worth a trial, the one to start from first: the host's, its half, and so on down to 1; with
/// search.threads those of it that the host has processors for, in its order. Never empty.
std::vector<int> thread_counts(const Host& host, const Config& config);

/// What search.threads asks for and the host lacks processors for, in its order: the plan says why it is not tried.
std::vector<int> excessive_thread_counts(const Host& host, const Config& config);

/// `{}` and then one setting with each of these values.
plan::Dimension one_setting(const std::string& name, const std::vector<std::string>& values);

/// Samples in one request beside use_shape's: search.batches, else 2, 4 and 8. What the model cannot take is not known
/// here.
plan::Dimension batches(const Config& config);

/// Numbers below 1.2e-38 taken as 0, where they cost time: Intel's cores handle them in microcode. AMD's do not: two
/// products of 512 × 512 with inputs of 1e-39 took what they take with 0.5 (Zen 5, either runtime).
plan::Dimension denormals_as_zero(const Host& host);

/// The dimensions that leave a choice.
std::vector<plan::Dimension> with_a_choice(std::vector<plan::Dimension> dimensions);

}  // namespace autoaccel::runtime
