#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "model/new_file.h"
#include "model/weight_store.h"

namespace autoaccel::model {

/// A tensor and where its dense bytes go in a file.
struct PlacedWeight {
  const onnx::TensorProto* tensor;
  std::uint64_t offset = 0;
};

/// Writes the weights in slices of about a megabyte: read and derived on all cores, written by one at a time.
///
/// cancel  may be nullptr; looked at before every slice
/// errors  of reading, deriving and writing, the first of them; interrupted
/// memory  a few slices for each of at most eight threads; a derived weight whose slice is larger is held whole
void write_weights(const WeightStore& weights, const std::vector<PlacedWeight>& placed, const NewFile& file,
                   const base::CancelToken* cancel);

}  // namespace autoaccel::model
