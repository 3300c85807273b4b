#pragma once

#include "plan/plan.h"

namespace autoaccel::runtime::fake {

/// A runtime for tests that does what its settings and its model say: right outputs, wrong ones, none, a crash. It is
/// not in the catalogue; whoever takes runtimes as a parameter may be given this one.
plan::RuntimeDescription describe();

}  // namespace autoaccel::runtime::fake
