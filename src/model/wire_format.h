#pragma once

#include <cstdint>
#include <string>

/// The little of protobuf's wire format, and of onnx.proto's field numbers, that finding weights needs.
namespace autoaccel::model::wire {

enum class WireType { varint = 0, fixed64 = 1, bytes = 2, group_start = 3, group_end = 4, fixed32 = 5 };

/// The messages on the way from a model to its tensors. `other` is copied unread.
enum class Message { model, training, graph, function, node, attribute, sparse_tensor, tensor, other };

/// Field numbers of TensorProto.
inline constexpr std::uint32_t kFloatData = 4;
inline constexpr std::uint32_t kRawData = 9;
inline constexpr std::uint32_t kDoubleData = 10;
inline constexpr std::uint32_t kExternalData = 13;
inline constexpr std::uint32_t kDataLocation = 14;

/// What field `number` of `parent` holds; `other` for everything that leads to no tensor.
Message child_of(Message parent, std::uint32_t number);

/// Messages inside one another; protobuf itself stops at 100.
inline constexpr int kMaxDepth = 96;

/// The location in external_data that means: entry `index` of the model's own table of weights.
inline constexpr char kReservedPrefix[] = "autoaccel:";
std::string reserved_location(std::size_t index);

void append_varint(std::string& out, std::uint64_t value);
void append_tag(std::string& out, std::uint32_t number, WireType type);

}  // namespace autoaccel::model::wire
