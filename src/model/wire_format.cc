#include "model/wire_format.h"

namespace autoaccel::model::wire {
namespace {

struct Row {
  Message parent;
  std::uint32_t number;
  Message child;
};

// onnx.proto, IR versions 1 to 14.
constexpr Row kRows[] = {
    {Message::model, 7, Message::graph},
    {Message::model, 20, Message::training},
    {Message::model, 25, Message::function},
    {Message::training, 1, Message::graph},
    {Message::training, 2, Message::graph},
    {Message::graph, 1, Message::node},
    {Message::graph, 5, Message::tensor},
    {Message::graph, 15, Message::sparse_tensor},
    {Message::function, 7, Message::node},
    {Message::function, 11, Message::attribute},
    {Message::node, 5, Message::attribute},
    {Message::attribute, 5, Message::tensor},
    {Message::attribute, 6, Message::graph},
    {Message::attribute, 10, Message::tensor},
    {Message::attribute, 11, Message::graph},
    {Message::attribute, 22, Message::sparse_tensor},
    {Message::attribute, 23, Message::sparse_tensor},
    {Message::sparse_tensor, 1, Message::tensor},
    {Message::sparse_tensor, 2, Message::tensor},
};

}  // namespace

Message child_of(Message parent, std::uint32_t number) {
  for (const Row& row : kRows) {
    if (row.parent == parent && row.number == number) return row.child;
  }
  return Message::other;
}

std::string reserved_location(std::size_t index) { return kReservedPrefix + std::to_string(index); }

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void append_tag(std::string& out, std::uint32_t number, WireType type) {
  append_varint(out, (static_cast<std::uint64_t>(number) << 3) | static_cast<std::uint64_t>(type));
}

}  // namespace autoaccel::model::wire
