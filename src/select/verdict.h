#pragma once

#include <string>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// One or two sentences for people about a run whose ranks and recommendation are filled in: what to deploy, by how
/// much it is better and how faithful; or that the original stays, and what stood in the way of the best of the others.
///
/// tied  other qualifying variants that are as good as the recommended one within the noise
std::string verdict(const Run& run, int tied);

}  // namespace autoaccel::select
