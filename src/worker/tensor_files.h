#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"

namespace autoaccel::worker {

/// Writes tensor i of the set as `folder`/<i>.npy; the folder is made when missing. Names are not stored.
void write_sample_set(const std::filesystem::path& folder, const TensorSet& set);

/// Reads `folder`/<i>.npy as the tensor called names[i].
/// errors  what base::read_npy throws for a missing or damaged file
TensorSet read_output_set(const std::filesystem::path& folder, const std::vector<std::string>& names);

}  // namespace autoaccel::worker
