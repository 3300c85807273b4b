#pragma once

#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/tensor.h"
#include "samples/sample_files.h"

namespace autoaccel::samples {

inline constexpr std::size_t kMaxSets = 64;  ///< more are not measured, and would only take memory

/// Arrays as sets of one input.
struct FittedArrays {
  std::vector<Tensor> sets;
  std::vector<std::string> remarks;  ///< what was done to them, each once: `float64 rounded to float32`
};

/// Appends the array as one set, or several, of the input: its type cast where that is safe, a leading axis of 1
/// repeated to the batch, a longer one cut into sets. Nothing is appended beyond kMaxSets.
///
/// Safe is: floats to any float type (rounded, said), and anything else that keeps every value.
///
/// mapping what the input's numbers stand for; null: for themselves. Then uint8 becomes the numbers of its bytes, and
///         floats are rounded to the nearest of these numbers
/// errors  model: a shape that does not fit, a type whose values would change, numbers that no byte stands for; with
///         the place, got and wanted
void fit_array(const SampleArray& array, const TensorInfo& input, const Shape& shape, const ByteMapping* mapping,
               FittedArrays& fitted);

}  // namespace autoaccel::samples
