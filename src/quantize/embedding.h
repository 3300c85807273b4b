#pragma once

#include <cstddef>
#include <vector>

#include "model/graph.h"
#include "model/model.h"
#include "quantize/integer_tensors.h"
#include "quantize/weight_only_scales.h"
#include "rewrite/pass.h"
#include "rewrite/value_table.h"

namespace autoaccel::quantize {

/// A table of float32 rows that nothing but Gather reads, by row number: an embedding.
struct StorableTable {
  rewrite::Value* value = nullptr;
  BlockLayout layout;
  IntegerShape shape;  ///< [rows, width], or [rows, width / block, block] where every row has several blocks
  std::vector<std::size_t> ranks = {};  ///< of the row numbers, by use; empty when one is not known
};

/// Tables above 1 kB, in blocks of 32 or 16 elements of a row where those divide it, else by row.
///
/// Left out: those of nodes in `keep_nodes`. Blocks need the rank of the row numbers (what is gathered has its dims and
/// one more); where inference cannot tell it, scales are by row.
std::vector<StorableTable> storable_tables(const model::Model& model, rewrite::ValueTable& table,
                                           const rewrite::PassContext& context);

/// Gathers integers, scales and zero points, and makes floats of the rows that were asked for: a DequantizeLinear
/// before the Gather would make floats of the whole table in every inference.
///
/// tensors  of the table; they are added by the caller
/// added    what else the nodes read is put here
void gather_integers(const StorableTable& table, const IntegerTensors& tensors, model::UniqueNames& names,
                     std::vector<onnx::TensorProto>& added);

}  // namespace autoaccel::quantize
