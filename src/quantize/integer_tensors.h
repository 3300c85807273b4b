#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/graph.h"
#include "model/model.h"
#include "quantize/weight_only_scales.h"

namespace autoaccel::quantize {

/// How a float32 tensor stands in the graph once it is stored as integers.
struct IntegerShape {
  std::vector<std::int64_t>
      integers;  ///< its own dims, or with the axis of the blocks divided: [K, N] as [K / 32, 32, N]
  std::vector<std::int64_t> scales;  ///< of scales and zero points
};

/// The three initializers of a tensor stored as integers.
struct IntegerTensors {
  onnx::TensorProto integers;  ///< uint8 or uint4; made from the float32 tensor when the model is saved
  onnx::TensorProto scale;
  onnx::TensorProto zero_point;

  std::uint64_t bytes() const;
};

/// Makes them, with names that begin like the tensor's. Scales are in memory once, shared by clones of the model.
///
/// scales  of `source`, not empty
/// name    of the value that the tensor is; a Constant node's tensor may have none of its own
IntegerTensors integer_tensors(model::Model& model, const onnx::TensorProto& source, const std::string& name,
                               const BlockLayout& layout, std::shared_ptr<const BlockScales> scales,
                               const IntegerShape& shape, model::UniqueNames& names);

/// The same with the integers given, one an octet.
IntegerTensors integer_tensors(model::Model& model, const std::string& name, std::span<const std::uint8_t> integers,
                               std::shared_ptr<const BlockScales> scales, const IntegerShape& shape,
                               model::UniqueNames& names);

/// A constant of int64 numbers, for shapes.
onnx::TensorProto int64_constant(const std::string& name, const std::vector<std::int64_t>& values);

/// A node with these inputs and one output.
onnx::NodeProto make_node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output);

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);

/// Gives the tensor these bytes: copied where they are few, else shared with `owner`.
void set_bytes(model::Model& model, onnx::TensorProto& tensor, std::shared_ptr<const void> owner,
               std::span<const std::byte> bytes);

/// Puts others in the places of nodes of the graph. Pointers to the nodes that stay hold; those that go are deleted.
using NodesByNode = std::map<const onnx::NodeProto*, std::vector<onnx::NodeProto>>;
void replace_nodes(onnx::GraphProto& graph, NodesByNode replacements);

/// Puts nodes in front of all others.
void insert_in_front(onnx::GraphProto& graph, std::vector<onnx::NodeProto> nodes);

}  // namespace autoaccel::quantize
