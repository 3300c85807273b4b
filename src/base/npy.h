#pragma once

#include <filesystem>
#include <span>

#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// A NumPy array file, versions 1 to 3, C or Fortran order, little or big endian; bfloat16 as descr '<V2' (the
/// convention of ml_dtypes), float16 '<f2', booleans '|b1'.
///
/// errors  model: wrong magic, malformed header, pickled objects, length that contradicts the shape, with the path
/// source  numpy.lib.format
Tensor read_npy(const std::filesystem::path& path);

/// The same from memory; `name` stands in messages.
Tensor read_npy(std::span<const std::byte> bytes, const std::string& name);

/// Version 1.0, C order, little endian.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace autoaccel::base
