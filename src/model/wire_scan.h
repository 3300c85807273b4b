#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/data_file.h"

namespace autoaccel::model {

/// A model without its large weights, and where in the file these are.
struct ScannedModel {
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint32_t field = 0;  ///< of TensorProto: raw_data, float_data or double_data
  };
  /// A serialized ModelProto: tensor payloads above the limit are replaced by data_location EXTERNAL and the reserved
  /// location of their entry in `ranges` (wire_format.h); all else byte for byte.
  std::string skeleton;
  std::vector<Range> ranges;
};

/// Walks ModelProto → graphs → nodes, attributes, functions, sparse tensors → tensors, and skips over raw_data, packed
/// float_data and packed double_data of more than `inline_bytes`.
///
/// errors  model, with the byte offset: truncated, lengths that contradict each other, nested too deep, a tensor with
///         two payloads, a location that is reserved for us
/// cost    reads everything but the payloads it skips, in windows of bounded size
ScannedModel scan(const DataFile& file, std::uint64_t inline_bytes);

}  // namespace autoaccel::model
