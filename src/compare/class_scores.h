#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "autoaccel/tensor.h"

namespace autoaccel::compare {

/// The axis that holds the scores of the classes, where the original's output looks like class scores:
///   the last axis, or else axis 1, when it has 2 or more classes and every row of it is non-negative and sums to 1 ±
///   0.01 (a softmax: classification, recognition, segmentation); else the last axis of a rank-2 output with 2 or more
///   classes (logits or independent scores of a classifier).
/// nullopt for other floats, and for anything but floats.
std::optional<std::size_t> class_axis(const Tensor& reference);

/// Fraction of rows along `axis` in which the candidate's highest score is at a class that has the highest score in the
/// original too (so ties in the original do no harm); 1 without rows. The shapes are equal.
double top1_agreement(const Tensor& reference, const Tensor& candidate, std::size_t axis);

}  // namespace autoaccel::compare
