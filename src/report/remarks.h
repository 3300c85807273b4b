#pragma once

#include <string>
#include <vector>

#include "report/columns.h"

namespace autoaccel::report {

/// Lines for people that stand beside the verdict; safe to print.

/// The picks other than the recommended one: `smallest: OpenVINO FP16 weights, FP32 compute, 1.36 × as fast, 43.1 dB,
/// 3.0 MB`.
std::vector<std::string> pick_lines(const Run& run, std::span<const Row> rows);

/// The recommended one at other shapes than use_shape: `max_shape [4, 3, 640, 640]: 1.80 × as fast as the original,
/// 41.0 dB, 120 ms more for the first request`.
std::vector<std::string> shape_lines(const Run& run);

/// The original's time at the same shapes / the point's; nullopt where one of them is not known.
std::optional<double> shape_speed_up(const Run& run, const ShapePoint& point);

/// `[4, 3, 640, 640], [1]`: the shapes of all inputs.
std::string shapes_text(const std::vector<Shape>& shapes);

}  // namespace autoaccel::report
