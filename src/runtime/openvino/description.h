#pragma once

#include "plan/plan.h"

namespace autoaccel::runtime::openvino {

/// OpenVINO on the CPU: its settings, and the variants worth a trial on a host.
plan::RuntimeDescription describe();

}  // namespace autoaccel::runtime::openvino
