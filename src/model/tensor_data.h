#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "autoaccel/tensor.h"

namespace autoaccel::model {

/// Bytes of the dense little-endian data of a tensor of this type and these dims; 2-, 4- and 6-bit types are packed.
/// errors  model: negative dims, too many elements; unsupported: strings and types that this ONNX does not know
std::uint64_t dense_bytes(const onnx::TensorProto& tensor);

/// The dense data of a tensor that holds it itself, in raw_data or in the typed fields.
/// errors  model: fewer or more elements than the dims say, data in a field that does not fit the type
std::string own_data(const onnx::TensorProto& tensor);

/// Does raw_data hold all of it, so that it can be read without a copy?
bool has_raw_data(const onnx::TensorProto& tensor);

/// Does any field of the tensor itself hold elements?
bool has_own_data(const onnx::TensorProto& tensor);

/// Removes elements and references, keeps name, dims, type and metadata.
void clear_data(onnx::TensorProto& tensor);

Shape shape_of(const onnx::TensorProto& tensor);

/// `tensor 'name'`, printable.
std::string describe(const onnx::TensorProto& tensor);

}  // namespace autoaccel::model
