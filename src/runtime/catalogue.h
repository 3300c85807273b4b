#pragma once

#include <span>

#include "plan/plan.h"

namespace autoaccel::runtime {

/// Every runtime this build knows, found on the machine or not. To add one: its folder, and its line in catalogue.cc.
std::span<const plan::RuntimeDescription> catalogue();

/// nullptr when there is none of that name.
const plan::RuntimeDescription* find_runtime(std::string_view name);

}  // namespace autoaccel::runtime
