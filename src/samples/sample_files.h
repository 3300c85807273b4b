#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "model/model.h"

namespace autoaccel::samples {

/// Bytes that the samples of one file may have once they are read; more would not be samples but a data set.
inline constexpr std::uint64_t kMaxFileBytes = 1ull << 30;

/// An array from a sample file, with where it is: `data/a.npz[input_ids]`.
struct SampleArray {
  Tensor tensor;
  std::string place;
};

/// For which input samples are read.
struct SampleTarget {
  std::string input;
  int position = 0;                 ///< of the input in the model, from 0
  std::vector<std::string> inputs;  ///< all of the model's
};

/// The arrays of a sample file, in its order.
///
/// .npy     one array
/// .npz     the array named like the input; when none is named like any input, all of them
/// .pb      one TensorProto
/// folder   `input_<position>.pb` (a test_data_set of ONNX), or that of each test_data_set_* in it, or else all of its
///          .npy, .npz and .pb files by name
/// errors   model: missing, damaged, empty, too large; usage: a name without one of these endings, arrays named like
///          other inputs only
std::vector<SampleArray> read_sample_arrays(const model::Model& model, const std::filesystem::path& path,
                                            const SampleTarget& target);

}  // namespace autoaccel::samples
