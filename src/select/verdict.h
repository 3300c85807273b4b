#pragma once

#include <string>

#include "select/standing.h"

namespace autoaccel::select {

/// A few sentences for people about a run whose ranks and recommendation are filled in: what to deploy with which
/// settings, by how much it is better, how sure that is, how faithful it is, and what it costs; or that the original
/// stays, and what stood in the way of the best of the others. Then what was not tried, and what more trials promise.
///
/// tied  other variants that could be recommended and are as good as the recommended one within the noise
std::string verdict(const Standing& standing, int tied);

}  // namespace autoaccel::select
